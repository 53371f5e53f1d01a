"""Label schemes as a case needs them."""

from __future__ import annotations

from typing import Any

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.rules import Scheme, load_scheme
from tanbiao.web.commanding import Invalid
from tanbiao.web.studies.models import Study
from tanbiao.workflow.terms import terms_of


def load(reference: str) -> Scheme:
    """Load a scheme by id or ``id@version`` and check its numbers.

    Raises
    ------
    Invalid
        ``scheme_unknown``, or a number that no guard or clock knows.
    """
    try:
        scheme = load_scheme(reference)
        terms_of(terms(scheme))
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error
    return scheme


def terms(scheme: Scheme) -> dict[str, Any]:
    """Return the scheme's own numbers for guards and clocks, to be frozen into a case."""
    found: dict[str, Any] = dict(scheme.document["terms"])
    return found


def covers(scheme: Scheme, study: Study) -> bool:
    """Whether the scheme is open to the study's rule; a scheme that names no rules is open to all."""
    rule = study.head.rule if study.head else ""
    return bool(rule) and (not scheme.rules or rule.partition("@")[0] in scheme.rules)
