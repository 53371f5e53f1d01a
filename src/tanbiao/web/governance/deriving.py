"""Calculating a derived dataset of the platform: its inputs as they stand, linked and solved as in a release.

Reads only; :mod:`tanbiao.web.governance.commands.derived` keeps what comes out.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tanbiao.core.dataset import Dataset
from tanbiao.core.dataset.derivation import Derivation, Mix, Relink, used_by
from tanbiao.core.dataset.derive_exchanges import SUM_TOLERANCE
from tanbiao.core.dataset.derived_document import FORMAT, InputVersion, derived_document
from tanbiao.core.dataset.inventory_document import SCHEMA
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.lca.release_build import write_release
from tanbiao.core.lca.release_databases import solvable
from tanbiao.core.lca.release_derived import next_version
from tanbiao.web.datasets.queries import document
from tanbiao.web.governance.models import Database, DerivationInput, GovernedDataset
from tanbiao.web.governance.models import Derivation as Definition
from tanbiao.web.governance.pinning import DERIVATION, Brought, Pinned, brought, pinned, release_id
from tanbiao.web.governance.suppliers import decided

FIRST: Final = "1"
_HEADER: Final = {
    "format": "tanbiao-release/1",
    "name": "derivation",
    "version": "0",
    "date": "1970-01-01",
    "standing": "demonstration",
    "statement": {"zh": "推导所用", "en": "for a derivation"},
}


@dataclass(frozen=True, slots=True)
class Calculated:
    """A derived dataset as its inputs give it now: its document, and whether its newest version says the same."""

    document: Mapping[str, Any]
    is_new: bool


def named(derivation: Derivation) -> tuple[str, ...]:
    """Return the release ids of everything a derivation names: inputs, and suppliers of a re-link."""
    alongside = [item.after for item in derivation.replaced] if isinstance(derivation, Relink) else []
    return tuple(dict.fromkeys([*(item.dataset for item in used_by(derivation)), *alongside]))


def published(databases: Iterable[Database]) -> list[Pinned]:
    """Return the versions that stand in databases now."""
    rows = GovernedDataset.objects.filter(database__in=list(databases), state="published")
    return pinned(rows.select_related("database", "version__source").order_by("identifier"))


def absent(inputs: Iterable[DerivationInput]) -> list[Finding]:
    """Return a finding for every input of which no version is published now: withdrawn, suspended, retired."""
    found = []
    for one in inputs:
        rows = GovernedDataset.objects.filter(database=one.database, version__dataset_id=one.dataset_id, number__gt=0)
        newest = rows.order_by("-number").first()
        if newest is None or newest.state != "published":
            state = newest.state if newest is not None else "withdrawn"
            params = {"input": one.release_id, "identifier": str(newest or one.release_id), "state": state}
            found.append(finding("derivation_input_withdrawn", Severity.ERROR, one.release_id, **params))
    return found


def shares(derivation: Derivation) -> None:
    """Refuse a mix whose shares don't make one, before anything is linked.

    Raises
    ------
    TanbiaoError
        ``derivation_shares_sum``
    """
    if isinstance(derivation, Mix):
        total = sum(item.share for item in derivation.inputs)
        if abs(total - 1.0) > SUM_TOLERANCE:
            raise TanbiaoError.of("derivation_shares_sum", "derivation", total=f"{total:.12g}")


def calculate(row: Definition) -> Calculated:
    """Return the document of a definition's dataset from its inputs' published versions.

    Raises
    ------
    TanbiaoError
        ``derivation_input_withdrawn``; ``derivation_cycle``; what deriving, linking and solving refuse.
    """
    missing = absent(row.inputs.select_related("database").order_by("id"))
    if missing:
        raise TanbiaoError(*missing)
    databases = _databases(row)
    own = release_id(row.database.key, row.key)
    versions = [one for one in published(databases) if one.id != own]
    candidate = Pinned("", row.key, row.database.key, row.key, "", _candidate(row.about))
    found = brought(databases, [*versions, candidate], {one.key: decided(one) for one in databases})
    datasets = _solved(found, own)
    derivation = DERIVATION.validate_python(row.about["derivation"])
    by_id = {one.id: one for one in versions}
    suppliers = {item.dataset: _supplier(item.dataset, by_id, datasets) for item in datasets[own].inputs}
    used = list(dict.fromkeys(item.dataset for item in used_by(derivation)))
    suppliers |= {name: _supplier(name, by_id, datasets) for name in used}
    return _versioned(row, datasets[own], suppliers, used)


def _databases(row: Definition) -> list[Database]:
    """Return the databases that hold the inputs, and those that derived inputs follow from in turn."""
    keys: dict[Any, Database] = {row.database_id: row.database}
    keys |= {one.database_id: one.database for one in row.inputs.select_related("database__owner")}
    front = list(keys.values())
    while front:
        inner = Definition.objects.filter(database=front.pop(), is_current=True).exclude(id=row.id)
        for one in DerivationInput.objects.filter(derivation__in=inner).select_related("database__owner"):
            if one.database_id not in keys:
                keys[one.database_id] = one.database
                front.append(one.database)
    return sorted(keys.values(), key=lambda one: one.key)


def _candidate(about: Mapping[str, Any]) -> dict[str, Any]:
    """Return a definition as a document that states no inputs' versions yet."""
    process = {
        "id": about["id"],
        "name": about["name"],
        "version": FIRST,
        "location": about["geography"],
        "valid_from": about["valid_from"],
        "technology": about["technology"],
        "licence": about["licence"],
    }
    derivation = {"definition": about["derivation"], "unit": about.get("unit", "")}
    return {"schema": SCHEMA, "format": FORMAT, "process": process, "derivation": derivation}


def _solved(found: Brought, own: str) -> dict[str, Dataset]:
    """Return id → dataset with its figures, of all that can be solved.

    Raises
    ------
    TanbiaoError
        Why the dataset of the definition has no figure.
    """
    offered = [item for one in found.contributions for item in one.datasets]
    if own not in {item.id for item in offered}:
        raise TanbiaoError(*(found.refused or (finding("derivation_without_figure", Severity.ERROR, own),)))
    datasets, refused = solvable(offered)
    if own not in {item.id for item in datasets}:
        raise TanbiaoError(*(refused or (finding("derivation_without_figure", Severity.ERROR, own),)))
    with tempfile.TemporaryDirectory(prefix="tanbiao-derive-") as folder:
        release = write_release(Path(folder) / "derivation.tbrel", datasets, _HEADER)
        return {item.id: item for item in release}


def _supplier(name: str, by_id: Mapping[str, Pinned], datasets: Mapping[str, Dataset]) -> tuple[Dataset, InputVersion]:
    pin = by_id.get(name) or by_id[name.rpartition("#")[0]]
    version = str(pin.document["process"].get("version", ""))
    return datasets[name], InputVersion(name, pin.database, pin.dataset, version, pin.hash, pin.document)


def _versioned(
    row: Definition,
    dataset: Dataset,
    suppliers: Mapping[str, tuple[Dataset, InputVersion]],
    used: Sequence[str],
) -> Calculated:
    """Return the document under the newest version's number where nothing changed, else under the next."""
    newest = row.version
    number = newest.version if newest is not None else FIRST
    made = derived_document(row.about, number, dataset, suppliers, used)
    made["derivation"]["unit"] = row.about.get("unit", "")
    if newest is None:
        return Calculated(made, True)
    if document(newest) == made:
        return Calculated(made, False)
    made["process"]["version"] = next_version(newest.version)
    return Calculated(made, True)
