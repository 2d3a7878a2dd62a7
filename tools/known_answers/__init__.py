"""The known answers of ``contracts/vectors/v1``, made independently of the package.

`tools/make_vectors.py` writes them.

    reference                          a slow second implementation: encoding, merging, results, differences
    notes, vectors                     what every vector is made of; the notes that explain its flags
    number_values, values, refused_values    any JSON value
    documents, refused_documents       documents by hand; one change each makes them wrong
    members, member_kinds              each member of each contract: absent, wrong, at its bounds and beyond
    plans, merges, events, tampered    the other questions, one module each
    parts, days, runs                  whole runs
    schema, coverage                   the shape of the files, and the table of what they cover

Rules:

1. Nothing of the package is imported and no contract is read, so that an error there cannot repeat itself.
2. Slow and obvious goes before short or fast: each function of `reference` follows the text of its source clause by
   clause.
3. The inputs are written by hand, and so are the plans, the outputs of the operations and the codes of refusals. Only
   canonical texts, digests, states, lineages, receipts and results are computed.
4. Short answers are written by hand too; where the two disagree, nothing is written.
"""
