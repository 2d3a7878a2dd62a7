"""The contracts as Python types: `v1` is generated from the files in ``contracts/v1``; `views` reads open objects."""
