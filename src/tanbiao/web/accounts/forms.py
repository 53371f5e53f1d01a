"""Forms of accounts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tanbiao.web.accounts.roles import JOINING, ROLES_OF_KIND, Kind, Role
from tanbiao.web.forms import TanbiaoForm

JURISDICTIONS = (
    ("CN-GD", _("Guangdong")),
    ("CN-SH", _("Shanghai")),
    ("CN-JS", _("Jiangsu")),
    ("CN-SD", _("Shandong")),
    ("CN-BJ", _("Beijing")),
    ("CN-TJ", _("Tianjin")),
    ("CN-HE", _("Hebei")),
    ("CN-SX", _("Shanxi")),
    ("CN-NM", _("Inner Mongolia")),
    ("CN-LN", _("Liaoning")),
    ("CN-JL", _("Jilin")),
    ("CN-HL", _("Heilongjiang")),
    ("CN-ZJ", _("Zhejiang")),
    ("CN-AH", _("Anhui")),
    ("CN-FJ", _("Fujian")),
    ("CN-JX", _("Jiangxi")),
    ("CN-HA", _("Henan")),
    ("CN-HB", _("Hubei")),
    ("CN-HN", _("Hunan")),
    ("CN-GX", _("Guangxi")),
    ("CN-HI", _("Hainan")),
    ("CN-CQ", _("Chongqing")),
    ("CN-SC", _("Sichuan")),
    ("CN-GZ", _("Guizhou")),
    ("CN-YN", _("Yunnan")),
    ("CN-XZ", _("Tibet")),
    ("CN-SN", _("Shaanxi")),
    ("CN-GS", _("Gansu")),
    ("CN-QH", _("Qinghai")),
    ("CN-NX", _("Ningxia")),
    ("CN-XJ", _("Xinjiang")),
    ("HK", _("Hong Kong")),
    ("MO", _("Macao")),
    ("CN", _("Another place in China")),
)
"""Where something is made or registered in China; the provinces of the policies first."""
FOREIGN = "foreign"


class JoinForm(TanbiaoForm):
    """An organisation that registers itself, and its first person."""

    kind = forms.TypedChoiceField(
        label=_("Kind of organisation"),
        choices=[(one.value, one.label) for one in JOINING],
        coerce=Kind,
        initial=Kind.ENTERPRISE,
    )
    name_zh = forms.CharField(label=_("Name of the organisation (Chinese)"), max_length=200)
    name_en = forms.CharField(label=_("Name in English"), max_length=200, required=False)
    uscc = forms.CharField(
        label=_("Unified social credit code"),
        max_length=24,
        required=False,
        help_text=_("18 characters, as on the licence or registration certificate; both check characters are tested."),
    )
    foreign_id = forms.CharField(
        label=_("Register and number"),
        max_length=80,
        required=False,
        help_text=_(
            "Outside the mainland: Hong Kong as HK BR and eight digits, an LEI as LEI and twenty characters (its check "
            "digits are tested), else the register's name and the number."
        ),
    )
    jurisdiction = forms.ChoiceField(
        label=_("Region"), choices=(*JURISDICTIONS, (FOREIGN, _("Outside China, the country below")))
    )
    country = forms.RegexField(
        label=_("Country, two letters of ISO 3166-1"), regex=r"^[A-Z]{2}$", required=False, max_length=2
    )
    city = forms.CharField(
        label=_("City, first four digits of GB/T 2260"), max_length=4, required=False, help_text=_("Such as 4403.")
    )
    person_name = forms.CharField(label=_("Your own name"), max_length=100)
    username = forms.CharField(
        label=_("User name"), max_length=60, widget=forms.TextInput({"autocomplete": "username"})
    )
    password = forms.CharField(
        label=_("Password"),
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text=_("At least 10 characters."),
    )

    def clean(self) -> dict[str, Any]:
        """Put the country in the region's place where it lies outside China."""
        data = super().clean() or self.cleaned_data
        country = data.pop("country", "")
        if data.get("jurisdiction") == FOREIGN:
            if not country:
                self.add_error("country", _("Name the country."))
            data["jurisdiction"] = country
        return data


class EnterForm(JoinForm):
    """An organisation that the operator enters after seeing its papers, and its first person."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind = self.fields["kind"]
        assert isinstance(kind, forms.TypedChoiceField)
        kind.choices = [(one.value, one.label) for one in Kind]
        kind.initial = Kind.CERTIFICATION_BODY
        self.fields["person_name"].label = _("Name of the first person")
        self.fields["password"].label = _("First password")
        self.order_fields(["kind", "name_zh", "name_en", "uscc", "foreign_id"])


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
