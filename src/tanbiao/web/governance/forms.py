"""The forms of governance; an act's form is made from the fields that its command takes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from tanbiao.core.dataset.rating import BEST, CRITERIA, WORST
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.datasets import queries as datasets
from tanbiao.web.factors import queries as factors
from tanbiao.web.factors.pages_audience import NamedOrganisations, basis_field
from tanbiao.web.forms import TanbiaoForm
from tanbiao.web.governance import queries
from tanbiao.web.governance.acting import ACTS, SEEN
from tanbiao.web.governance.acts import LIFECYCLE
from tanbiao.web.governance.commands.desk import LEVELS, TIERS
from tanbiao.web.governance.commands.life import CLASSES, OUTCOMES
from tanbiao.web.governance.commands.releases import STANDINGS
from tanbiao.web.governance.models import GovernedDataset
from tanbiao.web.governance.pinning import is_for_everybody
from tanbiao.web.governance.words import (
    ACCESS_WORDS,
    CLASS_WORDS,
    CRITERION_WORDS,
    LEVEL_WORDS,
    OUTCOME_WORDS,
    STANDING_WORDS,
)
from tanbiao.web.language import current
from tanbiao.web.licences import LICENCES

SHOWN = 200
"""Versions and databases that a list offers (project default)."""


def _licences() -> list[tuple[str, Any]]:
    return [("", "–"), *((one.code, one.name(current())) for one in LICENCES)]


def _area(label: Any, *, required: bool = False) -> forms.CharField:
    return forms.CharField(label=label, required=required, max_length=8000, widget=forms.Textarea(attrs={"rows": 3}))


def _line(label: Any, *, required: bool = True) -> forms.CharField:
    return forms.CharField(label=label, required=required, max_length=200)


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}))


def _score(criterion: str) -> forms.Field:
    scores = [(one, str(one)) for one in range(BEST, WORST + 1)]
    return forms.TypedChoiceField(
        label=CRITERION_WORDS[criterion],
        coerce=int,
        choices=[("", "–"), *scores],
        help_text=_("1 is the best, 5 the worst."),
    )


class EvidenceField(forms.CharField):
    """One piece of evidence per line."""

    def to_python(self, value: Any) -> Any:
        """Return the lines."""
        return [line.strip() for line in str(value or "").splitlines() if line.strip()]


class ActForm(TanbiaoForm):
    """An act on a dataset; ``builds_on`` is the head the reader has on the screen."""

    def __init__(self, *args: Any, entry: GovernedDataset, event: str, actor: Actor, **kwargs: Any) -> None:
        self.entry, self.event, self.actor = entry, event, actor
        kwargs.setdefault("prefix", event)
        kwargs.setdefault("initial", {name: getattr(entry, name, None) for name in ACTS[event].fields})
        super().__init__(*args, **kwargs)
        makers = self._makers()
        for name in ACTS[event].fields:
            if name in makers:
                self.fields[name] = makers[name]
            elif name == "quality":
                self.fields |= {f"quality_{one}": _score(one) for one in CRITERIA}
        self.initial[SEEN] = entry.head
        if "text" in self.fields and event in ("review", "close_majors"):
            self.fields["text"].required = True
        if event == "explain_deviation":
            self.fields["explanation"].required = True
        for field in self.fields.values():
            if isinstance(field.widget, forms.Select):
                field.widget.attrs["class"] = "form-select"
            elif isinstance(field.widget, forms.CheckboxInput):
                field.widget.attrs["class"] = "form-check-input"
            elif not isinstance(field.widget, forms.HiddenInput):
                field.widget.attrs["class"] = "form-control"

    def clean(self) -> dict[str, Any]:
        """Put the four scores together as the command takes them."""
        cleaned = super().clean() or self.cleaned_data
        if "quality" in ACTS[self.event].fields:
            cleaned["quality"] = {one: cleaned.get(f"quality_{one}") or 0 for one in CRITERIA}
        return cleaned

    def _makers(self) -> dict[str, forms.Field]:
        edge = LIFECYCLE.edge(self.entry.state, self.event)
        names = LIFECYCLE.document.reasons
        reasons = [(key, getattr(names[key], current())) for key in (edge.reasons if edge else ())]
        return {
            SEEN: forms.CharField(required=False, widget=forms.HiddenInput, max_length=71),
            "reason": forms.ChoiceField(label=_("Reason"), choices=reasons),
            "text": _area(_("Explanation")),
            "source_statement": _area(_("Source of the figures"), required=True),
            "legal_basis": _area(_("By what right it is given"), required=True),
            "licence": forms.ChoiceField(label=_("Licence"), choices=_licences()),
            "embargo_until": _day(_("Not public before")),
            "valid_until": _day(_("Valid until")),
            "is_correction": forms.BooleanField(label=_("It corrects an error of the version before"), required=False),
            "positive": forms.BooleanField(label=_("I recommend it for publication"), required=False),
            "majors": forms.IntegerField(label=_("Number of major points"), min_value=0, max_value=1000, initial=0),
            "source": _line(_("Compared with")),
            "own_value": forms.FloatField(label=_("Figure of this dataset")),
            "other_value": forms.FloatField(label=_("Figure of the other source")),
            "unit": _line(_("Unit")),
            "explanation": _area(_("Why they differ")),
            "comparison": forms.TypedChoiceField(
                label=_("Comparison"),
                coerce=int,
                choices=[
                    (one.id, f"{one.source}: {one.deviation_percent} %")
                    for one in self.entry.comparisons.filter(round=self.entry.round, explanation="").order_by("id")
                ],
            ),
            "evidence": EvidenceField(
                label=_("Raw evidence that was traced, one per line"), widget=forms.Textarea(attrs={"rows": 3})
            ),
            "classification": forms.ChoiceField(
                label=_("Classification"), choices=[(one, CLASS_WORDS[one]) for one in CLASSES]
            ),
        }


class OpenForm(TanbiaoForm):
    """Which version shall go into which database."""

    version_id = forms.TypedChoiceField(label=_("Dataset"), coerce=UUID)
    database = forms.ChoiceField(label=_("Database"))

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = datasets.versions(actor).filter(datasets.own(actor))[:SHOWN]
        versions: Any = self.fields["version_id"]
        versions.choices = [(str(row.id), f"{row.name} {row.version} ({row.location or '–'})") for row in rows]
        known: Any = self.fields["database"]
        found = queries.databases(actor)[:SHOWN]
        known.choices = [(row.key, row.name_en if current() == "en" else row.name_zh) for row in found]


class DatabaseForm(TanbiaoForm):
    """A database to be founded."""

    key = forms.CharField(label=_("Key"), max_length=40)
    name_zh = _line(_("Name in Chinese"))
    name_en = _line(_("Name in English"))
    level = forms.ChoiceField(label=_("Level"), choices=[(one, LEVEL_WORDS[one]) for one in LEVELS])
    access = forms.ChoiceField(label=_("Who may read it"), choices=[(one, ACCESS_WORDS[one]) for one in TIERS])
    licence = forms.ChoiceField(label=_("Licence"), choices=_licences)


class ReportForm(TanbiaoForm):
    """What is wrong with a dataset."""

    text = _area(_("What is wrong"), required=True)


class AnswerForm(TanbiaoForm):
    """What becomes of an error report."""

    outcome = forms.ChoiceField(label=_("Outcome"), choices=[(one, OUTCOME_WORDS[one]) for one in OUTCOMES])
    text = _area(_("Explanation"), required=True)


class ReleaseForm(TanbiaoForm):
    """A release of published versions."""

    name = forms.CharField(label=_("Name"), max_length=60)
    version = forms.CharField(label=_("Version"), max_length=40)
    databases = forms.MultipleChoiceField(label=_("Databases"), widget=forms.CheckboxSelectMultiple)
    gap_filling = forms.BooleanField(label=_("A weaker database may fill gaps of a stronger one"), required=False)
    base = forms.CharField(label=_("Release that stands below them"), max_length=80, required=False)
    standing = forms.ChoiceField(label=_("Standing"), choices=[(one, STANDING_WORDS[one]) for one in STANDINGS])

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known: Any = self.fields["databases"]
        closed = _("not for everybody")
        names = [(row, row.name_en if current() == "en" else row.name_zh) for row in queries.databases(actor)[:SHOWN]]
        known.choices = [(row.key, name if is_for_everybody(row) else f"{name} ({closed})") for row, name in names]
        for key, field in (("only_for", NamedOrganisations()), ("basis", basis_field())):
            field.widget.attrs["class"] = "form-control"
            self.fields[key] = field


class OwnReleaseForm(TanbiaoForm):
    """A release of one's own datasets."""

    name = forms.CharField(label=_("Name"), max_length=40, help_text=_("Lower case, digits, dots, hyphens."))
    version = forms.CharField(label=_("Version"), max_length=40, initial="1")
    imports = forms.TypedMultipleChoiceField(
        label=_("Files"),
        coerce=UUID,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: all of your organisation's datasets."),
    )
    basis = forms.CharField(
        label=_("By what right your organisation uses the data"),
        max_length=500,
        help_text=_("Licence and its number, contract, or own measurement."),
    )
    level = forms.ChoiceField(label=_("Level"), choices=[(one, LEVEL_WORDS[one]) for one in LEVELS], initial="foreign")
    base = forms.ChoiceField(label=_("Release that stands below them"), required=False)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        files: Any = self.fields["imports"]
        rows = datasets.imports(actor).filter(owner=actor.organisation, state="done")[:SHOWN]
        files.choices = [(str(row.id), f"{row.filename} ({row.counts.get('stored', 0)})") for row in rows]
        base: Any = self.fields["base"]
        public = factors.releases(actor).filter(is_public=True)
        base.choices = [("", _("none")), *((one.name, one.name) for one in public)]
