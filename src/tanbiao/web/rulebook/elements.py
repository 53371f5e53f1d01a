"""What a rule's examples leave open: the report that counts today, the reasons that persons have given, what is left.

A report counts for one text, its example files and one version of the program. A reason counts for an element as long
as neither the part of the text that it stands in nor the examples change: both are in its key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tanbiao import __version__
from tanbiao.core.canonical import content_hash
from tanbiao.web.rulebook.models import ElementReason, MutationRun, RuleEntry


def basis_of(entry: RuleEntry) -> str:
    """Return the hash of what a mutation report of the newest draft rests on; empty where that is no rule yet."""
    draft = entry.document
    if draft is None or not draft.hash:
        return ""
    newest = {name: blob for name, blob in entry.studies.order_by("id").values_list("name", "blob")}
    return content_hash({"rule": draft.hash, "files": newest, "program": __version__})


def report_of(entry: RuleEntry) -> MutationRun | None:
    """Return the mutation report that counts for the newest draft as it stands; None: there is none."""
    basis = basis_of(entry)
    return entry.mutations.filter(state="done", basis=basis).first() if basis else None


def keys_of(report: Mapping[str, Any]) -> dict[str, str]:
    """Return the elements that a report leaves open, each with the key of reasons for it."""
    return {one["element"]: one["key"] for one in report.get("open", ()) if "key" in one}


def reasons_of(entry: RuleEntry, report: Mapping[str, Any]) -> dict[str, ElementReason]:
    """Return the newest reason that counts for each element that a report leaves open."""
    keys = keys_of(report)
    given = entry.element_reasons.filter(key__in=keys.values()).select_related("person", "organisation").order_by("id")
    return {one.element: one for one in given if keys.get(one.element) == one.key}


def unreasoned(entry: RuleEntry) -> tuple[str, ...] | None:
    """Return the elements with neither example nor reason, in the order of the text; None: no report counts."""
    run = report_of(entry)
    if run is None:
        return None
    given = reasons_of(entry, run.report)
    return tuple(name for name in keys_of(run.report) if name not in given)
