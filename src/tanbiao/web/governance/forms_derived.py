"""The form of a derived dataset: who it is, and the rows that its kind of derivation takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from tanbiao.web.accounts.actor import Actor
from tanbiao.web.forms import TanbiaoForm
from tanbiao.web.governance import queries
from tanbiao.web.governance.pinning import release_id
from tanbiao.web.governance.words import BASIS_WORDS, OPERATION_WORDS
from tanbiao.web.language import current
from tanbiao.web.licences import LICENCES

ROWS: Final = 6
"""Rows of inputs, products or suppliers that the form offers; the API takes any number (project default)."""
SHOWN: Final = 500
"""Published datasets that a list offers (project default); the API takes any id."""


def _text(label: Any, *, required: bool = False, length: int = 200) -> forms.CharField:
    return forms.CharField(label=label, required=required, max_length=length)


FIRST_ROWS: Final = 2
"""Rows that stand open from the beginning; the others are opened where they are needed."""
_ABOUT: Final = ("database", "key", "name_zh", "name_en", "geography", "valid_from", "technology")
_BASIS: Final = ("unit", "source", "legal_basis", "licence")


@dataclass(frozen=True, slots=True)
class Part:
    """A section of the form: its single fields, its first rows of fields that belong together, its further rows."""

    title: Any
    fields: list[forms.BoundField]
    rows: list[list[forms.BoundField]] = field(default_factory=list)
    further: list[list[forms.BoundField]] = field(default_factory=list)
    is_open: bool = False
    """Whether a further row was filled in."""


class DerivationForm(TanbiaoForm):
    """A derived dataset; its rows are those of the operation."""

    database = forms.ChoiceField(label=_("Database"))
    key = _text(_("Id of the dataset"), required=True, length=100)
    name_zh = _text(_("Name in Chinese"), required=True)
    name_en = _text(_("Name in English"), required=True)
    geography = _text(_("Place (such as CN-32)"), required=True, length=60)
    valid_from = _text(_("First day or year it stands for"), required=True, length=10)
    technology = _text(_("Technology"), required=True)

    def __init__(self, *args: Any, operation: str, actor: Actor, **kwargs: Any) -> None:
        self.operation = operation
        super().__init__(*args, **kwargs)
        known: Any = self.fields["database"]
        known.choices = [(row.key, row.name(current())) for row in queries.databases(actor)[:SHOWN]]
        rows = queries.derivable(actor)[:SHOWN]
        self._offered = [
            (release_id(row.database.key, row.version.dataset_id), f"{row.version.name} ({row.identifier})")
            for row in rows
        ]
        getattr(self, f"_rows_of_{operation}")()
        self.fields |= {
            "unit": _text(_("Reference unit, where it is not that of the inputs"), length=40),
            "source": _text(_("Source of shares, properties and choice"), required=True, length=2000),
            "legal_basis": _text(_("By what right it is given"), required=True, length=2000),
            "licence": forms.ChoiceField(
                label=_("Licence"), choices=[(one.code, one.name(current())) for one in LICENCES]
            ),
        }
        for one in self.fields.values():
            kind = "form-select" if isinstance(one.widget, forms.Select) else "form-control"
            one.widget.attrs["class"] = kind

    def _dataset(self, label: Any, *, required: bool = False) -> forms.ChoiceField:
        return forms.ChoiceField(label=label, required=required, choices=[("", "–"), *self._offered])

    def _rows_of_mix(self) -> None:
        for number in range(1, ROWS + 1):
            place = {"number": number}
            self.fields[f"input_{number}"] = self._dataset(_("Input %(number)d") % place, required=number == 1)
            self.fields[f"share_{number}"] = forms.FloatField(
                label=_("Share of input %(number)d (0 to 1)") % place, required=number == 1, min_value=0, max_value=1
            )

    def _rows_of_allocation(self) -> None:
        self.fields["input"] = self._dataset(_("Joint process"), required=True)
        self.fields["basis"] = forms.ChoiceField(label=_("Shared"), choices=list(BASIS_WORDS.items()))
        for number in range(1, ROWS + 1):
            place = {"number": number}
            needed = number <= 2
            self.fields[f"name_{number}"] = _text(_("Product %(number)d") % place, required=needed)
            self.fields[f"amount_{number}"] = forms.FloatField(
                label=_("Amount of product %(number)d per reference unit") % place, required=needed, min_value=0
            )
            self.fields[f"unit_{number}"] = _text(_("Unit of product %(number)d") % place, required=needed, length=40)
            self.fields[f"content_{number}"] = _text(
                _("Content or price of product %(number)d (such as 4.2 CNY/kg)") % place, length=60
            )
        self.fields["product"] = _text(_("The product that the dataset stands for"), required=True)

    def _rows_of_unit(self) -> None:
        self.fields["input"] = self._dataset(_("Dataset"), required=True)
        self.fields["bridge"] = _text(_("Property that leads to the unit (such as 42.652 MJ|LHV/kg)"), length=60)

    def _rows_of_relink(self) -> None:
        self.fields["input"] = self._dataset(_("Unit process"), required=True)
        for number in range(1, ROWS + 1):
            place = {"number": number}
            self.fields[f"before_{number}"] = self._dataset(
                _("Supplier %(number)d that is replaced") % place, required=number == 1
            )
            self.fields[f"after_{number}"] = self._dataset(
                _("Supplier %(number)d instead") % place, required=number == 1
            )

    def parts(self) -> list[Part]:
        """Return the form in sections: what it is, what it is made from, on what it rests.

        Rows beyond the second are kept together, to be opened; they stand open where one of them was filled in.
        """
        grouped = {*_ABOUT, *_BASIS}
        own = [name for name in self.fields if name not in grouped]
        single = [name for name in own if not name[-1].isdigit()]
        columns = list(dict.fromkeys(name.rpartition("_")[0] for name in own if name[-1].isdigit()))
        rows = [[self[f"{column}_{number}"] for column in columns] for number in range(1, ROWS + 1)] if columns else []
        further = rows[FIRST_ROWS:]
        is_used = any(one.errors or one.value() for row in further for one in row)
        return [
            Part(_("The dataset"), [self[name] for name in _ABOUT]),
            Part(_("What it is made from"), [self[name] for name in single], rows[:FIRST_ROWS], further, is_used),
            Part(_("What it rests on"), [self[name] for name in _BASIS]),
        ]

    def definition(self) -> dict[str, Any]:
        """Return what the form says as the command takes it."""
        said = self.cleaned_data
        plain = ("database", "key", "name_zh", "name_en", "geography", "valid_from", "technology")
        derivation = {"operation": self.operation, "source": said["source"], **getattr(self, f"_{self.operation}")()}
        own = {name: said[name] for name in (*plain, "unit", "legal_basis", "licence")}
        return {**own, "derivation": derivation}

    def _filled(self, name: str) -> list[int]:
        return [number for number in range(1, ROWS + 1) if self.cleaned_data.get(f"{name}_{number}")]

    def _mix(self) -> dict[str, Any]:
        said = self.cleaned_data
        rows = [(said[f"input_{one}"], said.get(f"share_{one}") or 0.0) for one in self._filled("input")]
        return {"inputs": [{"dataset": name, "share": share} for name, share in rows]}

    def _allocation(self) -> dict[str, Any]:
        said = self.cleaned_data
        products = [
            {key: said.get(f"{key}_{one}") or "" for key in ("name", "amount", "unit", "content")}
            for one in self._filled("name")
        ]
        return {
            "input": {"dataset": said["input"]},
            "basis": said["basis"],
            "products": products,
            "product": said["product"],
        }

    def _unit(self) -> dict[str, Any]:
        return {"input": {"dataset": self.cleaned_data["input"]}, "bridge": self.cleaned_data["bridge"]}

    def _relink(self) -> dict[str, Any]:
        said = self.cleaned_data
        rows = [{"before": said[f"before_{one}"], "after": said[f"after_{one}"]} for one in self._filled("before")]
        return {"input": {"dataset": said["input"]}, "replaced": rows}


OPERATIONS: Final = tuple(OPERATION_WORDS)
