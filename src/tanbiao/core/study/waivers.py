"""Waivers: a named person, in a role that the rule allows, says why a check of the rule is not insisted on.

A company can only ask for a waiver that is another's to give: the request travels in its study, and whoever verifies
the sealed study grants or refuses it.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from tanbiao.core.study.model_base import Date, Line, Part, ProcessId

RoleName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
"""``verifier``, ``enterprise_manager``: as the rule that allows the waiver names it."""


class Waiver(Part):
    """A check that is waived. It is shown as waived with all of this, never as passed."""

    check: ProcessId
    by: Line
    role: RoleName
    reason: Line
    on: Date | None = None
    process: ProcessId | None = None
    """The only process of which the check is waived; None: wherever it fails."""


class WaiverRequest(Part):
    """What the company asks to be waived, and why: answered by the verification, never by the company itself."""

    check: ProcessId
    process: ProcessId | None = None
    """The only process of which it is asked; None: wherever the check fails."""
    reason: Line
