"""A supplier's own footprint as a part of the study document: what its file and the supplier say of it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tanbiao.core.lca.supplier import SupplierFootprint
from tanbiao.core.study.model_base import Digest, Line, Part, Period, Text

CarriedKind = Literal["fossil", "biogenic_emission", "biogenic_uptake", "land_use_change", "undivided"]


class SupplierInput(Part):
    """A supplier's footprint of one product; a row takes it by ``from: supplier/KEY``.

    What is not stated is not assumed: such a footprint fails the check that asks for it.
    """

    footprint: Line
    """Id that its maker gave it."""
    name: Text
    company: Line
    form: Line | None = None
    """Data model of the file, with its version."""
    version: Line | None = None
    file: Digest | None = None
    unit: Line
    place: Line = "GLO"
    co2e: Annotated[dict[CarriedKind, float], Field(min_length=1)]
    """kg CO2e per unit, by kind."""
    gwp: Literal["AR4", "AR5", "AR6", "unknown"] = "unknown"
    valid: Period | None = None
    period: Period | None = None
    boundary: Literal["cradle_to_gate", "cradle_to_grave", "gate_to_gate"] | None = None
    without_offsets: bool | None = None
    """Whether the figure stands before any offset."""
    power: Literal["none", "certificates"] | None = None
    """Whether contractual electricity lowers the figure; ``certificates`` names them."""
    certificates: tuple[Line, ...] = ()
    recycling: (
        Literal["cut_off", "closed_loop", "circular_footprint_formula", "fifty_fifty", "upstream_system_expansion"]
        | None
    ) = None
    verification: Literal["certified", "verified", "self_declared"] = "self_declared"
    verifier: Line | None = None
    accept_unverified: Line | None = None
    """Why a footprint that nobody verified is taken all the same."""
    primary_share: float | None = Field(default=None, ge=0, le=1)
    replaced: bool | None = None
    biogenic_unstated: bool | None = None
    """The figure says nothing of biogenic emissions."""
    beside: tuple[Line, ...] = ()
    """Which of these the supplier stated beside the file."""

    def statement(self) -> SupplierFootprint:
        """Return it as the checks take it."""
        valid, period = self.valid, self.period
        return SupplierFootprint(
            id=self.footprint,
            name=f"{self.name.best('zh')} ({self.company})",
            unit=self.unit,
            place=self.place,
            co2e={str(kind): value for kind, value in self.co2e.items()},
            gwp_set=self.gwp,
            valid_from=valid.from_ if valid else "",
            valid_until=valid.to if valid else "",
            boundary=self.boundary or "unstated",
            offsets=None if self.without_offsets is None else not self.without_offsets,
            green_power=() if self.power != "certificates" else (self.certificates or None),
            green_power_stated=self.power is not None,
            recycling=self.recycling or "unstated",
            verification=self.verification,
            replaced=bool(self.replaced),
            company=self.company,
            version=self.version or "",
            period_from=period.from_ if period else "",
            period_until=period.to if period else "",
            primary_share=self.primary_share,
            form=self.form or "",
            biogenic_stated=not self.biogenic_unstated,
            notes=tuple(f"Stated beside the file: {item}" for item in self.beside),
        )


def part_of(
    footprint: SupplierFootprint, name: str, *, file: str, verifier: str, accept_unverified: str
) -> dict[str, object]:
    """Return a checked footprint as the part of a study document."""
    valid = {"from": footprint.valid_from, "to": footprint.valid_until}
    period = {"from": footprint.period_from, "to": footprint.period_until}
    power = None if not footprint.green_power_stated else "none" if footprint.green_power == () else "certificates"
    body = {
        "footprint": footprint.id,
        "name": {"zh" if any("\u4e00" <= sign <= "\u9fff" for sign in name) else "en": name},
        "company": footprint.company,
        "form": footprint.form,
        "version": footprint.version,
        "file": file,
        "unit": footprint.unit,
        "place": footprint.place,
        "co2e": dict(footprint.co2e),
        "gwp": footprint.gwp_set,
        "valid": valid if all(valid.values()) else None,
        "period": period if all(period.values()) else None,
        "boundary": footprint.boundary,
        "without_offsets": None if footprint.offsets is None else not footprint.offsets,
        "power": power,
        "certificates": list(footprint.green_power or ()),
        "recycling": footprint.recycling,
        "verification": footprint.verification,
        "verifier": verifier,
        "accept_unverified": accept_unverified,
        "primary_share": footprint.primary_share,
        "biogenic_unstated": None if footprint.biogenic_stated else True,
        "beside": [item.removeprefix("Stated beside the file: ") for item in footprint.notes],
    }
    return {key: value for key, value in body.items() if value not in (None, "", [], "unstated")}
