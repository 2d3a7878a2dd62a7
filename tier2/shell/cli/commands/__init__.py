"""The commands of ``tier2``, one module each: its options and its function together."""
