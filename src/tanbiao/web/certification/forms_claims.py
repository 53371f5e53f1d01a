"""The forms of claims: the same document as the API's, typed field by field; lists are typed line by line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from tanbiao.core.schemes.parts import Kind
from tanbiao.core.verification.reduction import KINDS as MEASURES
from tanbiao.core.verification.reduction import NEVER
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.certification import queries
from tanbiao.web.certification.words import DOCUMENT_WORDS, MEASURE_WORDS
from tanbiao.web.forms import TanbiaoForm
from tanbiao.web.language import current
from tanbiao.web.schemes.forms import categories_by_sector
from tanbiao.web.uploads import Upload

CREDIT = ("registry", "project", "block", "first", "last", "vintage", "retired_on", "evidence")
"""What a line of credits says, in this order."""
NUMBERS = ("first", "last", "vintage")
MEASURE_LINES = 3


def _text(label: Any, *, required: bool = True, rows: int = 0, help_text: Any = "") -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
    return forms.CharField(label=label, required=required, max_length=8000, widget=widget, help_text=help_text)


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _both(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en or zh}


class ClaimForm(TanbiaoForm):
    """A claim of one kind of certification: what it asks stands in the scheme."""

    def __init__(self, *args: Any, kind: Kind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        made = {
            "management_system": self._organisation,
            "service": self._service,
            "reduction": self._reduction,
            "removal": self._removal,
            "neutral": self._neutral,
        }[kind.form]()
        self._take(made)

    def _take(self, made: Mapping[str, forms.Field]) -> None:
        for name, field in made.items():
            wanted = "form-select" if isinstance(field, forms.ChoiceField) else "form-control"
            field.widget.attrs["class"] = "form-check-input" if isinstance(field, forms.BooleanField) else wanted
            self.fields[name] = field

    def _organisation(self) -> dict[str, forms.Field]:
        asked = self.kind.claim.requirements if self.kind.claim else ()
        found: dict[str, forms.Field] = {
            "standard": _text(_("Standard"), help_text=", ".join(self.kind.accepts)),
            "scope_zh": _text(_("Scope, Chinese"), rows=2),
            "scope_en": _text(_("Scope, English"), rows=2, required=False),
            "category": forms.ChoiceField(
                label=_("Product category that the scope is about"),
                choices=[("", "—"), *categories_by_sector(current())],
            ),
            "since": _day(_("Running since")),
            "sites": _text(_("Sites, one a line"), rows=3),
        }
        for one in asked:
            label = f"{one.title.best(current())}: {one.asks.best(current())}"
            found[f"how-{one.id}"] = _text(label, rows=2, required=one.required is not False)
        return found

    def _service(self) -> dict[str, forms.Field]:
        named = {"service_zh": _text(_("Service, Chinese")), "service_en": _text(_("Service, English"), required=False)}
        return {**named, **self._organisation()}

    def _reduction(self) -> dict[str, forms.Field]:
        kinds = [("", "—"), *((code, MEASURE_WORDS[code]) for code in (*MEASURES, *NEVER))]
        found: dict[str, forms.Field] = {
            "baseline": _text(_("Certificate of the baseline: number")),
            "baseline_version": forms.IntegerField(
                label=_("Certificate of the baseline: version"), required=False, min_value=1, max_value=100_000
            ),
            "later": _text(_("Certificate of the later figure: number")),
        }
        for line in range(MEASURE_LINES):
            label = {"number": line + 1}
            found[f"kind-{line}"] = forms.ChoiceField(
                label=_now("Measure %(number)d: kind") % label, choices=kinds, required=False
            )
            found[f"text-{line}"] = _text(_now("Measure %(number)d: what is done") % label, required=False)
        return found

    def _removal(self) -> dict[str, forms.Field]:
        return {
            "footprint": _text(_("Certificate of the product's footprint: number")),
            "amount": _text(_("Amount removed")),
            "unit": forms.ChoiceField(label=_("Unit"), choices=[(one, one) for one in ("t CO2", "kg CO2")]),
            "method": _text(_("Method"), rows=2),
            "storage_zh": _text(_("Storage, Chinese"), rows=2),
            "storage_en": _text(_("Storage, English"), rows=2, required=False),
            "begin": _day(_("First day")),
            "end": _day(_("Last day")),
            "in_footprint": forms.BooleanField(
                label=_("The same removal is counted in the footprint already"), required=False
            ),
            "evidence": _text(_("Evidence, one paper a line"), rows=3),
        }

    def _neutral(self) -> dict[str, forms.Field]:
        return {
            "footprint": _text(_("Certificate of the product's footprint: number")),
            "quantity": _text(_("Quantity covered, in declared units")),
            "begin": _day(_("First day")),
            "end": _day(_("Last day")),
            "credits": _text(
                _("Retired credits, one block a line"),
                rows=4,
                help_text=_(
                    "registry | project | serial block | first number | last number | vintage | retired on "
                    "(YYYY-MM-DD) | evidence"
                ),
            ),
            "reduction": _text(_("Reduction certificate behind it: number"), required=False),
        }

    def document(self) -> dict[str, Any]:
        """Return the claim that was typed; what can't be one is refused by the command, with its place."""
        data = dict(self.cleaned_data)
        made = {
            "management_system": _organisation_of,
            "service": _organisation_of,
            "reduction": _reduction_of,
            "removal": _removal_of,
            "neutral": _neutral_of,
        }[self.kind.form](data)
        return {"tanbiao": "claim/1", "form": self.kind.form, **made}


def _organisation_of(data: Mapping[str, Any]) -> dict[str, Any]:
    hows = {name.removeprefix("how-"): text for name, text in data.items() if name.startswith("how-") and text.strip()}
    made: dict[str, Any] = {
        "standard": data["standard"],
        "scope": _both(data["scope_zh"], data["scope_en"]),
        "category": data["category"],
        "since": data["since"].isoformat(),
        "sites": [{"name": _both(site, site)} for site in _lines(data["sites"])],
        "fulfils": [{"requirement": name, "how": _both(text, text)} for name, text in hows.items()],
    }
    if "service_zh" in data:
        made["service"] = _both(data["service_zh"], data["service_en"])
    return made


def _reduction_of(data: Mapping[str, Any]) -> dict[str, Any]:
    version = {"version": data["baseline_version"]} if data["baseline_version"] else {}
    measures = [(data[f"kind-{at}"], data[f"text-{at}"].strip()) for at in range(MEASURE_LINES)]
    return {
        "baseline": {"number": data["baseline"].strip(), **version},
        "later": {"number": data["later"].strip()},
        "measures": [{"kind": kind or "—", "text": text or "—"} for kind, text in measures if kind or text],
    }


def _removal_of(data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "footprint": {"number": data["footprint"].strip()},
        "amount": data["amount"].strip(),
        "unit": data["unit"],
        "method": data["method"],
        "storage": _both(data["storage_zh"], data["storage_en"]),
        "period": _period(data),
        "in_footprint": data["in_footprint"],
        "evidence": _lines(data["evidence"]),
    }


def _neutral_of(data: Mapping[str, Any]) -> dict[str, Any]:
    reduction = {"reduction": {"number": data["reduction"].strip()}} if data["reduction"].strip() else {}
    return {
        "footprint": {"number": data["footprint"].strip()},
        "quantity": data["quantity"].strip(),
        "period": _period(data),
        "credits": [_credit(line) for line in _lines(data["credits"])],
        **reduction,
    }


def _period(data: Mapping[str, Any]) -> dict[str, str]:
    return {"begin": data["begin"].isoformat(), "end": data["end"].isoformat()}


def _credit(line: str) -> dict[str, Any]:
    """Return a block as typed; numbers that are none stay text, so that the refusal names their place."""
    cells: dict[str, Any] = dict(zip(CREDIT, (cell.strip() for cell in line.split("|")), strict=False))
    return {name: int(text) if name in NUMBERS and _is_number(text) else text for name, text in cells.items()}


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 15


class ClaimApplyForm(ClaimForm):
    """An application: the body, the claim, the documents that the kind asks for."""

    def __init__(self, *args: Any, actor: Actor, kind: Kind, **kwargs: Any) -> None:
        super().__init__(*args, kind=kind, **kwargs)
        bodies = [(str(one.id), one.name(current())) for one in queries.bodies(actor)]
        body = forms.ChoiceField(label=_("Certification body"), choices=bodies)
        body.widget.attrs["class"] = "form-select"
        self.fields = {"body_id": body, **self.fields}
        asked = kind.claim.papers if kind.claim else ()
        self.papers = [name for name in asked if name != "application"]
        for name in self.papers:
            sent = forms.FileField(label=DOCUMENT_WORDS.get(name, name))
            sent.widget.attrs["class"] = "form-control"
            self.fields[f"paper-{name}"] = sent

    def uploads(self) -> dict[str, Upload]:
        """Return the documents that were sent."""
        sent = {name: self.cleaned_data.get(f"paper-{name}") for name in self.papers}
        return {name: Upload(file.name, file.content_type or "", file.read()) for name, file in sent.items() if file}


def initial_of(claim: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form begins with that states a claim anew."""
    plain = ("standard", "category", "since", "amount", "unit", "method", "quantity")
    found: dict[str, Any] = {name: claim[name] for name in plain if name in claim}
    for name in ("scope", "service", "storage"):
        if name in claim:
            found |= {f"{name}_{lang}": claim[name][lang] for lang in ("zh", "en")}
    for name in ("baseline", "later", "footprint", "reduction"):
        if claim.get(name):
            found[name] = claim[name]["number"]
    found["baseline_version"] = (claim.get("baseline") or {}).get("version")
    found |= claim.get("period") or {}
    found["sites"] = "\n".join(one["name"]["zh"] for one in claim.get("sites") or ())
    found["evidence"] = "\n".join(claim.get("evidence") or ())
    found["credits"] = "\n".join(" | ".join(str(one[name]) for name in CREDIT) for one in claim.get("credits") or ())
    found |= {f"how-{one['requirement']}": one["how"]["zh"] for one in claim.get("fulfils") or ()}
    for at, one in enumerate(claim.get("measures") or ()):
        found |= {f"kind-{at}": one["kind"], f"text-{at}": one["text"]}
    return found
