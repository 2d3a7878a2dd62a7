"""The reports of `tier2 check` and `tier2 test`: the formats, and what GitHub Actions shows of them."""
