"""A waiver: a named person, in a role that the rule allows, says why a check of the rule is not insisted on."""

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
