"""Organisations on the platform's record: people and their competences, qualifications, obligations, impartiality."""
