"""The forms of labels that are not acts of a lifecycle's table."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tanbiao.web.forms import TanbiaoForm
from tanbiao.web.labels import words
from tanbiao.web.labels.artwork import DENSITIES, MEDIA

DAY = {"type": "date"}


class LicenceForm(TanbiaoForm):
    """A licence of one's own scope."""

    basis = forms.ChoiceField(label=_("For products"), choices=list(words.BASIS_WORDS.items()))
    first_day = forms.DateField(label=_("First production day"), required=False, widget=forms.DateInput(attrs=DAY))
    last_day = forms.DateField(label=_("Last production day"), required=False, widget=forms.DateInput(attrs=DAY))
    batches = forms.CharField(
        label=_("Batches, one a line"), required=False, max_length=8000, widget=forms.Textarea(attrs={"rows": 2})
    )
    models = forms.CharField(
        label=_("Models, one a line"),
        required=False,
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Empty: all of the certificate's."),
    )
    quantity = forms.IntegerField(
        label=_("How many products these are"),
        required=False,
        min_value=1,
        max_value=10**15,
        help_text=_("Labels declared beyond it are shown as a finding."),
    )
    text = forms.CharField(label=_("Remark"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2}))

    def values(self) -> dict[str, Any]:
        """Return the arguments of *apply*."""
        data = dict(self.cleaned_data)
        for key in ("batches", "models"):
            data[key] = tuple(line.strip() for line in data[key].splitlines() if line.strip())
        return data


class UseForm(TanbiaoForm):
    """A declared use."""

    position = forms.ChoiceField(label=_("Where the label stands"))
    place = forms.CharField(
        label=_("What carries it"), max_length=300, help_text=_("Number of the packaging, address of the page, title.")
    )
    width_mm = forms.FloatField(label=_("Width in mm"), required=False, min_value=0, max_value=100_000)
    quantity = forms.IntegerField(label=_("Number of pieces"), required=False, min_value=1, max_value=10**15)
    model = forms.ChoiceField(label=_("Model"), required=False)
    production_day = forms.DateField(label=_("Production day"), required=False, widget=forms.DateInput(attrs=DAY))
    batch = forms.CharField(label=_("Batch"), required=False, max_length=80)

    def __init__(self, *args: Any, positions: list[tuple[str, str]], models: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("position", positions), ("model", [("", "—"), *((one, one) for one in models)])):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices


class FoundForm(TanbiaoForm):
    """A use found in the market that violates the licence."""

    place = forms.CharField(
        label=_("What carries it"), max_length=300, help_text=_("A shop, an address on the web, a packaging.")
    )
    reason = forms.ChoiceField(label=_("What is wrong"))
    figure = forms.CharField(label=_("Figure that was seen"), required=False, max_length=40)
    model = forms.CharField(label=_("Model"), required=False, max_length=200)
    text = forms.CharField(label=_("What was found"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))
    answer = forms.CharField(
        label=_("Answer to whoever reported"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, reasons: tuple[tuple[str, str], ...], reported: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["reason"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "—"), *reasons]
        if not reported:
            del self.fields["answer"]


class ArtworkForm(TanbiaoForm):
    """Which artwork of a licence is wanted."""

    variant = forms.ChoiceField(label=_("Form"), choices=list(words.VARIANT_WORDS.items()))
    ink = forms.ChoiceField(label=_("Ink"), choices=list(words.INK_WORDS.items()))
    lang = forms.ChoiceField(label=_("Language of the label"), choices=[("zh", "中文"), ("en", "English")])
    format = forms.ChoiceField(label=_("File"), choices=[(one, one.upper()) for one in MEDIA])
    width = forms.DecimalField(
        label=_("Width in mm"),
        required=False,
        min_value=1,
        max_value=2000,
        help_text=_("Empty: the form's own. Below its least width nothing is drawn: it could not be read."),
    )
    dpi = forms.TypedChoiceField(
        label=_("Dots per inch (PNG)"), coerce=int, choices=[(str(one), str(one)) for one in DENSITIES], initial="300"
    )
