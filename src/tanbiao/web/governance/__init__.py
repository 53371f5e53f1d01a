"""Governance of factor datasets: databases, review from draft to publication, error reports, platform releases."""
