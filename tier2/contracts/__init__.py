"""The contracts as Python types: `tier2.contracts.v1` is generated from the files in ``contracts/v1``."""
