"""The known answers of ``contracts/vectors/v1``, made independently of the package.

`tools/make_vectors.py` writes them.

    reference                                    a slow second implementation: encoding, merging, results, differences
    notes, vectors                               what each flag means; what every vector is made of
    number_values, values, refused_values        any JSON value
    documents                                    documents by hand
    whole_documents, refused_documents,
    refused_rules                                one change each makes a right document a refused one
    member_kinds, member_table, members          each member: absent, of the wrong type, at its bounds and beyond
    plans, merges, events, tampered              the other questions, one module each
    parts, days, runs, hand_runs                 whole runs
    schema, coverage, files                      the shape of the files, what they cover, and their texts

Rules:

1. Nothing of the package is imported and no contract is read, so that an error there cannot repeat itself.
2. Slow and obvious goes before short or fast: each function of `reference` follows the text of its source clause by
   clause.
3. The inputs are written by hand, and so are the plans, the outputs of the operations and the codes of refusals. Only
   canonical texts, digests, states, lineages, receipts and results are computed.
4. Short answers are written by hand too; where the two disagree, nothing is written.
"""
