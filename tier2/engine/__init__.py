"""The engine: limits, planning, the state machine of a run, receipts, strict decoding and verification."""
