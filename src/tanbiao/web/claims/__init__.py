"""The claim ledger: each certificate, proof and pass is used once, across products, factories and certificates."""
