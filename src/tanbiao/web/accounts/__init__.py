"""Organisations, persons, roles, log-in and tokens: who acts."""
