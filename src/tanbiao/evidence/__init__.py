"""Proof over promise: Merkle log, keys, credentials, status lists, commitments, bundles; imports only the core."""
