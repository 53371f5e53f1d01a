"""The form of a certification unit: brands and series, and a table each of models, producers and sites."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from tanbiao.core.findings import TanbiaoError, render
from tanbiao.core.schemes.unit import UnitDocument
from tanbiao.web.certification.units import lean
from tanbiao.web.forms import TanbiaoForm
from tanbiao.web.language import current

SPARE = 2
"""Empty rows that a table offers."""
MORE = 3
MOST = 500


class UnitHead(TanbiaoForm):
    """What is said of the whole unit."""

    brands = forms.CharField(
        label=_("Brands"),
        required=False,
        max_length=2000,
        help_text=_("Several are separated by commas. Leave empty where the product has no brand."),
    )
    representative = forms.CharField(
        label=_("Representative model"),
        max_length=200,
        help_text=_("The model that the study is about; it stands in the table below."),
    )
    series = forms.CharField(
        label=_("Why the representative model speaks for the others"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed for more than one model: same materials, process and energy; what differs, and how much."),
    )
    footprint = forms.ChoiceField(
        label=_("Footprint"),
        choices=[
            ("unit", _("One for the whole unit: the study covers all sites")),
            ("per_site", _("One for each site: the study's figure is their mean by production")),
        ],
    )


class ModelRow(TanbiaoForm):
    """A model."""

    name = forms.CharField(label=_("Model"), required=False, max_length=200)
    brand = forms.CharField(label=_("Brand"), required=False, max_length=200)
    gtin = forms.CharField(label=_("Barcode (GTIN)"), required=False, max_length=14)
    figure = forms.CharField(label=_("Its own figure, if estimated"), required=False, max_length=30)


class ProducerRow(TanbiaoForm):
    """Who makes it."""

    id = forms.CharField(label=_("Short name"), required=False, max_length=64, help_text="a–z, 0–9, -")
    name_zh = forms.CharField(label=_("Name in Chinese"), required=False, max_length=200)
    name_en = forms.CharField(label=_("Name in English"), required=False, max_length=200)
    registered_id = forms.CharField(label=_("Credit code or foreign register number"), required=False, max_length=200)
    region = forms.CharField(label=_("Region code"), required=False, max_length=6)
    contract = forms.BooleanField(label=_("Maker under contract"), required=False)


class SiteRow(TanbiaoForm):
    """Where it is made."""

    name_zh = forms.CharField(label=_("Site"), required=False, max_length=200)
    name_en = forms.CharField(label=_("Name in English"), required=False, max_length=200)
    address = forms.CharField(label=_("Address"), required=False, max_length=200)
    region = forms.CharField(label=_("Region code"), required=False, max_length=6)
    producer = forms.CharField(label=_("Producer (short name)"), required=False, max_length=64)
    production = forms.CharField(label=_("Production of the period"), required=False, max_length=30)
    figure = forms.CharField(label=_("Footprint of the site"), required=False, max_length=30)
    study = forms.CharField(label=_("or its study (id)"), required=False, max_length=40)


TABLES: dict[str, type[TanbiaoForm]] = {"models": ModelRow, "producers": ProducerRow, "sites": SiteRow}
TITLES = {
    "models": _("Models"),
    "producers": _("Producers"),
    "sites": _("Production sites, those of contract makers too"),
}


class UnitForm:
    """Head and tables together. ``more`` adds empty rows to a table and sends nothing."""

    def __init__(self, data: QueryDict | None = None, *, unit: UnitDocument | None = None) -> None:
        self.sent = data if data is not None and "models-TOTAL_FORMS" in data else None
        initial = unit.model_dump(mode="json") if unit is not None else {}
        first = {**initial, "brands": ", ".join(initial.get("brands", ()))}
        self.head = UnitHead(self.sent, initial=first, prefix="unit")
        self.problems: list[str] = []
        self.numbers: dict[str, list[int]] = {}
        """Table → number of the row on the page for each row of the document."""
        self.tables = [self._table(name, initial.get(name, [])) for name in TABLES]

    def _table(self, name: str, rows: list[Mapping[str, Any]]) -> dict[str, Any]:
        data = self._with_more(name)
        extra = 0 if data is not None else SPARE
        made = forms.formset_factory(TABLES[name], extra=extra, max_num=MOST, absolute_max=MOST)
        # What was sent stands for itself: against initial values an unchanged row would count as empty.
        formset = made(data, initial=None if data is not None else rows or None, prefix=name)
        return {"name": name, "title": TITLES[name], "rows": formset}

    def _with_more(self, name: str) -> QueryDict | None:
        if self.sent is None or self.sent.get("more") != name:
            return self.sent
        data = self.sent.copy()
        total = data.get(f"{name}-TOTAL_FORMS", "0")
        data[f"{name}-TOTAL_FORMS"] = str(min(int(total) if total.isdigit() else 0, MOST - MORE) + MORE)
        return data

    @property
    def wants_rows(self) -> bool:
        """Whether only further rows are asked for."""
        return self.sent is not None and self.sent.get("more") in TABLES

    def is_valid(self) -> bool:
        """Whether what was typed has its form; a page without the unit's fields is valid and says nothing."""
        if self.sent is None:
            return True
        return all([self.head.is_valid(), *(table["rows"].is_valid() for table in self.tables)])

    def document(self) -> dict[str, Any] | None:
        """Return the unit as typed; None where the page had no fields of it."""
        if self.sent is None:
            return None
        head = self.head.cleaned_data
        brands = [part.strip() for part in head["brands"].replace("，", ",").replace("、", ",").split(",")]
        body = lean({"representative": head["representative"], "series": head["series"]})
        body |= {"footprint": head["footprint"], "brands": [part for part in brands if part]}
        for table in self.tables:
            rows = [lean({k: v for k, v in form.cleaned_data.items() if v is not False}) for form in table["rows"]]
            body[table["name"]] = [row for row in rows if row]
            self.numbers[table["name"]] = [number for number, row in enumerate(rows, start=1) if row]
        return body

    def add_problem(self, error: TanbiaoError) -> None:
        """Show a refusal above the form, with the place in words of the tables."""
        for item in error.findings:
            said = render(item, current())
            self.problems.append(" — ".join(part for part in (self.place(item.where), *self._said(said)) if part))

    @staticmethod
    def _said(said: Mapping[str, str]) -> tuple[str, str]:
        return said["message"], said["remedy"]

    def place(self, where: str) -> str:
        """Return a place such as ``sites.1.figure`` as "table, row, column"."""
        table, _, rest = where.partition(".")
        row, _, column = rest.partition(".")
        if table not in TABLES:
            field = self.head.fields.get(table)
            return str(field.label) if field is not None else ""
        field = TABLES[table].base_fields.get(column)
        numbers = self.numbers.get(table, [])
        number = str(numbers[int(row)]) if row.isdigit() and int(row) < len(numbers) else ""
        return " ".join(part for part in (str(TITLES[table]), number, str(field.label) if field else "") if part)
