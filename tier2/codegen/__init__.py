"""Contract files as data: types generated from them, changes of them compared, released ones locked.

Text goes in and text comes out, as ``{name: text}``; ``tier2 contracts`` reads and writes the files. Nothing here
imports the rest of tier2, so that the types of tier2 itself can be generated where they are missing or broken.
"""
