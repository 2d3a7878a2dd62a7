"""What people and CI jobs look at: every problem of a document with its line, differences, and diagrams."""
