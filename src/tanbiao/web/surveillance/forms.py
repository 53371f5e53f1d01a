"""The forms of a certificate's life that are not acts of a lifecycle's table."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tanbiao.web.accounts.models import Organisation
from tanbiao.web.accounts.roles import Kind
from tanbiao.web.forms import TanbiaoForm
from tanbiao.web.language import current
from tanbiao.web.register.words import REPORT_OUTCOMES
from tanbiao.web.surveillance import words
from tanbiao.web.surveillance.commands.following import RESOLUTIONS
from tanbiao.web.surveillance.commands.reports import OUTCOMES
from tanbiao.web.uploads import Upload

IMAGE = {"accept": "image/png,image/jpeg"}


def _area(label: Any, *, rows: int = 3, required: bool = True) -> forms.CharField:
    return forms.CharField(label=label, required=required, max_length=4000, widget=forms.Textarea(attrs={"rows": rows}))


class ComplaintForm(TanbiaoForm):
    """A complaint of anybody to the body that issued a certificate."""

    number = forms.CharField(label=_("Number of the certificate"), max_length=64)
    text = _area(_("What do you complain of"))
    contact = forms.CharField(
        label=_("How to reach you"),
        required=False,
        max_length=200,
        help_text=_("Only the body sees it. Without it you follow the matter by its code."),
    )
    photo = forms.FileField(label=_("Photo"), required=False, widget=forms.FileInput(attrs=IMAGE))

    def values(self) -> dict[str, Any]:
        """Return the arguments of *complain*."""
        data = dict(self.cleaned_data)
        sent = data.pop("photo")
        return {**data, "photo": (sent.name, sent.read()) if sent else None}


class AppealForm(TanbiaoForm):
    """A holder's appeal."""

    against = forms.CharField(widget=forms.HiddenInput, max_length=71)
    text = _area(_("Grounds of the appeal"))


def _choose(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    widget = form.fields[name].widget
    assert isinstance(widget, forms.Select)
    widget.choices = [("", "—"), *choices]


class TransferForm(TanbiaoForm):
    """A holder's wish to go to another body."""

    body_id = forms.UUIDField(label=_("To which body"), widget=forms.Select)
    text = _area(_("Why"), rows=2, required=False)

    def __init__(self, *args: Any, present: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bodies = Organisation.objects.filter(kind=Kind.CERTIFICATION_BODY).exclude(id=present.id).order_by("name_zh")
        _choose(self, "body_id", [(str(one.id), one.name(current())) for one in bodies])


class OrderForm(TanbiaoForm):
    """An extra surveillance."""

    due = forms.DateField(label=_("Due on"), widget=forms.DateInput(attrs={"type": "date"}))
    text = _area(_("Why"), rows=2, required=False)


class AuthorityForm(TanbiaoForm):
    """An order of an authority."""

    text = _area(_("What the body has to do"))
    days = forms.IntegerField(label=_("Within how many days"), min_value=0, max_value=3660)


class HandInForm(TanbiaoForm):
    """A study handed in for a surveillance."""

    study_id = forms.UUIDField(label=_("Study on the new data"), widget=forms.Select)

    def __init__(self, *args: Any, studies: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "study_id", studies)


class LookForm(TanbiaoForm):
    """What was found on one thing."""

    item = forms.ChoiceField(label=_("What was looked at"))
    outcome = forms.ChoiceField(label=_("Outcome"), choices=list(words.OUTCOME_WORDS.items()))
    text = _area(_("What you found"))
    figure = forms.CharField(
        label=_("Figure"),
        required=False,
        max_length=40,
        help_text=_(
            "Recalculated footprint in the certificate's unit where no study was handed in; of a reduction its state."
        ),
    )
    baseline = forms.CharField(label=_("Baseline of the reduction"), required=False, max_length=40)
    target = forms.CharField(label=_("Target of the reduction"), required=False, max_length=40)
    file = forms.FileField(label=_("Evidence"), required=False)

    def __init__(self, *args: Any, items: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["item"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(code, words.ITEM_WORDS.get(code, code)) for code in items]

    def values(self) -> dict[str, Any]:
        """Return the arguments of *record*."""
        data = dict(self.cleaned_data)
        sent = data.pop("file")
        upload = Upload(sent.name, sent.content_type or "", sent.read()) if sent else None
        return {**data, "upload": upload}


class AnswerForm(TanbiaoForm):
    """The answer to a report of the public."""

    outcome = forms.ChoiceField(
        label=_("What it came to"), choices=[(code, REPORT_OUTCOMES[code]) for code in OUTCOMES if code != "violation"]
    )
    text = _area(_("Answer to whoever reported"))


class ResolveForm(TanbiaoForm):
    """What came of a work item."""

    resolution = forms.ChoiceField(
        label=_("What came of it"), choices=[(code, words.RESOLUTION_WORDS[code]) for code in RESOLUTIONS]
    )
    text = _area(_("Explanation"), rows=2)
