"""Verification of a declared footprint after the steps of ISO 14064-3: risks, evidence plan, misstatements, opinion.

Pure: takes the rows of a frozen result and what the verifier found, and says what follows. Scales and shares that no
standard sets are the project's defaults and say so.
"""

from __future__ import annotations

SEVERITIES = ("major", "minor", "observation")
"""Weights of a finding."""
