"""Suppliers' own footprints in a study: by which terms they are checked, and how they stand beside the release.

A study carries the footprints it takes, so that its figure can be calculated again from the study and the release. They
are checked in every calculation: a study that changes its period, GWP set or recycling method may lose one, by name.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from tanbiao.core.dataset.malformed import first_error
from tanbiao.core.dataset.model import Dataset, Intensity, Notice
from tanbiao.core.findings import Finding, Severity, TanbiaoError, blocking, finding
from tanbiao.core.lca.supplier import SupplierCheck, SupplierTerms, assess_supplier, supplier_dataset
from tanbiao.core.study.background import Background, FuelPair
from tanbiao.core.study.model import ACTIVITY_KEYS, Row, Study
from tanbiao.core.study.model_base import PROCESS_PARTS
from tanbiao.core.study.supplier_parts import SupplierInput
from tanbiao.core.units import parse_amount, parse_property

PREFIX: Final = "supplier/"
METHODS: Final = {"cff": "circular_footprint_formula"}
"""Recycling methods of a study's rows under the name that suppliers' footprints have for them."""


def recycling_of(study: Study, ruled: str | None = None) -> str:
    """Return the recycling method of a study: its rule's, else the one of its rows where they agree, else cut-off."""
    used = {row.circular.method for _, row in study.rows() if row.circular is not None}
    method = ruled or (used.pop() if len(used) == 1 else "cut_off")
    return METHODS.get(method, method)


def terms_of(
    study: Study,
    ruled: str | None = None,
    *,
    without: str = "",
    claimed: Iterable[str] = (),
    accept_unverified: str | None = None,
) -> SupplierTerms:
    """Return what a study asks of a supplier's footprint.

    Parameters
    ----------
    ruled
        The recycling method of the study's rule.
    without
        Key of the footprint that is asked: its own certificates are not claimed elsewhere.
    claimed
        Certificates that are known to be claimed outside the study.
    """
    own = study.suppliers.get(without)
    used = [one.certificate for _, row in study.rows() if row.electricity for one in row.electricity.claims]
    others = [
        code
        for key, item in study.suppliers.items()
        # one supplier may spread a certificate over its products; another can't claim it as well
        if key != without and (own is None or item.company != own.company)
        for code in item.certificates
    ]
    taken: tuple[Any, ...] = ("certified", "verified", *(("self_declared",) if accept_unverified is not None else ()))
    return SupplierTerms(
        study.gwp,
        study.period.from_,
        study.period.to,
        recycling=recycling_of(study, ruled),  # type: ignore[arg-type]
        verification=taken,
        claimed={*(code for code in used if code), *others, *claimed},
        accepting=accept_unverified or "",
    )


def assess(
    study: Study, key: str, ruled: str | None = None, claimed: Collection[str] = ()
) -> tuple[SupplierCheck, ...]:
    """Return every check of one of a study's footprints."""
    part = study.suppliers[key]
    terms = terms_of(study, ruled, without=key, claimed=claimed, accept_unverified=part.accept_unverified)
    return assess_supplier(part.statement(), terms)


def checked(study: Study) -> Iterator[Finding]:
    """Find references to footprints that are not there, footprints that stand twice, and those that no row takes."""
    taken = set()
    for where, row in study.rows():
        if not (row.from_ or "").startswith(PREFIX):
            continue
        key = key_of(row)
        taken.add(key)
        if key not in study.suppliers:
            known = " / ".join(sorted(study.suppliers)) or "—"
            yield finding("unknown_supplier", Severity.ERROR, f"{where}.from", supplier=key, known=known)
    seen: dict[str, str] = {}
    for key, part in sorted(study.suppliers.items()):
        if part.footprint in seen:
            params = {"id": part.footprint, "first": seen[part.footprint]}
            yield finding("supplier_twice", Severity.ERROR, f"suppliers.{key}", **params)
        seen.setdefault(part.footprint, key)
        if key not in taken:
            yield finding("supplier_unused", Severity.INFO, f"suppliers.{key}", supplier=key)


def key_of(row: Row) -> str:
    """Return the key of the footprint that a row takes."""
    return (row.from_ or "").removeprefix(PREFIX)


_NO_KEY: Final = re.compile(r"[^a-z0-9]+")


def free_key(wanted: str, taken: Collection[str]) -> str:
    """Return a key for a new footprint: from its name where that has Latin letters, else ``supplier``, numbered.

    >>> free_key("Ingot A (99.7 %)", {"ingot-a-99-7"})
    'ingot-a-99-7-2'
    """
    base = _NO_KEY.sub("-", wanted.lower()).strip("-")[:40].strip("-") or "supplier"
    found = (base, *(f"{base}-{number}" for number in range(2, len(taken) + 3)))
    return next(key for key in found if key not in taken)


@dataclass(frozen=True, slots=True)
class Offer:
    """A footprint that is offered to a study: how it fares, and the study's document with it."""

    key: str
    part: SupplierInput
    checks: tuple[SupplierCheck, ...]
    findings: tuple[Finding, ...]
    """What else stands against it: a row that is not there, a unit that the row can't meet."""
    document: dict[str, Any]

    @property
    def accepted(self) -> bool:
        """Whether every check is passed."""
        return not blocking(self.told)

    @property
    def told(self) -> tuple[Finding, ...]:
        """Every finding, of the checks first."""
        return (*(item for check in self.checks for item in check.findings), *self.findings)


def offer(
    study: Study, part: Mapping[str, Any], row: str = "", ruled: str | None = None, claimed: Collection[str] = ()
) -> Offer:
    """Ask a footprint every question, and return the study's document with it; nothing is changed here.

    Parameters
    ----------
    part
        The footprint as :func:`tanbiao.core.study.supplier_parts.part_of` gives it. One with an id that the study
        carries takes that one's place.
    row
        Id of a row that shall take it; empty: none yet.

    Raises
    ------
    TanbiaoError
        ``dataset_malformed``: the part is none.
    """
    try:
        made = SupplierInput.model_validate(part)
    except ValidationError as error:
        place, said = first_error(error)
        raise TanbiaoError.of("dataset_malformed", place, **said) from error
    known = {item.footprint: key for key, item in study.suppliers.items()}
    key = known.get(made.footprint) or free_key(made.name.best("en"), study.suppliers)
    with_it = study.model_copy(update={"suppliers": {**study.suppliers, key: made}})
    document = with_it.canonical()
    found = _into_row(document, with_it, row, key) if row else []
    return Offer(key, made, assess(with_it, key, ruled, claimed), tuple(found), document)


def _into_row(document: dict[str, Any], study: Study, row_id: str, key: str) -> list[Finding]:
    """Let a row of the document take a footprint, in place; return what stands against that."""
    row = next((item for _, item in study.rows() if item.id == row_id), None)
    body = next((item for item in _row_bodies(document) if item.get("id") == row_id), None)
    if row is None or body is None:
        return [finding("row_unknown", Severity.ERROR, row_id)]
    for activity in (*ACTIVITY_KEYS, "stand_in"):
        body.pop(activity, None)
    body["from"] = f"{PREFIX}{key}"
    dataset = supplier_dataset(study.suppliers[key].statement())
    if not isinstance(row.amount, str) or row.amount.startswith("="):
        return []
    try:
        _, unit = parse_amount(row.amount, f"{row_id}.amount")
        stated = {name: parse_property(name, text, f"{row_id}.properties") for name, text in row.properties.items()}
        dataset.amount_in_reference(1.0, unit, stated, f"{row_id}.amount")
    except TanbiaoError as error:
        return list(error.findings)
    return []


def _row_bodies(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for stage in document.get("stages", {}).values():
        if isinstance(stage, list):
            yield from stage
    for process in document.get("processes", {}).values():
        for part in PROCESS_PARTS:
            yield from process.get(part, ())


@dataclass(frozen=True)
class WithSuppliers:
    """A release, and beside it the footprints that a study carries; they are in no release and have no draws there."""

    study: Study
    release: Background
    ruled: str | None = None
    checks: bool = True
    """Off where the figures of suppliers count by other rules and only their rows must be read."""
    made: dict[str, Dataset] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the release."""
        return self.release.name

    @property
    def hash(self) -> str:
        """Hash of the release."""
        return self.release.hash

    @property
    def sampling(self) -> Mapping[str, Any] | None:
        """How the release was sampled."""
        return self.release.sampling

    def get(self, dataset_id: str, /) -> Dataset:
        """Return a dataset of the release, or the checked footprint of ``supplier/KEY``.

        Raises
        ------
        TanbiaoError
            ``unknown_supplier``, and every failed check of the footprint.
        """
        if not dataset_id.startswith(PREFIX):
            return self.made.get(dataset_id) or self.release.get(dataset_id)
        key = dataset_id.removeprefix(PREFIX)
        part = self.study.suppliers.get(key)
        if part is None:
            raise TanbiaoError.of("unknown_supplier", dataset_id, supplier=key, known=" / ".join(self.study.suppliers))
        found = [item for check in assess(self.study, key, self.ruled) for item in check.findings]
        if self.checks and blocking(found):
            raise TanbiaoError(*(item for item in found if item.severity.blocks))
        worth = (item for item in found if not item.severity.blocks)
        told = tuple(Notice(code=item.code, severity=item.severity, params=dict(item.params)) for item in worth)
        dataset = supplier_dataset(part.statement()).model_copy(update={"findings": told})
        self.made[dataset.id] = dataset
        return dataset

    def intensity(self, dataset_id: str, gwp_set: str, /) -> Intensity:
        """Return kg CO2e per reference unit."""
        own = self.made.get(dataset_id)
        return self.release.intensity(dataset_id, gwp_set) if own is None else own.weighed(gwp_set)

    def grid_electricity(self, region: str, year: int, /) -> tuple[Dataset, Sequence[Finding]]:
        """Return what the release answers."""
        return self.release.grid_electricity(region, year)

    def fuel(self, fuel_id: str, /) -> FuelPair:
        """Return what the release answers."""
        return self.release.fuel(fuel_id)

    def draws(self, dataset_id: str, gwp_set: str, /) -> NDArray[np.float32] | None:
        """Return the release's draws; a supplier's footprint is drawn by its own spread."""
        return None if dataset_id in self.made else self.release.draws(dataset_id, gwp_set)

    def carried_draws(self, dataset_id: str, gwp_set: str, /) -> Mapping[str, Any] | None:
        """Return what the release answers."""
        return None if dataset_id in self.made else self.release.carried_draws(dataset_id, gwp_set)

    def header_proof(self) -> Mapping[str, Any]:
        """Return what the release answers."""
        return self.release.header_proof()

    def proof(self, dataset_id: str, /) -> Any:
        """Return the release's proof of a dataset; a supplier's footprint has none there."""
        return None if dataset_id in self.made else self.release.proof(dataset_id)


def beside(study: Study, release: Background, ruled: str | None = None, *, checks: bool = True) -> Background:
    """Return a release with a study's footprints beside it; the release itself where the study carries none."""
    if not study.suppliers:
        return release
    if isinstance(release, WithSuppliers):
        return replace(release, study=study, ruled=ruled, checks=checks, made={})
    return WithSuppliers(study, release, ruled, checks)
