"""The forms of the rulebook; an act's form is made from the fields that its command takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from tanbiao.core.findings import Finding, render
from tanbiao.core.rules.assessment import checklist
from tanbiao.core.rules.filing import FilingField, filing_fields
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Kind
from tanbiao.web.catalogue import queries as catalogue
from tanbiao.web.forms import TanbiaoForm
from tanbiao.web.language import current
from tanbiao.web.rulebook import chains, queries
from tanbiao.web.rulebook.acting import ACTS, SEEN
from tanbiao.web.rulebook.acts import LIFECYCLE
from tanbiao.web.rulebook.commands.consulting import OUTCOMES
from tanbiao.web.rulebook.commands.drafting import SECTIONS
from tanbiao.web.rulebook.commands.proposing import KINDS, LAYERS
from tanbiao.web.rulebook.facts import IN_FORCE, NATIONAL
from tanbiao.web.rulebook.models import RuleEntry
from tanbiao.web.rulebook.words import CHANGE_ANSWER_WORDS, CHANGE_KIND_WORDS, KIND_WORDS, LAYER_WORDS, OUTCOME_WORDS

SHOWN = 200
"""Rules that a list offers (project default)."""


def _area(label: Any, *, required: bool = False, rows: int = 3) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, required=required, max_length=8000, widget=area)


def _line(label: Any, *, required: bool = True, length: int = 200) -> forms.CharField:
    return forms.CharField(label=label, required=required, max_length=length)


def _day(label: Any, *, required: bool = False) -> forms.DateField:
    return forms.DateField(label=label, required=required, widget=forms.DateInput(attrs={"type": "date"}))


def _rule(label: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(label=label, coerce=UUID, required=False, empty_value=None)


class WordsField(forms.CharField):
    """Codes with commas or blanks between."""

    def to_python(self, value: Any) -> Any:
        """Return the codes."""
        return [word for word in str(value or "").replace(",", " ").replace("，", " ").split() if word]


class ChainField(forms.CharField):
    """The links of a chain, one a line."""

    def to_python(self, value: Any) -> Any:
        """Return the links."""
        return value if isinstance(value, list) else chains.parse(str(value or ""))

    def validate(self, value: Any) -> None:
        """Leave it to the command, which says what is wrong at which line."""

    def run_validators(self, value: Any) -> None:
        """As :meth:`validate`."""


class ProposalForm(TanbiaoForm):
    """A rule to be proposed."""

    title_zh = _line(_("Title in Chinese"))
    title_en = _line(_("Title in English"))
    rule_id = forms.CharField(
        label=_("Id"), max_length=64, help_text=_("Lower-case letters, digits and hyphens; it stays for all versions.")
    )
    version = forms.CharField(label=_("Version"), max_length=20, initial="1.0.0")
    layer = forms.ChoiceField(label=_("Layer"), choices=[(one, LAYER_WORDS[one]) for one in LAYERS])
    kind = forms.ChoiceField(label=_("Kind"), choices=[(one, KIND_WORDS[one]) for one in KINDS])
    categories = WordsField(
        label=_("Product categories"),
        max_length=500,
        help_text=_("Codes of the catalogue, several with a comma between."),
    )
    standard_number = forms.CharField(
        label=_("Number of the standard"),
        max_length=80,
        required=False,
        help_text=_("Where it has one: Q/… of an enterprise, T/… of a group, DB…, an industry's, GB/T …."),
    )
    chain = ChainField(
        label=_("Whole chain: whose data count"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "Of a rule for a whole chain, one line each: stage | part | enterprise or its role | data. Stages: "
            "raw_materials, manufacturing, distribution, use, end_of_life. Data: site_specific, primary, "
            "supplier_or_secondary, any."
        ),
    )
    purpose = _area(_("Why the rule is needed"))
    converts = forms.TypedChoiceField(
        label=_("Lifts a rule of a lower layer"), coerce=UUID, required=False, empty_value=None
    )
    supplements = forms.TypedChoiceField(
        label=_("Supplements a national rule"), coerce=UUID, required=False, empty_value=None
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if actor.kind is not Kind.CERTIFICATION_BODY:
            del self.fields["kind"]
        rows = queries.rules(actor).filter(state__in=IN_FORCE).order_by("rule_id", "version")[:SHOWN]
        known = [(str(row.id), f"{row.name(current())} ({row.reference})", row.layer) for row in rows]
        lifts: Any = self.fields["converts"]
        lifts.choices = [("", "–"), *((key, name) for key, name, layer in known if layer in LAYERS)]
        adds: Any = self.fields["supplements"]
        adds.choices = [("", "–"), *((key, name) for key, name, layer in known if layer == NATIONAL)]


class ActForm(TanbiaoForm):
    """An act on a rule; ``builds_on`` is the head the reader has on the screen."""

    def __init__(self, *args: Any, entry: RuleEntry, event: str, **kwargs: Any) -> None:
        self.entry, self.event = entry, event
        kwargs.setdefault("prefix", event)
        super().__init__(*args, **kwargs)
        makers = self._makers()
        for name in ACTS[event].fields:
            if name in makers:
                self.fields[name] = makers[name]
            elif name == "points":
                self.fields |= {f"points_{item.id}": _points(item.name(current())) for item in checklist().items}
        self.initial[SEEN] = entry.head
        for field in self.fields.values():
            if isinstance(field.widget, forms.Select):
                field.widget.attrs["class"] = "form-select"
            elif isinstance(field.widget, forms.CheckboxInput):
                field.widget.attrs["class"] = "form-check-input"
            elif not isinstance(field.widget, forms.HiddenInput):
                field.widget.attrs["class"] = "form-control"

    def clean(self) -> dict[str, Any]:
        """Put the points together as the command takes them."""
        cleaned = super().clean() or self.cleaned_data
        if "points" in ACTS[self.event].fields:
            cleaned["points"] = {item.id: cleaned.get(f"points_{item.id}") or 0 for item in checklist().items}
        return cleaned

    def _makers(self) -> dict[str, forms.Field]:
        event = f"resume_{self.entry.before}" if self.event == "resume" else self.event
        edge = LIFECYCLE.edge(self.entry.state, event)
        names = LIFECYCLE.document.reasons
        reasons = [(key, getattr(names[key], current())) for key in (edge.reasons if edge else ())]
        ends = self.event in ("abolish", "cancel_filing")
        return {
            SEEN: forms.CharField(required=False, widget=forms.HiddenInput, max_length=71),
            "reason": forms.ChoiceField(label=_("Reason"), choices=reasons),
            "text": _area(_("Explanation"), required=self.event == "assess"),
            "recommends": forms.BooleanField(label=_("I recommend it for issue"), required=False),
            "filing_number": _line(_("Number of the filing"), length=80),
            "filed_on": _day(_("Filed on")),
            "batch": _line(_("Batch of the adoption list"), length=80),
            "transition_until": _day(_("Last day of the transition"), required=ends),
            "version": _line(_("New version"), length=20),
            "purpose": _area(_("Why the rule is needed")),
        }


def _points(name: str) -> forms.Field:
    most = checklist().points
    return forms.TypedChoiceField(
        label=name, coerce=int, choices=[("", "–"), *((str(one), str(one)) for one in range(most + 1))]
    )


class CommentForm(TanbiaoForm):
    """What somebody says of a rule in consultation."""

    clause = _line(_("Clause"), required=False, length=60)
    text = _area(_("Comment"), required=True)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if actor.person is None:
            self.fields["said_by"] = _line(_("Your name"), length=120)
            self.fields["said_by"].widget.attrs["class"] = "form-control"


class AnswerForm(TanbiaoForm):
    """The answer to a comment."""

    outcome = forms.ChoiceField(label=_("Outcome"), choices=[(one, OUTCOME_WORDS[one]) for one in OUTCOMES])
    text = _area(_("Answer"), required=True)


class TextForm(TanbiaoForm):
    """The whole text of a rule."""

    builds_on = forms.CharField(widget=forms.HiddenInput, max_length=71)
    text = forms.CharField(
        label=_("Rule document (YAML)"), strip=False, widget=forms.Textarea(attrs={"rows": 30, "spellcheck": "false"})
    )
    note = _line(_("What was changed"), required=False)


class SectionsForm(TanbiaoForm):
    """The sections of a rule, Chinese beside English."""

    builds_on = forms.CharField(widget=forms.HiddenInput, max_length=71)

    def __init__(self, *args: Any, sections: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in SECTIONS:
            said = sections.get(name) or {}
            for part, field in (
                ("clause", forms.CharField(label=_("Clause"), required=False, max_length=32)),
                ("zh", _area(_("Chinese"), rows=4)),
                ("en", _area(_("English"), rows=4)),
            ):
                field.widget.attrs["class"] = "form-control"
                field.initial = said.get(part, "")
                self.fields[f"{name}-{part}"] = field

    def sections(self) -> dict[str, dict[str, str]]:
        """Return the sections as the command takes them."""
        parts = ("clause", "zh", "en")
        return {name: {part: self.cleaned_data[f"{name}-{part}"] for part in parts} for name in SECTIONS}

    def rows(self) -> list[tuple[str, Any, Any, Any]]:
        """Return (name, clause, Chinese, English) of each section, as bound fields."""
        return [(name, self[f"{name}-clause"], self[f"{name}-zh"], self[f"{name}-en"]) for name in SECTIONS]


class StudyForm(TanbiaoForm):
    """A study file that worked examples name."""

    file = forms.FileField(label=_("Study file of an example (YAML or JSON)"))


class AlignmentForm(TanbiaoForm):
    """A rule's alignment record as a table."""

    file = forms.FileField(label=_("Record as a table (CSV or Excel)"))


class ForeignChangeForm(TanbiaoForm):
    """A change of a watched foreign rule."""

    item = forms.ChoiceField(label=_("Foreign rule"))
    kind = forms.ChoiceField(label=_("Kind of change"), choices=list(CHANGE_KIND_WORDS.items()))
    title_zh = _line(_("Title in Chinese"))
    title_en = _line(_("Title in English"))
    text = _area(_("What changes, in one's own words"), required=True)
    published = _day(_("Published on"), required=True)
    applies = _day(_("Applies from"))
    source = _line(_("Source: where it was published"), length=500)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        watched: Any = self.fields["item"]
        rows = catalogue.framework(actor).watched()
        watched.choices = [(one.item.id, f"{one.item.title.best(current())} ({one.item.jurisdiction})") for one in rows]


class ForeignAnswerForm(TanbiaoForm):
    """What a foreign change means for a rule."""

    task_id = forms.IntegerField(min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)
    answer = forms.ChoiceField(label=_("Answer"), choices=list(CHANGE_ANSWER_WORDS.items()))
    text = _area(_("Why, and what was done"), required=True)


class AnswersForm(TanbiaoForm):
    """A tool's answers to a rule's test pack."""

    file = forms.FileField(label=_("Answers of the tool (JSON, rule-answers/1)"))


class FilingForm(TanbiaoForm):
    """The filing of a certification rule; what is wrong with a value stands at its field."""

    def __init__(
        self, *args: Any, values: Mapping[str, str], found: list[Finding] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for item in filing_fields().fields:
            self.fields[item.code] = _filing_field(item, values.get(item.code, ""))
        self.said: dict[str, list[str]] = {}
        for one in found or ():
            texts = render(one, current())
            self.said.setdefault(one.where, []).append(f"{texts['message']} — {texts['remedy']}")

    def rows(self) -> list[tuple[Any, list[str]]]:
        """Return each field with what is wrong with its stored value."""
        return [(self[item.code], self.said.get(item.code, [])) for item in filing_fields().fields]


def _filing_field(item: FilingField, value: str) -> forms.CharField:
    name = item.en if current() == "en" else item.zh
    hint = item.hint.best(current()) if item.hint else ""
    field = forms.CharField(label=f"{item.code} {name}", required=False, max_length=4000, help_text=hint, initial=value)
    field.widget.attrs["class"] = "form-control"
    return field


class BatchForm(TanbiaoForm):
    """A batch of the adoption list."""

    batch = _line(_("Batch of the adoption list"), length=80)
    transition_until = _day(_("Last day of the transition of rules that a national one closes"))
    entries = forms.MultipleChoiceField(label=_("Rules"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        listed: Any = self.fields["entries"]
        rows = queries.adoptable(actor)[:SHOWN]
        listed.choices = [
            (f"{row.id} {row.head}", f"{row.name(current())} ({row.reference}, {LAYER_WORDS[row.layer]})")
            for row in rows
        ]

    def pairs(self) -> list[tuple[UUID, str]]:
        """Return (rule, head that was seen)."""
        found = [value.partition(" ") for value in self.cleaned_data["entries"]]
        return [(UUID(key), seen) for key, _, seen in found]
