"""Certification: a case from application to decision, and the saga that issues the certificate."""
