"""The evidence store: an append-only Merkle log, content-addressed files, events and tasks."""
