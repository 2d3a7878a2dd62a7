"""JSON values: numbers, immutable objects and arrays, merge patches, canonical bytes, digests, and strict reading."""
