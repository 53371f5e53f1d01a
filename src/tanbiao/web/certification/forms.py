"""The forms of the case page, one per act."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from tanbiao.web.accounts.actor import Actor
from tanbiao.web.certification import queries
from tanbiao.web.certification.acts import LIFECYCLE
from tanbiao.web.certification.commands.application import KINDS
from tanbiao.web.certification.commands.findings import SEVERITIES
from tanbiao.web.certification.commands.planning import Assignment
from tanbiao.web.certification.commands.verifying import ASSURANCES, OPINIONS
from tanbiao.web.certification.models import Case
from tanbiao.web.certification.words import ASSURANCE_WORDS, DOCUMENT_WORDS, KIND_WORDS, OPINION_WORDS, SEVERITY_WORDS
from tanbiao.web.forms import TanbiaoForm
from tanbiao.web.language import current
from tanbiao.web.schemes import queries as scheme_queries
from tanbiao.web.uploads import Upload

UPLOADED = ("business_licence", "process_flow_chart", "reduction_plan")
"""Documents that the applicant sends; the others come from the study's frozen package."""
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


class PlanForm(ActForm):
    """The team and its man-days: one group of fields per verifier of the body."""

    man_days = forms.FloatField(label=_("Man-days"), required=False, min_value=0, max_value=1000)

    def prepare(self) -> None:
        """Add the fields of every verifier."""
        self.people = queries.verifiers(self.actor)
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
            ("competent", _("%(name)s is competent for the category")),
            ("full_time", _("%(name)s is full-time staff")),
            ("no_conflict", _("%(name)s has declared to be free of conflict")),
        )
        for kind, label in boxes:
            box = forms.BooleanField(label=label % {"name": name}, required=False)
            box.widget.attrs["class"] = "form-check-input"
            self.fields[f"{kind}-{key}"] = box
        years = forms.FloatField(
            label=_("%(name)s: years of experience with footprints") % {"name": name},
            required=False,
            min_value=0,
            max_value=80,
        )
        years.widget.attrs["class"] = "form-control"
        self.fields[f"years-{key}"] = years

    def values(self) -> dict[str, Any]:
        """Return team and man-days."""
        data = self.cleaned_data
        team = [
            Assignment(
                person_id=UUID(str(one.id)),
                lead=data.get("lead") == str(one.id),
                competent=data[f"competent-{one.id}"] or None,
                full_time=data[f"full_time-{one.id}"] or None,
                years=data[f"years-{one.id}"],
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

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lang = current()
        body, scheme = self.fields["body_id"], self.fields["scheme"]
        assert isinstance(body, forms.ChoiceField)
        assert isinstance(scheme, forms.ChoiceField)
        body.choices = [(str(one.id), one.name(lang)) for one in queries.bodies(actor)]
        scheme.choices = [(one.reference, one.document["title"][lang]) for one in scheme_queries.applicable(actor)]
        for kind in UPLOADED:
            field = forms.FileField(label=DOCUMENT_WORDS[kind], required=False)
            field.widget.attrs["class"] = "form-control"
            self.fields[kind] = field

    def values(self) -> dict[str, Any]:
        """Return the arguments of *apply*, without the study."""
        data = dict(self.cleaned_data)
        files = {kind: data.pop(kind) for kind in UPLOADED}
        uploads = {
            kind: Upload(sent.name, sent.content_type or "", sent.read()) for kind, sent in files.items() if sent
        }
        return {**data, "body_id": UUID(data["body_id"]), "documents": uploads}
