"""Pinned versions as what they bring to a release: imported processes linked, derived datasets by their derivation.

A derived dataset stands in a release only beside the very versions of its inputs that its reviewed version was
calculated from; where an input has another version by now, or none, it is left out by name until its own next version
is published. A platform's release and the calculation of a derived dataset are both made here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, cast
from uuid import UUID

from pydantic import TypeAdapter

from tanbiao.core.dataset import Dataset, derive
from tanbiao.core.dataset.derivation import Derivation
from tanbiao.core.dataset.derived_document import FORMAT
from tanbiao.core.dataset.inventory_document import inventory_of
from tanbiao.core.dataset.licences import redistribution
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.lca.linking_model import Decision, DecisionKey, LinkOptions
from tanbiao.core.lca.release_databases import Contribution, Level, Tier
from tanbiao.core.lca.release_databases import Database as Described
from tanbiao.core.lca.release_inventory import Terms, release_datasets
from tanbiao.core.lca.release_inventory_parts import dataset_id
from tanbiao.web.datasets.queries import document
from tanbiao.web.governance.models import Database, GovernedDataset
from tanbiao.web.licences import lets_others_read, licence

TIERS: Final[dict[str, Tier]] = {"public": "public", "registered": "registered", "owner": "private"}
DERIVATION: Final[TypeAdapter[Derivation]] = TypeAdapter(Derivation)


@dataclass(frozen=True, slots=True)
class Pinned:
    """One version of a dataset as a release takes it; ``entry`` is empty for one that is not published yet."""

    entry: str
    identifier: str
    database: str
    dataset: str
    hash: str
    document: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Its id in a release."""
        return release_id(self.database, self.dataset)

    @property
    def derivation(self) -> Mapping[str, Any] | None:
        """What its document says of how it was derived; None for what was imported."""
        found = self.document.get("derivation")
        return cast("Mapping[str, Any] | None", found)


@dataclass(frozen=True)
class Brought:
    """What databases bring to a release; ``ids`` says which datasets an entry became, ``refused`` why one did not."""

    contributions: tuple[Contribution, ...]
    ids: Mapping[str, list[str]]
    refused: tuple[Finding, ...]


def release_id(database: str, dataset: str) -> str:
    """Return the id under which a database's dataset stands in a release of the platform."""
    return dataset_id(database, dataset, ())


def is_derived(row: GovernedDataset) -> bool:
    """Whether the platform calculated a version from others; ``row`` has its version and source at hand."""
    return row.version.source.format == FORMAT


def pinned(rows: Iterable[GovernedDataset]) -> list[Pinned]:
    """Return entries with the documents of their versions."""
    return [
        Pinned(
            str(row.id),
            row.identifier,
            row.database.key,
            row.version.dataset_id,
            row.content_hash,
            document(row.version),
        )
        for row in rows
    ]


def brought(
    databases: Sequence[Database],
    versions: Sequence[Pinned],
    decided: Mapping[str, Mapping[DecisionKey, Decision]],
) -> Brought:
    """Return what databases bring by the versions that are pinned of them.

    Parameters
    ----------
    decided
        Key of a database → who supplies what there by a person's decision.

    Raises
    ------
    TanbiaoError
        ``derivation_cycle``
    """
    by_database: dict[str, list[Pinned]] = defaultdict(list)
    for one in versions:
        by_database[one.database].append(one)
    made: list[Contribution] = []
    ids: dict[str, list[str]] = {}
    for database in databases:
        own = [one for one in by_database[database.key] if one.derivation is None]
        contribution, found = _imported(database, own, decided.get(database.key, {}))
        made.append(contribution)
        ids |= found
    known = {item.id: item for one in made for item in one.datasets}
    derived, refused = _derived(databases, versions, known)
    ids |= {pin.entry: [item.id] for pin, item in derived}
    gathered: list[Contribution] = []
    for contribution in made:
        follow = [(pin, item) for pin, item in derived if pin.database == contribution.database.key]
        files = (*contribution.files, *((pin.identifier, pin.hash) for pin, _ in follow))
        datasets = (*contribution.datasets, *(item for _, item in follow))
        gathered.append(replace(contribution, datasets=datasets, files=files))
    return Brought(tuple(gathered), ids, tuple(refused))


def is_for_everybody(database: Database) -> bool:
    """Whether its tier and its licence let every visitor read what is published in it."""
    return database.access == "public" and lets_others_read(database.licence)


def users_of(database: Database) -> frozenset[UUID] | None:
    """Return the organisations that its tier and licence let use what is published in it; None: whoever is signed in.

    A licence that forbids passing on, and the tier of the owner, leave it to the owner's organisation.
    """
    if database.access == "owner" or not lets_others_read(database.licence):
        return frozenset({database.owner_id})
    return None


def _terms(database: Database) -> tuple[str, str]:
    """Return a database's licence in words, and whether its datasets may be passed on."""
    known = licence(database.licence)
    return (known.en if known else database.licence), "yes" if is_for_everybody(database) else "no"


def _imported(
    database: Database, versions: Sequence[Pinned], decided: Mapping[DecisionKey, Decision]
) -> tuple[Contribution, dict[str, list[str]]]:
    by_process = {one.dataset: one.entry for one in versions}
    words, passes_on = _terms(database)
    about = Described(
        database.key,
        database.name_en,
        database.owner.name("en"),
        words,
        passes_on,
        TIERS[database.access],
        cast("Level", database.level),
    )
    terms = Terms(key=database.key, title=database.name_en, licence=words, redistribution=passes_on)
    made = release_datasets(inventory_of(one.document for one in versions), terms, LinkOptions(chosen=decided))
    ids: dict[str, list[str]] = {entry: [] for entry in by_process.values()}
    for activity, dataset in made.ids.items():
        process = activity.partition("#")[0]
        if process in by_process:
            ids[by_process[process]].append(dataset)
    files = tuple((one.identifier, one.hash) for one in versions)
    return Contribution(about, made.datasets, made.readiness, files, made.links), ids


def _derived(
    databases: Sequence[Database], versions: Sequence[Pinned], known: Mapping[str, Dataset]
) -> tuple[list[tuple[Pinned, Dataset]], list[Finding]]:
    """Return the derived datasets, each after its inputs, and why others have no figure."""
    by_id = {one.id: one for one in versions}
    terms = {one.key: _terms(one) for one in databases}
    stated = {
        name: DERIVATION.validate_python(one.derivation["definition"])
        for name, one in by_id.items()
        if one.derivation is not None
    }
    at_hand, made, refused = dict(known), [], []
    for name in derive.in_order(stated):
        pin = by_id[name]
        problems = _changed(pin, by_id)
        if not problems:
            try:
                at_hand[name] = derive.derive(_stated(pin, *terms[pin.database]), at_hand)
            except TanbiaoError as error:
                problems = list(error.findings)
            else:
                made.append((pin, at_hand[name]))
        refused += problems
    return made, refused


def _changed(pin: Pinned, by_id: Mapping[str, Pinned]) -> list[Finding]:
    """Return which inputs of a derived version are not here as it was calculated from them."""
    found = []
    for used in (pin.derivation or {}).get("inputs", ()):
        now = by_id.get(release_id(used["database"], used["dataset"]))
        params = {"dataset": pin.identifier, "input": used["id"]}
        if now is None:
            found.append(finding("derived_input_absent", Severity.ERROR, pin.identifier, **params))
        elif now.hash != used["hash"]:
            found.append(finding("derived_input_changed", Severity.ERROR, pin.identifier, **params))
    return found


def _stated(pin: Pinned, words: str, passes_on: str) -> dict[str, Any]:
    """Return a derived version as a release's document that states a derivation instead of figures."""
    process, derivation = pin.document["process"], pin.derivation or {}
    text = process.get("valid_from", "")
    body: dict[str, Any] = {
        "id": pin.id,
        "version": process.get("version", "1"),
        "name": {lang: process["name"][lang] for lang in ("zh", "en") if process["name"].get(lang)},
        "geography": process.get("location", ""),
        "time": {"year": int(text[:4]) if text[:4].isdecimal() else None, "text": text},
        "technology": process.get("technology", ""),
        "licence": words,
        "derivation": derivation["definition"],
    }
    if passes_on == "no" or redistribution(process.get("licence", "")) == "forbidden":
        body["redistribution"] = "no"
    if derivation.get("unit"):
        body["reference"] = {"unit": derivation["unit"]}
    return body
