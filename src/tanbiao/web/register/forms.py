"""The forms of the register: reports of the public, changes of state by the body, consent of the holder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from tanbiao.core.findings import Finding
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.certification.forms import ReasonField
from tanbiao.web.commanding import Invalid, allowed
from tanbiao.web.forms import TanbiaoForm
from tanbiao.web.language import current
from tanbiao.web.register import commands, records, words
from tanbiao.web.register.changing import change_facts, open_proposal
from tanbiao.web.register.commands import LIFECYCLE, facts_of
from tanbiao.web.register.models import Certificate

MAX_CREDENTIAL_BYTES = 1024 * 1024


def credential_of_file(data: bytes) -> str:
    """Return the credential in a file: a VC-JWT as text, or the one that a certificate PDF carries.

    Raises
    ------
    Invalid
        ``credential_not_found``
    """
    if data.startswith(b"%PDF-"):
        return _attached(data)
    try:
        return data.decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise Invalid.of("credential_not_found", "file") from error


def _attached(data: bytes) -> str:
    import io

    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    from tanbiao.documents.certificate import ATTACHMENT

    try:
        found = PdfReader(io.BytesIO(data)).attachments.get(ATTACHMENT)
        if not found:
            raise Invalid.of("credential_not_found", "file")
        return found[0].decode("ascii")
    except (PyPdfError, UnicodeDecodeError, ValueError, KeyError) as error:
        raise Invalid.of("credential_not_found", "file") from error


class ReportForm(TanbiaoForm):
    """A report of the public."""

    number = forms.CharField(label=_("Number on the label"), required=False, max_length=64)
    kind = forms.ChoiceField(label=_("What is wrong"), choices=list(words.REPORT_WORDS.items()))
    text = forms.CharField(
        label=_("What did you see, and where"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
    contact = forms.CharField(
        label=_("How to reach you"), required=False, max_length=200, help_text=_("Only if you want an answer.")
    )
    photo = forms.FileField(
        label=_("Photo"), required=False, widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"})
    )

    def values(self) -> dict[str, Any]:
        """Return the arguments of *report_problem*."""
        data = dict(self.cleaned_data)
        sent = data.pop("photo")
        return {**data, "photo": (sent.name, sent.read()) if sent else None}


class StateForm(TanbiaoForm):
    """A change of state: the head that was seen, a reason where one is needed, a text."""

    builds_on = forms.CharField(required=False, widget=forms.HiddenInput, max_length=71)
    text = forms.CharField(
        label=_("Explanation"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, certificate: Certificate, event: str, **kwargs: Any) -> None:
        self.certificate, self.event = certificate, event
        kwargs.setdefault("initial", {"builds_on": certificate.head})
        kwargs.setdefault("prefix", event)
        super().__init__(*args, **kwargs)

    def values(self) -> dict[str, Any]:
        """Return the arguments of the command."""
        return dict(self.cleaned_data)


class ReasonedForm(StateForm):
    """A change of state that removes a right."""

    reason = ReasonField(label=_("Reason"), required=False)
    field_order: tuple[str, ...] = ("builds_on", "reason", "text")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        edge = LIFECYCLE.edge(self.certificate.state, self.event)
        names, zh = LIFECYCLE.document.reasons, current() == "zh"
        field = self.fields["reason"]
        assert isinstance(field, forms.ChoiceField)
        offered = [(code, names[code].zh if zh else names[code].en) for code in (edge.reasons if edge else ())]
        field.choices = [("", "—"), *offered]


class SuspendForm(ReasonedForm):
    """A suspension with the term of its correction."""

    term_days = forms.IntegerField(
        label=_("Days to correct it"), required=False, min_value=1, help_text=_("Empty: as long as the scheme allows.")
    )
    field_order = ("builds_on", "reason", "term_days", "text")


class ProposeForm(ReasonedForm):
    """A change of name, or of models or sites that are left out, for another person to decide on."""

    holder_name_zh = forms.CharField(label=_("New name of the holder (Chinese)"), required=False, max_length=200)
    holder_name_en = forms.CharField(label=_("New name of the holder (English)"), required=False, max_length=200)
    models = forms.CharField(
        label=_("All models from now on, one a line"),
        required=False,
        help_text=_("Models and sites can only be left out here; what is to come in needs a case."),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    sites = forms.CharField(
        label=_("All sites from now on, one a line"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["reason"]
        assert isinstance(field, forms.ChoiceField)
        names, zh = LIFECYCLE.document.reasons, current() == "zh"
        field.choices = [("", "—"), *((code, names[code].zh if zh else names[code].en) for code in ADMINISTRATIVE)]

    def values(self) -> dict[str, Any]:
        """Return the arguments of *propose_change*."""
        data = super().values()
        for key in ("models", "sites"):
            data[key] = tuple(line.strip() for line in data[key].splitlines() if line.strip())
        return data


class DecideChangeForm(StateForm):
    """A second person's decision for a proposed change."""

    proposal_id = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, certificate: Certificate, event: str, **kwargs: Any) -> None:
        waiting = open_proposal(certificate)
        kwargs["initial"] = {"builds_on": certificate.head, "proposal_id": waiting.id if waiting else None}
        super().__init__(*args, certificate=certificate, event=event, **kwargs)

    def values(self) -> dict[str, Any]:
        """Return the arguments of *change*."""
        return {**self.cleaned_data, "proposal_id": self.cleaned_data["proposal_id"] or self.certificate.id}


class ConsentForm(TanbiaoForm):
    """Which further fields the public sees."""

    shown = forms.MultipleChoiceField(
        label=_("Shown to the public"),
        required=False,
        choices=list(words.CONSENT_WORDS.items()),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, certificate: Certificate, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if records.PACT in certificate.issue.order["consentable"]:
            self.fields["shown"].help_text = _(
                "The footprint for PACT opens emissions by kind, mass, carbon content, packaging, standards and the "
                "share left out; PACT wants the share of primary data too."
            )
        unknown = set(records.KNOWN_FIELDS) - {*records.CONSENT_FIELDS, *certificate.issue.order["consentable"]}
        choices = [(name, word) for name, word in words.CONSENT_WORDS.items() if name not in unknown]
        cast("forms.MultipleChoiceField", self.fields["shown"]).choices = choices


ACTS: dict[str, tuple[type[StateForm], Any]] = {
    "suspend": (SuspendForm, commands.suspend),
    "restore": (StateForm, commands.restore),
    "withdraw": (ReasonedForm, commands.withdraw),
    "cancel": (ReasonedForm, commands.cancel),
    "propose": (ProposeForm, commands.propose_change),
    "change": (DecideChangeForm, commands.change),
}
ADMINISTRATIVE = ("holder_name", "models", "site")
"""Reasons of a change without a case; one of the figure always has one."""
FILLED_BY_FORM = frozenset({"cause_not_corrected", "new_version_not_signed", "value_change_needs_case"})


@dataclass(frozen=True, slots=True)
class Offer:
    """A change of state that is this actor's to make: its form, or why it is not possible now."""

    event: str
    name: Any
    form: StateForm
    refusals: tuple[Finding, ...]
    grave: bool


def offers(actor: Actor, certificate: Certificate, tried: Mapping[str, StateForm]) -> list[Offer]:
    """Return the changes of state that are this actor's."""
    waiting = open_proposal(certificate)
    facts = facts_of(actor, certificate, builds_on=certificate.head, **change_facts(actor, certificate, waiting))
    found = [] if waiting is not None else _proposing(actor, certificate, tried)
    for option in LIFECYCLE.options(certificate.state, facts):
        if not option.mine or option.event not in ACTS or (option.event == "change" and waiting is None):
            continue
        form = tried.get(option.event) or ACTS[option.event][0](certificate=certificate, event=option.event)
        refusals = tuple(item for item in option.refusals if item.code not in FILLED_BY_FORM)
        grave = option.event in ("withdraw", "cancel", "suspend")
        found.append(Offer(option.event, words.EVENT_WORDS[option.event], form, refusals, grave))
    return found


def _proposing(actor: Actor, certificate: Certificate, tried: Mapping[str, StateForm]) -> list[Offer]:
    """Return the offer to propose a change, to whoever of the body may."""
    if certificate.state != "valid" or not allowed(actor, "register.change_state", certificate):
        return []
    form = tried.get("propose") or ProposeForm(certificate=certificate, event="propose")
    return [Offer("propose", words.EVENT_WORDS["propose"], form, (), grave=False)]
