"""Derived datasets of a release: calculated again when it is built, sealed with the hashes of their inputs.

A derived dataset never stands in a release with figures that its derivation does not give: whatever a document says,
they are made from the inputs that the same release holds. Where an earlier release is given, a derived dataset whose
inputs have other hashes gets a new version that names the one it replaces.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tanbiao.core.dataset import derive
from tanbiao.core.dataset.derivation import Predecessor, Relink, used_by, with_hashes
from tanbiao.core.dataset.model import Dataset
from tanbiao.core.findings import TanbiaoError

if TYPE_CHECKING:
    from tanbiao.core.lca.release import Release


def calculated(datasets: Sequence[Dataset]) -> list[Dataset]:
    """Return the datasets with every derived one calculated from its inputs, in the order given.

    Raises
    ------
    TanbiaoError
        As :func:`tanbiao.core.dataset.derive.read_all`.
    """
    derived = {item.id: item for item in datasets if item.derivation is not None}
    if not derived:
        return list(datasets)
    known = {item.id: item for item in datasets if item.derivation is None}
    for name in derive.in_order({name: item.derivation for name, item in derived.items() if item.derivation}):
        known[name] = derive.derive(derived[name].document(), known)
    return [known[item.id] for item in datasets]


def sealed(solved: Sequence[Dataset], previous: Mapping[str, Dataset] | None = None) -> list[Dataset]:
    """Return the datasets with the content hash of every input in the derivations, in the order given.

    Parameters
    ----------
    solved
        With their figures.
    previous
        Id → dataset of the release that this one follows: what follows from other inputs than there gets a new version
        and a predecessor, what follows from the same is the same to the byte.

    Raises
    ------
    TanbiaoError
        ``derivation_input_differs``: a document states the hash of another version of an input, and no earlier release
        says that it is to be calculated anew.
    """
    known = {item.id: item for item in solved}
    derived = {item.id: item.derivation for item in solved if item.derivation is not None}
    if not derived:
        return list(solved)
    shares = _relinked_shares(known)
    for name in derive.in_order(derived):
        item, before = known[name], (previous or {}).get(name)
        actual = {used.dataset: known[used.dataset].content_hash for used in used_by(derived[name])}
        if before is None or before.derivation is None:
            _require_same(item, actual)
        derivation = with_hashes(derived[name], actual)
        if isinstance(derivation, Relink):
            derivation = derivation.model_copy(update={"share": shares[name]})
        known[name] = _versioned(item.model_copy(update={"derivation": derivation}), before)
    return [known[item.id] for item in solved]


def _require_same(item: Dataset, actual: Mapping[str, str]) -> None:
    for used in used_by(item.derivation) if item.derivation is not None else ():
        if used.hash and used.hash != actual[used.dataset]:
            raise TanbiaoError.of(
                "derivation_input_differs", item.id, dataset=used.dataset, stated=used.hash, found=actual[used.dataset]
            )


def _versioned(item: Dataset, before: Dataset | None) -> Dataset:
    if before is None or before.derivation is None:
        return item
    same = item.model_copy(update={"version": before.version, "predecessor": before.predecessor})
    if same.content_hash == before.content_hash:
        return same
    version = item.version if item.version != before.version else next_version(before.version)
    predecessor = Predecessor(version=before.version, hash=before.content_hash)
    return item.model_copy(update={"version": version, "predecessor": predecessor})


def next_version(version: str) -> str:
    """Return the version after this one: its last number raised by one (``2026.1`` → ``2026.2``, ``a`` → ``a.2``)."""
    found = re.search(r"\d+(?=\D*$)", version)
    if found is None:
        return f"{version}.2"
    return f"{version[: found.start()]}{int(found.group()) + 1}{version[found.end() :]}"


def _relinked_shares(known: Mapping[str, Dataset]) -> dict[str, float | None]:
    """Return id → share of the figure that comes through what was re-linked, of every re-linked process.

    x = b + A x: b is what the new suppliers bring per unit of the process, A what it uses of processes that were
    re-linked alongside, which bring their own x. The share is x / total; None where the total is 0.
    """
    names = [name for name, item in known.items() if isinstance(item.derivation, Relink)]
    if not names:
        return {}
    import numpy as np
    import scipy.sparse as sp
    from scipy.sparse.linalg import spsolve

    place = {name: index for index, name in enumerate(names)}
    direct = np.zeros(len(names))
    beside = sp.lil_array((len(names), len(names)))
    for name, index in place.items():
        item = known[name]
        if not isinstance(item.derivation, Relink):
            continue
        change = {one.after: one.alongside for one in item.derivation.replaced}
        for used in item.inputs:
            if used.dataset not in change:
                continue
            supplier = known[used.dataset]
            amount = used.amount * supplier.per_input(used, item.id)
            if change[used.dataset] and used.dataset in place:
                beside[index, place[used.dataset]] += amount
            else:
                direct[index] += amount * supplier.total
    found = np.atleast_1d(spsolve(sp.csc_array(sp.eye_array(len(names)) - beside), direct))
    totals = [known[name].total for name in names]
    return {
        name: float(f"{float(value) / total:.9g}") if total else None
        for name, value, total in zip(names, found, totals, strict=True)
    }


@dataclass(frozen=True, slots=True)
class Recomputed:
    """A derived dataset that was calculated anew: its versions, and the inputs that have other hashes than before."""

    id: str
    before: str
    after: str
    because: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {"dataset": self.id, "before": self.before, "after": self.after, "because": list(self.because)}


def recomputed(old: Release, new: Release) -> list[Recomputed]:
    """Return the derived datasets of both releases that follow from other versions of their inputs in the new one."""
    found = []
    for name in new.derived_ids():
        target = old.canonical_id(name)
        if target is None or (target == name and old.leaf(name) == new.leaf(name)):
            continue
        before, after = old.get(name), new.get(name)
        if before.derivation is None or after.derivation is None:
            continue
        hashes = {used.dataset: used.hash for used in used_by(before.derivation)}
        because = tuple(
            used.dataset for used in used_by(after.derivation) if hashes.get(used.dataset, used.hash) != used.hash
        )
        if because:
            found.append(Recomputed(name, before.version, after.version, because))
    return found
