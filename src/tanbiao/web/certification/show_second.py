"""What the case page shows of the blind second opinion, and the forms of its acts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from tanbiao.web.accounts.actor import Actor
from tanbiao.web.certification import queries, second
from tanbiao.web.certification.facts import current_opinion
from tanbiao.web.certification.models import Case, SecondOpinion
from tanbiao.web.certification.words import OPINION_WORDS
from tanbiao.web.commanding import allowed
from tanbiao.web.forms import TanbiaoForm
from tanbiao.web.language import current

DECIDING = ("technical_review", "decision")


class SecondForm(TanbiaoForm):
    """The second opinion."""

    kind = forms.ChoiceField(label=gettext_lazy("Opinion"), choices=list(OPINION_WORDS.items()))
    figure = forms.CharField(
        label=gettext_lazy("Own figure of the whole, in the result's unit"), required=False, max_length=40
    )
    statement = forms.CharField(
        label=gettext_lazy("Statement"), max_length=8000, widget=forms.Textarea(attrs={"rows": 5})
    )


class AssignSecondForm(TanbiaoForm):
    """Who states the second opinion."""

    person_id = forms.ChoiceField(label=gettext_lazy("Person"))
    unread = forms.BooleanField(label=gettext_lazy("Has not read the first opinion"), required=False)
    no_conflict_declared = forms.BooleanField(label=gettext_lazy("Has declared to be free of conflict"), required=False)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["person_id"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(one.id), one.name(current())) for one in queries.verifiers(actor)]


class ResolveSecondForm(TanbiaoForm):
    """Which opinion stands."""

    builds_on = forms.CharField(widget=forms.HiddenInput, max_length=71)
    stands = forms.ChoiceField(
        label=gettext_lazy("Which one stands"),
        choices=[
            ("first", gettext_lazy("The first opinion stands")),
            ("second", gettext_lazy("The second opinion stands")),
        ],
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=8000, widget=forms.Textarea(attrs={"rows": 3}))


def second_view(actor: Actor, case: Case) -> dict[str, Any]:
    """Return what the case page shows its body of the draw and the second opinion."""
    opinion = current_opinion(case)
    draw = second.draw_on(opinion)
    if draw is None or actor.organisation_id != case.body_id:
        return {}
    found = SecondOpinion.objects.filter(first=opinion).first()
    open_now = draw.drawn and case.state in DECIDING
    assigns = open_now and found is None and allowed(actor, "certification.handle", case)
    differs = found is not None and found.differs and found.resolved_at is None
    resolves = open_now and differs and allowed(actor, "certification.resolve_second", case)
    return {
        "second_draw": draw,
        "second_opinion": found,
        "second_kind": OPINION_WORDS.get(found.kind, "") if found else "",
        "assign_second_form": AssignSecondForm(actor=actor) if assigns else None,
        "resolve_second_form": ResolveSecondForm(initial={"builds_on": case.head}) if resolves else None,
    }
