"""Forms of accounts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tanbiao.web.accounts.roles import ROLES_OF_KIND, Kind, Role
from tanbiao.web.forms import TanbiaoForm

JURISDICTIONS = (
    ("CN-GD", _("Guangdong")),
    ("CN-SH", _("Shanghai")),
    ("CN-JS", _("Jiangsu")),
    ("CN-SD", _("Shandong")),
    ("HK", _("Hong Kong")),
    ("MO", _("Macao")),
    ("CN", _("Another place in China")),
)


class JoinForm(TanbiaoForm):
    """An enterprise and its first person."""

    name_zh = forms.CharField(label=_("Name of the enterprise (Chinese)"), max_length=200)
    name_en = forms.CharField(label=_("Name in English"), max_length=200, required=False)
    uscc = forms.CharField(
        label=_("Unified social credit code"),
        max_length=24,
        help_text=_("18 characters, as on the business licence; both check characters are tested."),
    )
    jurisdiction = forms.ChoiceField(label=_("Region"), choices=JURISDICTIONS)
    person_name = forms.CharField(label=_("Your own name"), max_length=100)
    username = forms.CharField(
        label=_("User name"), max_length=60, widget=forms.TextInput({"autocomplete": "username"})
    )
    password = forms.CharField(
        label=_("Password"),
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text=_("At least 10 characters."),
    )


class MemberForm(TanbiaoForm):
    """A new member of an organisation, or a further role for one."""

    username = forms.CharField(label=_("User name"), max_length=60)
    role = forms.ChoiceField(label=_("Role"))
    name_zh = forms.CharField(label=_("Name"), max_length=100, required=False, help_text=_("Only for a new account."))
    password = forms.CharField(
        label=_("First password"),
        required=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text=_("Only for a new account; leave it empty to add a person who has one."),
    )

    def __init__(self, kind: Kind, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role = self.fields["role"]
        assert isinstance(role, forms.ChoiceField)
        role.choices = [(one.value, one.label) for one in Role if one in ROLES_OF_KIND[kind]]


class PasswordForm(TanbiaoForm):
    """A new first password for a member who forgot theirs."""

    username = forms.CharField(label=_("User name"), max_length=60)
    password = forms.CharField(
        label=_("New first password"), widget=forms.PasswordInput({"autocomplete": "new-password"})
    )


class TokenForm(TanbiaoForm):
    """A new token."""

    name = forms.CharField(label=_("What is it for?"), max_length=80)


class ProfileForm(TanbiaoForm):
    """How one's own name is written."""

    name_zh = forms.CharField(label=_("Name (Chinese)"), max_length=100)
    name_en = forms.CharField(label=_("Name (Latin letters)"), max_length=100, required=False)
