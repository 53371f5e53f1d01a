"""A person's decisions on who supplies a product: read from a document, and the products that wait for one.

An input that several processes could supply is mixed of them in equal shares (or by production volume) until somebody
decides. A decision holds for one process or, where it names none, for every use of the product of which the file names
no supplier.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from tanbiao.core.dataset.inventory import Inventory
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.lca.linking import Linked
from tanbiao.core.lca.linking_model import Decision, DecisionKey, Weighting

WRONG: Final = frozenset(
    {"choice_process_unknown", "choice_not_used", "choice_provider_unknown", "choice_supplies_another"}
)
"""Codes of decisions that can't be carried out."""
LONGEST_REASON: Final = 400
_PARTS: Final = ("product", "provider", "process", "reason")


def decisions(said: Any, where: str, role: str) -> dict[DecisionKey, Decision]:
    """Return the decisions of a list of ``{product, provider, process, reason}``; the last two may be left out.

    Parameters
    ----------
    said
        As a document states it: ids of a flow, of the process (or ``process#product``) that supplies it, of its user.
    where
        Place of the list, for findings.
    role
        In which role whoever wrote it decides, see ``linking_record.ROLE_WORDS``.

    Raises
    ------
    TanbiaoError
        ``choice_malformed``, ``choice_twice``, each by its place.
    """
    if not isinstance(said, list):
        raise TanbiaoError.of("choice_malformed", where, part="choose")
    made: dict[DecisionKey, Decision] = {}
    wrong: list[Finding] = []
    for number, one in enumerate(said):
        place = f"{where}[{number}]"
        fault = _fault(one)
        if fault:
            wrong.append(finding("choice_malformed", Severity.BLOCKING, f"{place}.{fault}", part=fault))
            continue
        key = (one.get("process", "").strip(), one["product"].strip())
        if key in made:
            wrong.append(finding("choice_twice", Severity.BLOCKING, place, product=key[1], process=key[0] or "—"))
        made[key] = Decision(one["provider"].strip(), role, one.get("reason", "").strip()[:LONGEST_REASON])
    if wrong:
        raise TanbiaoError(*wrong)
    return made


def _fault(one: Any) -> str:
    """Return the part of a decision that is wrong; nothing where it is well."""
    if not isinstance(one, dict):
        return "product"
    for part in _PARTS:
        given = one.get(part, "")
        if not isinstance(given, str) or (part in ("product", "provider") and not given.strip()):
            return part
    return next((str(part) for part in one if part not in _PARTS), "")


@dataclass(frozen=True, slots=True)
class Candidate:
    """Who could supply a product: activity id, label (name and place), place, share in the mix that stands now."""

    id: str
    label: str
    place: str
    share: float


@dataclass(frozen=True, slots=True)
class Undecided:
    """A product that several could supply in one place, mixed until somebody decides."""

    product: str
    name: str
    weighting: Weighting
    candidates: tuple[Candidate, ...]
    users: tuple[str, ...]
    """Ids of the processes that use it, sorted."""


def undecided(inventory: Inventory, linked: Linked) -> tuple[Undecided, ...]:
    """Return the products that wait for a decision, those in equal shares first, then by how many use them."""
    users: dict[tuple[str, Weighting, tuple[tuple[str, float], ...]], set[str]] = {}
    for choice in linked.choices:
        if choice.weighting != "single":
            process = linked.activities[linked.index[choice.user]].process
            users.setdefault((choice.flow, choice.weighting, choice.providers), set()).add(process)
    found = [
        Undecided(
            product,
            _name(inventory, product),
            weighting,
            tuple(_candidate(linked, key, share) for key, share in providers),
            tuple(sorted(by)),
        )
        for (product, weighting, providers), by in users.items()
    ]
    return tuple(
        sorted(found, key=lambda one: (one.weighting != "equal_shares", -len(one.users), one.product, one.users))
    )


def _candidate(linked: Linked, key: str, share: float) -> Candidate:
    number = linked.index[key]
    return Candidate(key, linked.labels[number], linked.activities[number].place, share)


def _name(inventory: Inventory, product: str) -> str:
    flow = inventory.flows.get(product)
    return next((text for text in flow.name.values() if text), product) if flow else product


def as_json(one: Undecided) -> dict[str, Any]:
    """Return a product that waits: ``{product, name, weighting, candidates[{id, label, share}], users}``."""
    return {
        "product": one.product,
        "name": one.name,
        "weighting": one.weighting,
        "candidates": [{"id": item.id, "label": item.label, "share": item.share} for item in one.candidates],
        "users": list(one.users),
    }
