"""Where a derived dataset of a release comes from: its inputs as they stand there, and what each brings."""

from __future__ import annotations

from typing import Any

from tanbiao.core.dataset import Dataset
from tanbiao.core.dataset.derivation import Allocation, Mix, Relink, UnitChange, used_by
from tanbiao.core.dataset.derive_exchanges import allocation_shares
from tanbiao.core.lca.release import Release


def lineage(release: Release, dataset: Dataset, gwp_set: str = "AR6") -> dict[str, Any] | None:
    """Return how a dataset was derived, or None for one that was not.

    ``{"operation", "source", "url", "inputs": [{"dataset", "name", "hash", "current", "amount", "unit", "co2e"}],
    "parameters": {…}, "share", "predecessor"}``. ``amount`` ``unit`` of the input stand in one reference unit and bring
    ``co2e`` kg CO2e under the set; both None for a process whose other inputs were replaced. ``current``: whether the
    release holds the very version that the derivation names.
    """
    derivation = dataset.derivation
    if derivation is None:
        return None
    exchanges = {item.dataset: item for item in dataset.inputs}
    inputs = []
    for used in used_by(derivation):
        supplier = release.get(used.dataset)
        exchange = exchanges.get(used.dataset)
        entry: dict[str, Any] = {
            "dataset": used.dataset,
            "name": {"zh": supplier.name.best("zh"), "en": supplier.name.best("en")},
            "hash": used.hash,
            "current": used.hash == supplier.content_hash,
            "amount": None,
            "unit": None,
            "co2e": None,
        }
        if exchange is not None:
            amount = exchange.amount * supplier.per_input(exchange, dataset.id)
            figure = supplier.intensity(gwp_set).total
            entry |= {"amount": amount, "unit": supplier.reference.unit, "co2e": amount * figure}
        inputs.append(entry)
    return {
        "operation": derivation.operation,
        "source": derivation.source,
        "url": derivation.url,
        "inputs": inputs,
        "parameters": _parameters(derivation, dataset.id),
        "share": derivation.share if isinstance(derivation, Relink) else None,
        "predecessor": None if dataset.predecessor is None else dataset.predecessor.model_dump(),
    }


def _parameters(derivation: Mix | Allocation | UnitChange | Relink, where: str) -> dict[str, Any]:
    """Return what the operation was done with, beside its inputs."""
    if isinstance(derivation, Mix):
        return {"shares": {item.dataset: item.share for item in derivation.inputs}}
    if isinstance(derivation, Allocation):
        return {
            "basis": derivation.basis,
            "product": derivation.product,
            "shares": allocation_shares(derivation, where),
        }
    if isinstance(derivation, UnitChange):
        return {"bridge": derivation.bridge}
    return {"replaced": [{"before": item.before, "after": item.after} for item in derivation.replaced]}
