"""The forms of the catalogue: what an authority states, and why a category is opened or closed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tanbiao.core.catalogue.readiness import STATED, load_criteria
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.catalogue import queries
from tanbiao.web.forms import TanbiaoForm
from tanbiao.web.language import current


def _area(label: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class StatementForm(TanbiaoForm):
    """What an authority states of a gate."""

    gate = forms.ChoiceField(label=_("Gate"))
    green = forms.TypedChoiceField(
        label=_("Is it met?"), choices=[("yes", _("yes")), ("no", _("no"))], coerce=lambda value: value == "yes"
    )
    evidence = _area(_("What shows it"))
    bodies = forms.MultipleChoiceField(label=_("Capable certification bodies"), required=False)
    builds_on = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        lang, criteria = current(), load_criteria()
        self.fields["gate"].choices = [(name, criteria.gate(name).title.best(lang)) for name in STATED]  # type: ignore[attr-defined]
        found = queries.certification_bodies(actor)
        self.fields["bodies"].choices = [(str(one.id), one.name(lang)) for one in found]  # type: ignore[attr-defined]


class StateForm(TanbiaoForm):
    """Why a category is opened or closed."""

    reason = _area(_("Reason"))
    act = forms.CharField(widget=forms.HiddenInput)
    builds_on = forms.CharField(widget=forms.HiddenInput, required=False)
