"""What a row needs more than one line for: the records of its electricity, the legs of its transport."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms
from django.forms import formset_factory
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from tanbiao.core.findings import Finding, render
from tanbiao.core.study.distances import table
from tanbiao.core.study.power_claims import CERTIFIED, ITEMS
from tanbiao.web.forms import TanbiaoForm
from tanbiao.web.language import current
from tanbiao.web.studies.forms import GENERATION

MOST: Final = 60
"""Records of one row on the page: a year of monthly certificates of five plants."""
CLAIMED: Final = tuple(ITEMS)
"""Supplies that rest on records."""
OF_PLANTS: Final = ("sold", "instruments_sold")
OF_CERTIFICATES: Final = ("certificate", "claimant", "cancelled_for", "cancelled_on")
DELIVERY = {"on_site": _("on the site"), "direct_line": _("by a line of its own"), "public_grid": _("by the grid")}
MODES = {"road": _("road"), "rail": _("rail"), "sea": _("sea")}
_ENERGY: Final = _("With its unit: 300 MWh")


def _line(label: Any, help_text: Any = "", length: int = 200) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=length, help_text=help_text)


def _one_of(label: Any, named: Mapping[str, Any], help_text: Any = "") -> forms.ChoiceField:
    choices = [("", "—"), *named.items()]
    return forms.ChoiceField(label=label, required=False, choices=choices, help_text=help_text)


class RemarkedForm(TanbiaoForm):
    """A form that says what the stored record lacks at its fields, before anything is sent."""

    def record(self) -> dict[str, Any]:
        """Return what is typed, as the study's format has it."""
        return _typed(self.cleaned_data)

    def remark(self, name: str | None, text: str) -> None:
        """Put a text at a field, or above the form: as an error of what was sent, else as a remark."""
        if self.is_bound:
            self.add_error(name, text)
        else:
            self.remarks.setdefault(name or "", []).append(text)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.remarks: dict[str, list[str]] = {}


class SupplyForm(RemarkedForm):
    """The supply as a whole."""

    generation = _one_of(
        _("Generated from"), GENERATION, _("The published life-cycle factor of this type counts; it is never zero.")
    )
    dataset = _line(_("or the plant's own factor"), _("dataset/… of the study's factor release"))
    site = _line(_("Site that uses it"), _("As in the study's product; the records name the same."))
    use = _line(_("Used for this product"), _("Over the data period, with its unit: 300 MWh"))
    metered = _line(_("Used by the site in all"), _("Over the data period, by its meters: 1000 MWh"))
    delivery = _one_of(_("How it comes to the site"), DELIVERY, _("Empty: as the supply says."))
    line_loss = _line(_("Lost on the line"), _("Share of what is generated: 3 %"), 40)
    storage_loss = _line(_("Lost in storage"), _("Share of what is generated: 8 %"), 40)
    proof = _line(_("Contract or meter that shows it"))


class ClaimForm(RemarkedForm):
    """One certificate, contract, line or plant; empty, it is no record."""

    certificate = _line(_("Certificate code"), _("Of a contract: the code of its green certificate, or its number."))
    plant = _line(_("Plant"))
    technology = _one_of(_("Kind of generation"), GENERATION)
    production = forms.CharField(
        label=_("Month of production"),
        required=False,
        max_length=7,
        widget=forms.TextInput(attrs={"type": "month", "placeholder": "2023-07"}),
    )
    energy = _line(_("Energy claimed here"), _ENERGY, 60)
    whole = _line(_("Energy in all"), _("Of the certificate or the plant's month, where products share it."), 60)
    claimant = _line(_("Claimant"))
    cancelled_for = _line(_("Cancelled in the name of"))
    cancelled_on = forms.CharField(
        label=_("Cancelled on"),
        required=False,
        max_length=10,
        widget=forms.TextInput(attrs={"type": "date", "placeholder": "2024-01-31"}),
    )
    site = _line(_("Site that it is for"))
    sold = _line(_("Fed to the grid"), _("Own plant or line: it was not used here."), 60)
    instruments_sold = _line(
        _("Certificates sold of it"), _("Own plant or line: whoever bought them has the claim."), 60
    )
    other_claims = _line(_("Other claims on it"), _("For example CCER; none may be."))

    def __init__(self, *args: Any, supply: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What such a supply has no use for is asked only where the study says it all the same.
        for name in OF_PLANTS if supply in CERTIFIED else OF_CERTIFICATES:
            if not self.initial.get(name) and not self.data.get(self.add_prefix(name)):
                del self.fields[name]

    def record(self) -> dict[str, Any]:
        """Return the record as the study's format has it; empty where nothing is typed."""
        said = super().record()
        cancelled = {key: said.pop(f"cancelled_{key}") for key in ("for", "on") if f"cancelled_{key}" in said}
        others = [part.strip() for part in re.split(r"[,，、]", said.pop("other_claims", "")) if part.strip()]
        return {
            **said,
            **({"cancelled": cancelled} if cancelled else {}),
            **({"other_claims": others} if others else {}),
        }


class LegForm(RemarkedForm):
    """One leg of a transport; empty, it is none."""

    by = _line(_("Vehicle"), _("dataset/… of the factor release, per t·km"))
    from_ = forms.ChoiceField(label=_("Starts at"), required=False)
    to = forms.ChoiceField(label=_("Ends at"), required=False)
    mode = _one_of(_("Mode"), MODES)
    distance = _line(
        _("Own distance"), _("With its unit: 500 km. Empty: the default distance between the two places."), 60
    )
    source = _line(_("Source"))
    derivation = _line(_("Why not the default distance"))
    load = _line(_("Load"), _("Share of the vehicle's capacity that is used: 60 %"), 40)
    load_of_factor = _line(_("Load that the factor assumes"), "", 40)
    empty_return = _line(_("Empty return"), _("Share of the way that it runs back empty: 50 %"), 40)
    empty_consumption = _line(_("Consumption when empty"), _("As a share of laden: 70 %"), 40)
    refrigeration = _line(_("Cooling"), _("As a share of the vehicle's own energy: 20 %"), 40)
    upstream = _line(_("Fuel's upstream"), _("dataset/…; only where the vehicle's factor does not name it"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = [("", "—"), *_places(current())]
        for name in ("from_", "to"):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = places

    def record(self) -> dict[str, Any]:
        """Return the leg as the study's format has it; empty where nothing is typed."""
        return {key.rstrip("_"): value for key, value in super().record().items()}


def _places(lang: str) -> list[tuple[str, str]]:
    """Return the places of the table of default distances: provinces, then ports."""
    known = table()
    return [(code, f"{found[lang]} {code}") for kind in ("seats", "ports") for code, found in known[kind].items()]


class Details(ABC):
    """A row's head, if it has one, and its records. ``more`` asks for another empty record and sends nothing."""

    head_class: type[RemarkedForm] | None = None
    record_class: type[RemarkedForm]
    word: str
    """Path of a record below the row, as findings name it: ``electricity.claims``."""

    def __init__(
        self, data: QueryDict | None, head: Mapping[str, Any], records: Sequence[Mapping[str, Any]], **more: str
    ) -> None:
        self.wants_more = data is not None and "more" in data
        made = formset_factory(
            self.record_class, extra=0 if data is not None or records else 1, max_num=MOST, absolute_max=MOST
        )
        self.head = None if self.head_class is None else self.head_class(data, initial=dict(head))
        sent = None if data is None else self._with_more(data)
        self.records = made(
            sent, initial=None if sent is not None else list(records) or None, prefix="records", form_kwargs=more
        )
        self.numbers: list[int] = []
        """Record of the document → its number on the page."""

    def _with_more(self, data: QueryDict) -> QueryDict:
        if not self.wants_more:
            return data
        sent, total = data.copy(), data.get("records-TOTAL_FORMS", "0")
        sent["records-TOTAL_FORMS"] = str(min((int(total) if total.isdigit() else 0) + 1, MOST))
        return sent

    def is_valid(self) -> bool:
        """Whether what was typed has its form."""
        return all([self.head is None or self.head.is_valid(), self.records.is_valid()])

    def typed(self) -> list[dict[str, Any]]:
        """Return the records that say something."""
        made = [form.record() for form in self.records]
        self.numbers = [number for number, item in enumerate(made) if item]
        return [item for item in made if item]

    @classmethod
    @abstractmethod
    def of(cls, data: QueryDict | None, row: Mapping[str, Any]) -> Details:
        """Return the form of a row as it stands, or as it was sent."""

    @abstractmethod
    def changes(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return what changes of the row."""

    def show(self, item: Finding) -> dict[str, str] | None:
        """Show a finding at its field; return it where it is about something else than this form."""
        told = render(item, current())
        root, _dot, part = self.word.partition(".")
        path = re.search(
            rf"\.{root}(?:{re.escape('.' + part if part else '')}\[(\d+)\])?(?:\.([a-z_.]+))?$", item.where
        )
        if path is None or (path[1] is None and self.head is None):
            return told
        form = self.head if path[1] is None else self._record(int(path[1]))
        if form is None:
            return told
        field = (path[2] or "").replace(".", "_")
        name = next((one for one in form.fields if field and (one == field or one.startswith(f"{field}_"))), None)
        form.remark(name, " — ".join(filter(None, (told["message"], told["remedy"]))))
        return None

    def _record(self, number: int) -> RemarkedForm | None:
        at = self.numbers[number] if number < len(self.numbers) else number
        found: RemarkedForm | None = self.records.forms[at] if at < len(self.records.forms) else None
        return found

    def say(self, findings: Sequence[Finding]) -> list[dict[str, str]]:
        """Show each finding at its field; return those that are about the study beside it."""
        return [told for item in findings if (told := self.show(item))]


class SupplyDetails(Details):
    """Of a row of electricity: the supply as a whole, and what shows each part of it."""

    head_class, record_class, word = SupplyForm, ClaimForm, "electricity.claims"

    @classmethod
    def of(cls, data: QueryDict | None, row: Mapping[str, Any]) -> SupplyDetails:
        """Return the form of a row as it stands, or as it was sent."""
        supply = row.get("electricity") or {}
        head = {key: value for key, value in supply.items() if key in SupplyForm.base_fields}
        records = [initial_claim(item) for item in supply.get("claims") or ()]
        return cls(data, head, records, supply=str(supply.get("supply", "")))

    def changes(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return the row's electricity: what the form says, and the supply, region and year that it doesn't ask."""
        assert self.head is not None
        said = self.head.record()
        before = row.get("electricity") or {}
        kept = {key: before[key] for key in ("supply", "region", "year") if before.get(key)}
        records = self.typed()
        return {"electricity": {**kept, **said, **({"claims": records} if records else {})}}


class TransportDetails(Details):
    """Of a row of transport: its legs."""

    record_class, word = LegForm, "transport"

    @classmethod
    def of(cls, data: QueryDict | None, row: Mapping[str, Any]) -> TransportDetails:
        """Return the form of a row as it stands, or as it was sent."""
        legs = row.get("transport") or ()
        return cls(data, {}, [{**leg, "from_": leg.get("from", "")} for leg in legs])

    def changes(self, row: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        """Return the row's legs."""
        return {"transport": self.typed()}


def _typed(data: Mapping[str, str]) -> dict[str, Any]:
    return {key: value.strip() for key, value in data.items() if value and value.strip()}


def initial_claim(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the form's values of a record of the document."""
    values = {key: value for key, value in item.items() if key in ClaimForm.base_fields}
    values |= {f"cancelled_{key}": value for key, value in (item.get("cancelled") or {}).items()}
    return values | {"other_claims": ", ".join(item.get("other_claims") or ())}
