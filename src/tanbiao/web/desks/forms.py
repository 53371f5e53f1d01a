"""Forms of the desks."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from tanbiao.web.desks.words import EVERY_WORDS
from tanbiao.web.forms import TanbiaoForm


class MailForm(TanbiaoForm):
    """Where the digest goes, and how often."""

    address = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        help_text=_("A mail with a link asks first whether the address is yours."),
    )
    every = forms.ChoiceField(label=_("How often"), choices=list(EVERY_WORDS.items()), initial="weekly")
