"""The form of one row. What it does not show (evidence, pedigree, …) stays as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tanbiao.core.amounts import AbsenceKind
from tanbiao.core.study.model import ACTIVITY_KEYS, DATA_KINDS
from tanbiao.core.study.normalise import (
    circular,
    circular_text,
    electricity,
    emission,
    emission_text,
    legs,
    way_text,
)
from tanbiao.core.study.normalise_method import fate, fate_text

ACTIVITIES = (
    ("from", _("Material or product (dataset or own process)")),
    ("electricity", _("Electricity")),
    ("fuel", _("Fuel that is burnt")),
    ("gas", _("Direct emission of a gas")),
    ("emission", _("Direct emission by a method")),
    ("circular", _("Circular footprint formula")),
    ("fate", _("End-of-life fate (shares by route)")),
    ("transport", _("Transport")),
    ("treatment", _("Waste treatment")),
    ("credit", _("Credit (reported apart)")),
    ("burden_free", _("Without burden (say why)")),
    ("what", _("Loss (leaves the process)")),
    ("keep", _("As it stands (several legs and others)")),
)
DATA_LABELS = {
    "site_specific": _("Measured on this site"),
    "primary": _("Primary data"),
    "secondary": _("Secondary data"),
    "estimate": _("Estimate"),
    "stand_in": _("Stand-in"),
}
ABSENT_LABELS = {
    "unknown": _("Unknown"),
    "not_declared": _("Not declared"),
    "excluded": _("Excluded"),
    "below_cut_off": _("Below the cut-off"),
}


SUPPLY_LABELS = {
    "grid": _("grid"),
    "own_generation": _("own generation"),
    "direct_line": _("direct line"),
    "contract": _("power contract"),
    "green_certificate": _("green certificate"),
    "dataset": _("stated factor"),
}


GENERATION = {
    "hydro": _("hydro"),
    "wind": _("wind"),
    "solar": _("solar (photovoltaic)"),
    "solar_thermal": _("solar thermal"),
    "biomass": _("biomass"),
    "nuclear": _("nuclear"),
    "gas": _("natural gas"),
    "coal": _("coal"),
}
PARTS = (
    (
        _("What goes in or out"),
        ("name", "activity", "target", "way", "supply", "generation", "region", "year", "inputs", "amount", "default"),
    ),
    (_("Where there is no amount"), ("absent", "reason")),
    (_("Where the amount comes from"), ("data_kind", "source", "stand_in_for", "stand_in_reason")),
    (_("Whose it is"), ("product", "driver")),
    (_("Remark"), ("note",)),
)
"""Title → fields, in the order of the page."""
FOR = {
    "supply": "electricity",
    "generation": "electricity",
    "region": "electricity",
    "year": "electricity",
    "inputs": "emission circular fate",
    "way": "transport",
    "target": "from electricity fuel gas emission circular fate transport treatment credit burden_free what",
}
"""Field → activities that it is for; a page with scripts shows it for these alone."""
LEG_WAY = ("distance", "from", "to", "mode")
HINTS = (
    (
        "from treatment credit",
        _("dataset/… of the factor release, process/… of this study, or supplier/… that was brought in"),
    ),
    ("electricity", _("Only where the supply is a stated factor: dataset/…")),
    ("fuel", _("A fuel such as natural-gas, anthracite or diesel")),
    ("gas", _("A gas such as CO2 fossil, CH4 fossil or N2O")),
    ("emission", _("A method such as carbonate/limestone")),
    ("circular", _("A method of recycling: cff, cut_off, fifty_fifty or closed_loop")),
    ("fate", _("A material of the table of end-of-life shares")),
    ("burden_free", _("Why it carries no burden")),
    ("what", _("What is lost")),
    ("transport", _("The vehicle: dataset/…, per t·km")),
)
"""What is typed as the factor, by activity."""


class RowForm(forms.Form):
    """One row, as a factory fills it."""

    name = forms.CharField(label=_("Name"), max_length=200, required=False)
    amount = forms.CharField(
        label=_("Amount with unit"), max_length=120, required=False, help_text=_("For example 2.41 kg or 3.76 kWh")
    )
    absent = forms.ChoiceField(
        label=_("No amount, because it is"),
        required=False,
        choices=[("", "—"), *((kind.value, ABSENT_LABELS[kind.value]) for kind in AbsenceKind)],
    )
    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)
    activity = forms.ChoiceField(label=_("What it is"), choices=ACTIVITIES)
    target = forms.CharField(
        label=_("Factor, process, fuel or gas"),
        max_length=300,
        required=False,
    )
    inputs = forms.CharField(
        label=_("Inputs of the method"),
        max_length=8000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For example purity = 0.95; calcination = 1"),
    )
    way = forms.CharField(
        label=_("Way"),
        max_length=200,
        required=False,
        help_text=_("For example 500 km, or the default distance of two places: CN-GD > CN-BJ rail"),
    )
    supply = forms.ChoiceField(label=_("Supply of electricity"), required=False, choices=SUPPLY_LABELS.items())
    generation = forms.ChoiceField(
        label=_("Generated from"),
        required=False,
        choices=[("", "—"), *GENERATION.items()],
        help_text=_("The published life-cycle factor of this type counts; it is never zero."),
    )
    region = forms.CharField(label=_("Region of the grid"), max_length=20, required=False, initial="CN")
    year = forms.IntegerField(label=_("Year"), min_value=1990, max_value=2100, required=False)
    data_kind = forms.ChoiceField(
        label=_("How the amount is known"),
        required=False,
        choices=[("", "—"), *((kind, DATA_LABELS[kind]) for kind in DATA_KINDS)],
    )
    source = forms.CharField(label=_("Source"), max_length=300, required=False)
    stand_in_for = forms.CharField(label=_("Stands in for"), max_length=300, required=False)
    stand_in_reason = forms.CharField(label=_("Why this stand-in"), max_length=300, required=False)
    product = forms.ChoiceField(
        label=_("Belongs to product"), required=False, help_text=_("Empty: it is shared among the products.")
    )
    driver = forms.ChoiceField(
        label=_("Shared by driver"), required=False, help_text=_("Empty: it is shared as the process says.")
    )
    default = forms.ChoiceField(
        label=_("Default of the rule"), required=False, help_text=_("An amount taken from the rule is no primary data.")
    )
    note = forms.CharField(label=_("Note"), max_length=500, required=False)

    def parts(self) -> list[tuple[Any, list[tuple[forms.BoundField, str]]]]:
        """Return the form in parts: title, and each field with the activities that it is for (empty: all)."""
        made = []
        for title, names in PARTS:
            fields = [(self[name], FOR.get(name, "")) for name in names if name in self.fields]
            made.append((title, fields))
        return [part for part in made if part[1]]

    def __init__(
        self,
        *args: Any,
        process: Mapping[str, Any] | None = None,
        defaults: Sequence[tuple[str, str]] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in {**_sharing(process or {}), "default": list(defaults)}.items():
            if choices:
                field = self.fields[name]
                assert isinstance(field, forms.ChoiceField)
                field.choices = [("", "—"), *choices]
            else:
                del self.fields[name]
        for field in self.fields.values():
            is_choice = isinstance(field.widget, forms.Select)
            field.widget.attrs["class"] = "form-select" if is_choice else "form-control"

    def clean(self) -> dict[str, Any]:
        """An amount or an absence with a reason; an activity names what it takes."""
        data: dict[str, Any] = super().clean() or {}
        if not data.get("amount") and not data.get("absent"):
            self.add_error("amount", _("Enter an amount with its unit, or choose why there is none."))
        if data.get("absent") and not data.get("reason"):
            self.add_error("reason", _("Say why there is no amount."))
        if data.get("activity") not in ("electricity", "keep") and not data.get("absent") and not data.get("target"):
            self.add_error("target", _("Choose a factor, process, fuel or gas."))
        if data.get("activity") == "transport" and not data.get("absent") and not data.get("way"):
            self.add_error("way", _("Say how far, or from where to where."))
        if data.get("stand_in_for") and not data.get("stand_in_reason"):
            self.add_error("stand_in_reason", _("Say why this stand-in is used."))
        return data

    def as_row(self) -> dict[str, Any]:
        """Return a new row of the document."""
        return {key: value for key, value in self.changes({}).items() if value is not None}

    def changes(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return the fields that change; None removes a field. Nothing else of the row is touched."""
        data = self.cleaned_data
        changes: dict[str, Any] = {
            "amount": {"absent": data["absent"], "reason": data["reason"]} if data["absent"] else data["amount"],
            "source": data["source"] or None,
            "note": data["note"] or None,
            "name": _name(row, data["name"]),
            "data": _merged(row.get("data"), "kind", data["data_kind"]),
            "stand_in": {"for": data["stand_in_for"], "reason": data["stand_in_reason"]}
            if data["stand_in_for"]
            else None,
        }
        changes |= {key: data[key] or None for key in ("product", "driver", "default") if key in data}
        if data["activity"] != "keep":
            changes |= dict.fromkeys(ACTIVITY_KEYS)
            changes |= _activity(row, data)
        return changes


def _sharing(process: Mapping[str, Any]) -> dict[str, list[tuple[str, str]]]:
    """Return the products and the drivers that a row of a process may choose among; none where it gives one."""
    gives = process.get("gives")
    if not isinstance(gives, list) or len(gives) < 2:
        return {"product": [], "driver": []}
    products = [str(item["product"]) for item in gives]
    drivers = (process.get("allocation") or {}).get("drivers") or {}
    named = [(key, _driver_name(key, item)) for key, item in drivers.items()]
    return {"product": [(name, name) for name in products], "driver": named}


def _driver_name(key: str, driver: Mapping[str, Any]) -> str:
    name = driver.get("name")
    texts = name if isinstance(name, Mapping) else {"zh": name or ""}
    return " · ".join(dict.fromkeys(part for part in (key, texts.get("zh"), texts.get("en")) if part))


def _name(row: dict[str, Any], name: str) -> dict[str, str] | None:
    """Write the name in the script it is typed in; the other language stays."""
    if not name:
        return None
    key = "zh" if any("\u4e00" <= char <= "\u9fff" for char in name) else "en"
    return {**(row.get("name") or {}), key: name}


def _merged(part: dict[str, Any] | None, key: str, value: str) -> dict[str, Any] | None:
    if not value:
        return None
    return {**(part or {}), key: value}


def _activity(row: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    activity, target = data["activity"], data["target"]
    if activity == "electricity":
        given = {"region": data["region"] or "CN", "year": data["year"], "dataset": target}
        given |= {"generation": data["generation"]}
        stated = electricity({"supply": data["supply"] or "grid"})
        # What the supply's own page states stays, unless the row is the grid's now.
        kept = {} if stated["supply"] == "grid" else dict(row.get("electricity") or {})
        for key in ("region", "year", "dataset", "generation"):
            kept.pop(key, None)
        return {"electricity": {**kept, **stated, **{key: value for key, value in given.items() if value}}}
    if activity == "transport":
        leg = _only_leg(row)
        # What a distance rests on goes with it.
        dropped = ("by", *LEG_WAY) if way_text(leg) == data["way"] else ("by", *LEG_WAY, "source", "derivation")
        kept = {key: item for key, item in leg.items() if key not in dropped}
        return {"transport": [{**kept, **legs({"by": target, "distance": data["way"]})[0]}]}
    if activity == "fuel":
        return {"fuel": {**(row.get("fuel") or {}), "id": target}}
    if activity == "circular":
        return {"circular": circular({"method": target, "inputs": data["inputs"]})}
    if activity == "fate":
        return {"fate": fate({"material": target, "inputs": data["inputs"]})}
    if activity == "emission":
        return {"emission": emission({**emission(target), "inputs": data["inputs"]})}
    return {activity: target} if target else {}


def _only_leg(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the leg of a transport of one leg; several have a page of their own."""
    found = row.get("transport") or []
    return dict(found[0]) if len(found) == 1 else {}


def _activity_of(row: Mapping[str, Any]) -> str:
    if not row:
        return "from"
    found = next((key for key, _label in ACTIVITIES if key in row), "keep")
    return "keep" if found == "transport" and not _only_leg(row) else found


def initial(row: dict[str, Any]) -> dict[str, Any]:
    """Return the form's values of a row of the document."""
    amount, name = row.get("amount", ""), row.get("name") or {}
    absent = amount if isinstance(amount, dict) else {}
    activity = _activity_of(row)
    target = row.get(activity, "")
    if activity == "fuel":
        target = row["fuel"].get("id", "")
    inputs, way = "", ""
    if activity == "transport":
        leg = _only_leg(row)
        target, way = leg.get("by", ""), way_text(leg)
    if activity == "circular":
        target, inputs = circular_text(row["circular"])
    if activity == "fate":
        target, inputs = fate_text(row["fate"])
    if activity == "emission":
        target, inputs = emission_text(row["emission"])
    supply = row.get("electricity") or {}
    if activity == "electricity":
        target = supply.get("dataset", "")
    return {
        "name": name.get("zh") or name.get("en") or "",
        "amount": "" if absent else amount,
        "absent": absent.get("absent", ""),
        "reason": absent.get("reason", ""),
        "activity": activity,
        "target": target if isinstance(target, str) else "",
        "inputs": inputs,
        "way": way,
        "supply": supply.get("supply", "grid"),
        "generation": supply.get("generation", ""),
        "region": supply.get("region", "CN"),
        "year": supply.get("year"),
        "data_kind": (row.get("data") or {}).get("kind", ""),
        "source": row.get("source", ""),
        "stand_in_for": (row.get("stand_in") or {}).get("for", ""),
        "stand_in_reason": (row.get("stand_in") or {}).get("reason", ""),
        "product": row.get("product", ""),
        "driver": row.get("driver", ""),
        "default": row.get("default", ""),
        "note": row.get("note", ""),
    }
