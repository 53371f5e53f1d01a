"""The forms of the case page, one per act."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from tanbiao.core.schemes.parts import REQUIRED
from tanbiao.core.verification import SEVERITIES
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Person
from tanbiao.web.bodies import loads, standing
from tanbiao.web.bodies.functions import Function
from tanbiao.web.certification import competence, queries
from tanbiao.web.certification.acts import LIFECYCLE
from tanbiao.web.certification.commands.application import KINDS
from tanbiao.web.certification.commands.planning import Assignment
from tanbiao.web.certification.commands.verifying import ASSURANCES, OPINIONS
from tanbiao.web.certification.engagement import terms_in_force
from tanbiao.web.certification.models import Case
from tanbiao.web.certification.words import ASSURANCE_WORDS, KIND_WORDS, OPINION_WORDS, SEVERITY_WORDS
from tanbiao.web.forms import TanbiaoForm
from tanbiao.web.language import current
from tanbiao.web.schemes import queries as scheme_queries
from tanbiao.web.uploads import Upload

LONG = 8000


def _text(label: Any, *, required: bool = True, rows: int = 4, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=LONG,
        widget=forms.Textarea(attrs={"rows": rows}),
        help_text=help_text,
    )


def _tri(label: Any) -> forms.TypedChoiceField:
    """Yes, no, or not said: three answers, because not said is no yes."""
    return forms.TypedChoiceField(
        label=label,
        required=False,
        choices=[("", _("not said")), ("yes", _("yes")), ("no", _("no"))],
        coerce=lambda value: value == "yes",
        empty_value=None,
    )


class ReasonField(forms.ChoiceField):
    """A reason code from the lifecycle. The lifecycle judges it, so that an act out of place is refused as such."""

    def valid_value(self, value: Any) -> bool:  # noqa: ARG002 (Django's signature)
        """Take any code; see :meth:`tanbiao.workflow.machine.Lifecycle.fire`."""
        return True


class ActForm(TanbiaoForm):
    """An act on a case; ``builds_on`` is the head the reader has on the screen."""

    builds_on = forms.CharField(required=False, widget=forms.HiddenInput, max_length=71)

    def __init__(self, *args: Any, actor: Actor, case: Case, event: str, **kwargs: Any) -> None:
        self.actor, self.case, self.event = actor, case, event
        kwargs.setdefault("initial", {"builds_on": case.head})
        kwargs.setdefault("prefix", event)
        super().__init__(*args, **kwargs)
        self.prepare()

    def prepare(self) -> None:
        """Fill in what depends on the case."""

    def values(self) -> dict[str, Any]:
        """Return the keyword arguments of the command, without the case's id."""
        return {key: value for key, value in self.cleaned_data.items() if key != "builds_on"}

    def seen(self) -> dict[str, Any]:
        """Return the arguments with the head that was seen."""
        return {**self.values(), "builds_on": self.cleaned_data["builds_on"]}


class ReasonForm(ActForm):
    """A reason code and a text."""

    reason = ReasonField(label=_("Reason"), required=False)
    text = _text(_("Explanation"), required=False, rows=2)

    def prepare(self) -> None:
        """Offer the reasons of the edge."""
        edge = LIFECYCLE.edge(self.case.state, self.event)
        names = LIFECYCLE.document.reasons
        zh = current() == "zh"
        offered = [(code, names[code].zh if zh else names[code].en) for code in (edge.reasons if edge else ())]
        field = self.fields["reason"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "—"), *offered]


class AcceptForm(ActForm):
    """What the body states on acceptance."""

    body_qualified = _tri(_("The body is qualified for this scheme"))
    body_competent = _tri(_("The body is competent for this category"))
    advice_declared = forms.BooleanField(
        label=_("Impartiality was examined: it is declared below whether the body or its people advised the applicant"),
        required=False,
    )
    months_since_advice = forms.IntegerField(
        label=_("Months since the last advice"),
        required=False,
        min_value=0,
        max_value=1200,
        help_text=_("Leave empty if there never was any."),
    )
    text = _text(_("Note"), required=False, rows=2)


def on_record(case: Case, person: Person) -> str:
    """Return what the body's book says of a person for a case: competence, full-time, years, load against the limit."""
    missing = standing.competence_refusal(case.body, person, Function.VERIFIER, competence.category_of(case))
    staff = standing.staff_of(case.body, person.id)
    years = standing.years_since(staff.experience_since) if staff else None
    load, limit = competence.load_with(case, person.id), loads.limit_of(case.body)
    told = {"cases": load.cases, "cases_max": limit.cases, "days": f"{load.man_days:g}", "days_max": limit.man_days}
    words = [
        _("no competence for this category on record") if missing else _("competent for this category"),
        _("full-time") if staff and staff.full_time else _("not on record as full-time"),
        _("%(years)s years with footprints") % {"years": years} if years is not None else _("years not on record"),
        _("with this case %(cases)s of %(cases_max)s cases, %(days)s of %(days_max)s man-days") % told,
        *((_("over the limit of load"),) if limit.is_over(load) else ()),
    ]
    return " · ".join(str(word) for word in words)


class PlanForm(ActForm):
    """The team and its man-days: one group of fields per verifier of the body."""

    man_days = forms.FloatField(label=_("Man-days"), required=False, min_value=0, max_value=1000)

    def prepare(self) -> None:
        """Add the fields of every verifier."""
        self.people = queries.verifiers(self.actor)
        self._known = {str(one.id): on_record(self.case, one) for one in self.people}
        lead = forms.ChoiceField(
            label=_("Lead"),
            required=False,
            choices=[("", "—"), *((str(one.id), one.name(current())) for one in self.people)],
        )
        lead.widget.attrs["class"] = "form-select"
        self.fields["lead"] = lead
        for one in self.people:
            self._add_person(str(one.id), one.name(current()))

    def _add_person(self, key: str, name: str) -> None:
        boxes = (
            ("member", _("%(name)s is in the team")),
            ("no_conflict", _("%(name)s has declared to be free of conflict")),
        )
        for kind, label in boxes:
            box = forms.BooleanField(label=label % {"name": name}, required=False)
            box.widget.attrs["class"] = "form-check-input"
            if kind == "member":
                box.help_text = self._known.get(key, "")
            self.fields[f"{kind}-{key}"] = box

    def values(self) -> dict[str, Any]:
        """Return team and man-days."""
        data = self.cleaned_data
        team = [
            Assignment(
                person_id=UUID(str(one.id)),
                lead=data.get("lead") == str(one.id),
                no_conflict_declared=data[f"no_conflict-{one.id}"],
            )
            for one in self.people
            if data[f"member-{one.id}"]
        ]
        return {"team": team, "man_days": data["man_days"]}


class OpinionForm(ActForm):
    """The opinion."""

    kind = forms.ChoiceField(label=_("Opinion"), choices=[(code, OPINION_WORDS[code]) for code in OPINIONS])
    assurance = forms.ChoiceField(
        label=_("Level of assurance"), choices=[(code, ASSURANCE_WORDS[code]) for code in ASSURANCES]
    )
    materiality_percent = forms.FloatField(
        label=_("Materiality, % of the declared value"), required=False, min_value=0, max_value=100
    )
    scope = _text(_("Scope: what was verified"), required=False, rows=2)
    statement = _text(_("Statement"), required=False)

    def prepare(self) -> None:
        """Begin with what the terms of the verification say."""
        agreed = terms_in_force(self.case)
        for name in ("assurance", "materiality_percent", "scope") if agreed else ():
            self.initial.setdefault(name, getattr(agreed, name))


class ReviewForm(ActForm):
    """The conclusion of the technical review."""

    positive = forms.TypedChoiceField(
        label=_("Conclusion"),
        choices=[("yes", _("The opinion is well founded")), ("no", _("The opinion is not well founded"))],
        coerce=lambda value: value == "yes",
    )
    text = _text(_("Grounds"))


class GrantForm(ActForm):
    """The ground of a grant."""

    text = _text(_("Grounds of the decision"))

    def values(self) -> dict[str, Any]:
        """Return the arguments of *decide*."""
        return {"grant": True, **super().values()}


class DenyForm(ReasonForm):
    """The ground of a denial."""

    text = _text(_("Grounds of the decision"))

    def values(self) -> dict[str, Any]:
        """Return the arguments of *decide*."""
        return {"grant": False, **super().values()}


class FindingForm(TanbiaoForm):
    """A new finding."""

    severity = forms.ChoiceField(label=_("Weight"), choices=[(code, SEVERITY_WORDS[code]) for code in SEVERITIES])
    row = forms.CharField(
        label=_("Row of the study"), required=False, max_length=120, help_text=_("Empty: the whole study.")
    )
    text = _text(_("What was found, and what is needed"), rows=3)


class CheckInForm(TanbiaoForm):
    """Where a visit takes place."""

    place = forms.CharField(label=_("Place"), max_length=200)
    remote = forms.BooleanField(label=_("Remote, by video and screen sharing"), required=False)


class CheckOutForm(TanbiaoForm):
    """What a visit held."""

    interviews = forms.IntegerField(label=_("People interviewed"), min_value=0, max_value=10_000)
    samples = forms.IntegerField(label=_("Records sampled"), min_value=0, max_value=10_000)
    text = _text(_("Notes"), required=False, rows=2)


class ApplyForm(TanbiaoForm):
    """An application."""

    body_id = forms.ChoiceField(label=_("Certification body"))
    scheme = forms.ChoiceField(label=_("Label scheme"))
    kind = forms.ChoiceField(label=_("Kind of application"), choices=[(code, KIND_WORDS[code]) for code in KINDS])
    replaces = forms.CharField(
        label=_("Number of the certificate concerned"),
        required=False,
        max_length=80,
        help_text=_("Only for a change, extension, re-certification or transfer."),
    )
    system_months = forms.IntegerField(
        label=_("Months that the footprint management system has been running"),
        required=False,
        min_value=0,
        max_value=1200,
    )

    certification = forms.ChoiceField(label=_("Kind of certification"), required=False)
    system_kit = forms.MultipleChoiceField(
        label=_("What of the management system is there"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lang = current()
        schemes = scheme_queries.applicable(actor)
        self._kits = {
            one.reference: {
                item.id: f"{item.title.best(lang)}: {item.asks.best(lang)}"
                + (f" ({REQUIRED[True].best(lang)})" if item.required else "")
                for item in held.kit
            }
            for one in schemes
            if (held := one.management_system) is not None
        }
        self._offer("body_id", {str(one.id): one.name(lang) for one in queries.bodies(actor)})
        self._offer("scheme", {one.reference: one.title.best(lang) for one in schemes})
        kinds = {kind.id: kind.title.best(lang) for one in schemes for kind in one.kinds if kind.has_figure}
        self._offer("certification", kinds)
        self._offer("system_kit", {key: text for kit in self._kits.values() for key, text in kit.items()})
        asked = [paper for one in schemes for paper in one.papers if paper.comes_from == "applicant"]
        self.papers = {paper.id: paper.title.best(lang) for paper in reversed(asked)}
        for kind, title in sorted(self.papers.items()):
            field = forms.FileField(label=title, required=False)
            field.widget.attrs["class"] = "form-control"
            self.fields[kind] = field

    def _offer(self, name: str, choices: Mapping[str, str]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(choices.items())

    def values(self) -> dict[str, Any]:
        """Return the arguments of *apply*, without the study; of the pieces those that the chosen scheme knows."""
        data = dict(self.cleaned_data)
        files = {kind: data.pop(kind) for kind in self.papers}
        uploads = {
            kind: Upload(sent.name, sent.content_type or "", sent.read()) for kind, sent in files.items() if sent
        }
        if not data["certification"]:
            del data["certification"]
        data["system_kit"] = [item for item in data["system_kit"] if item in self._kits.get(data["scheme"], {})]
        return {**data, "body_id": UUID(data["body_id"]), "documents": uploads}
