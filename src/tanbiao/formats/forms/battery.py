"""What the two declarations of a traction battery share: stages over the energy delivered."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from tanbiao.core.amounts import add
from tanbiao.core.study.parameter_sets import ENERGY_PROPERTIES, delivered_energy
from tanbiao.formats.forms.basis import Basis, decimal, plain, stamp, without

FUNCTIONAL_UNIT: Final = {
    "zh": "电池在使用寿命内输出的总能量中的 1 千瓦时",
    "en": "one kilowatt-hour of the total energy that the battery delivers over its service life",
}


def declaration(basis: Basis, statement: dict[str, str], source: str) -> dict[str, Any]:
    """Return what both declarations hold; what the study leaves out is said through the basis."""
    product, period = basis.study.product, basis.study.period
    company, battery = basis.company("manufacturer.name"), basis.battery
    energy = _energy(basis)
    address = basis.need(company.address if company else None, "manufacturer.address", "forms.company.address")
    return {
        "form": f"{basis.form}/1",
        "statement": statement,
        **without({"rule_notice": None if basis.rule_notice is None else dict(basis.rule_notice)}),
        "basis": source,
        "created": stamp(basis.created),
        "manufacturer": without(
            {
                "name": company.name if company else None,
                "ids": list(company.ids) if company else None,
                "address": address,
            }
        ),
        "battery": without(
            {
                "name": product.name.both(),
                "model": basis.need(product.model, "battery.model", "product.model"),
                "category": battery.category,
                "chemistry": battery.chemistry,
                "plant": basis.need(battery.plant, "battery.plant", "forms.battery.plant"),
            }
        ),
        "period": {"from": period.from_, "to": period.to},
        "declared_unit": basis.study.unit.declared,
        "functional_unit": FUNCTIONAL_UNIT,
        "delivered_energy": _stated_energy(basis, energy),
        "carbon_footprint": {
            "value": plain(basis.view.per_energy or Decimal(0)),
            "unit": "kg CO2e/kWh",
            "per_declared_unit": plain(basis.view.total),
        },
        "stages": _stages(basis, energy),
        "apart": [
            {"id": row.id, "name": dict(row.name), "per_declared_unit": plain(row.value)}
            for row in basis.fields.rows
            if row.role == "memo" and row.state == "complete" and row.value
        ],
        **without({"primary_data_share": basis.primary_share(), "electricity": _electricity(basis)}),
        "versions": basis.versions(),
    }


def _energy(basis: Basis) -> float:
    _, energy = delivered_energy(basis.study)
    if energy is None:
        names = " / ".join(("delivered_energy", " + ".join(ENERGY_PROPERTIES[1:])))
        basis.missing("delivered_energy", f"product.properties ({names})")
        return 1.0
    return energy


def _stated_energy(basis: Basis, energy: float) -> dict[str, str]:
    stated = basis.study.product.properties
    whole = "delivered_energy" in stated
    parts: dict[str, str] = {} if whole else {str(key): stated[key] for key in ENERGY_PROPERTIES[1:] if key in stated}
    return {"value": plain(decimal(energy)), "unit": "kWh", **parts}


def _stages(basis: Basis, energy: float) -> list[dict[str, Any]]:
    whole = float(basis.view.total)
    return [
        {
            "id": row.id,
            "name": dict(row.name),
            "per_declared_unit": plain(row.value),
            "per_kwh": plain(decimal(float(row.value) / energy)),
            "share": plain(decimal(100 * float(row.value) / whole)) if whole > 0 else None,
        }
        for row in basis.fields.rows
        if row.role == "part"
    ]


def _electricity(basis: Basis) -> dict[str, Any] | None:
    """Return what of the figure is electricity, by supply, and which supplies the scheme counts as what they are."""
    found: dict[str, list[float]] = {}
    for item, value in basis.view.counted:
        if item.flow.row.electricity is not None:
            found.setdefault(item.flow.row.electricity.supply, []).append(value)
    if not found:
        return None
    rows = [{"supply": key, "emission": plain(decimal(add(*values)))} for key, values in sorted(found.items())]
    return {"counted": sorted(basis.view.set.steps.get("electricity", [])), "rows": rows}
