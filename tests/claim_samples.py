"""Claims of each form over made-up certificates, for the tests of what follows from them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tanbiao.core.kinds import Cited
from tanbiao.core.schemes import load_scheme
from tanbiao.core.schemes.parts import Kind

DAY = "2026-11-22"
ME = "91370000MA0000000X"
APPLICANT = {"zh": "甲公司", "en": "Alpha"}
BASELINE = Cited(
    number="TB-DEMO-2025-000001", version=1, kind="certified", state="changed", valid_from="2025-01-01",
    valid_until="2026-12-31", holder_id=ME, product_zh="水泥熟料", product_en="Clinker", category="cement-clinker",
    credential="sha256:" + "1" * 64, scheme="tanbiao-demo@1.3.0", value="845", unit="kg CO2e/t", declared_unit="1 t",
    boundary="cradle_to_gate", gwp_set="AR6", electricity_basis="grid", period_from="2024-01-01",
    period_to="2024-12-31", rule="cement-clinker@1.0.0", release="starter-2026.1",
)  # fmt: skip
LATER = replace(
    BASELINE, version=2, state="valid", value="799.5", period_from="2025-01-01", period_to="2025-12-31",
    valid_until="2027-12-31", credential="sha256:" + "2" * 64,
)  # fmt: skip
REDUCED = replace(LATER, number="TB-DEMO-R-2026-000002", kind="reduction", value="", unit="")
TITLE = {"zh": "范围", "en": "scope"}


def kind(name: str) -> Kind:
    found = load_scheme("tanbiao-demo").kind(name)
    assert found is not None
    return found


def reduction(**changes: Any) -> dict[str, Any]:
    cite = {"number": BASELINE.number}
    return {
        "tanbiao": "claim/1", "form": "reduction", "baseline": {**cite, "version": 1}, "later": cite,
        "measures": [{"kind": "energy_efficiency", "text": "余热发电"}], **changes,
    }  # fmt: skip


def credit(**changes: Any) -> dict[str, Any]:
    return {
        "registry": "Demo Registry", "project": "wind-7", "block": "DR-7-2024", "first": 1, "last": 80,
        "vintage": 2024, "retired_on": "2026-05-01", "evidence": "retirement.pdf", **changes,
    }  # fmt: skip


def neutral(**changes: Any) -> dict[str, Any]:
    return {
        "tanbiao": "claim/1", "form": "neutral", "footprint": {"number": LATER.number}, "quantity": "100",
        "period": {"begin": "2026-01-01", "end": "2026-06-30"}, "credits": [credit()],
        "reduction": {"number": REDUCED.number}, **changes,
    }  # fmt: skip


def removal(**changes: Any) -> dict[str, Any]:
    return {
        "tanbiao": "claim/1", "form": "removal", "footprint": {"number": LATER.number}, "amount": "12.5",
        "unit": "t CO2", "method": "mineralisation, weighed", "storage": TITLE, "in_footprint": False,
        "period": {"begin": "2026-01-01", "end": "2026-06-30"}, "evidence": ["weighing.pdf"], **changes,
    }  # fmt: skip


def system(form: str = "management_system", **changes: Any) -> dict[str, Any]:
    name = "footprint-management-system" if form == "management_system" else "carbon-service"
    asked = kind(name).claim
    assert asked is not None
    more = {"service": TITLE} if form == "service" else {}
    return {
        "tanbiao": "claim/1", "form": form, "standard": "ISO 14064-1", "scope": TITLE, "category": "cement-clinker",
        "since": "2026-01-01", "sites": [{"name": TITLE}],
        "fulfils": [{"requirement": one.id, "how": TITLE} for one in asked.requirements], **more, **changes,
    }  # fmt: skip


KINDS = {
    "reduction": ("product-reduction", reduction, {"baseline": BASELINE, "later": LATER}),
    "neutral": ("product-neutral", neutral, {"footprint": LATER, "reduction": REDUCED}),
    "removal": ("product-removal", removal, {"footprint": LATER}),
    "management_system": ("footprint-management-system", system, {}),
    "service": ("carbon-service", lambda **more: system("service", **more), {}),
}
