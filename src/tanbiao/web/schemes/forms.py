"""The forms of a scheme's page: a body's approval, the unlocking of a template, its locking."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from tanbiao.core.catalogue.load import load_catalogue
from tanbiao.core.findings import Lang
from tanbiao.core.schemes.effort import Size
from tanbiao.core.schemes.parts import KitItem, Paper
from tanbiao.core.schemes.precheck import Answers
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.forms import JURISDICTIONS
from tanbiao.web.forms import TanbiaoForm
from tanbiao.web.language import current
from tanbiao.web.schemes import queries
from tanbiao.web.schemes.acts import LIFECYCLE
from tanbiao.web.uploads import Upload


def _day(label: Any, *, required: bool = True) -> forms.DateField:
    return forms.DateField(label=label, required=required, widget=forms.DateInput(attrs={"type": "date"}))


def _codes(text: str) -> list[str]:
    return [word for word in text.replace("，", ",").replace("、", ",").replace(" ", ",").split(",") if word]


def _upload(sent: Any) -> Upload | None:
    return Upload(sent.name, sent.content_type or "", sent.read()) if sent else None


class ApprovalForm(TanbiaoForm):
    """An authority's approval of a body."""

    body_id = forms.ChoiceField(label=_("Certification body"))
    number = forms.CharField(label=_("Number of the approval"), max_length=120)
    valid_from = _day(_("Stands from"))
    valid_until = _day(_("until"))
    categories = forms.MultipleChoiceField(
        label=_("Categories"), required=False, help_text=_("None chosen: all that the scheme is open to.")
    )
    regions = forms.CharField(
        label=_("Regions"), required=False, max_length=200, help_text=_("Codes such as CN-GD, HK. Empty: all.")
    )
    paper = forms.FileField(label=_("The approval (PDF)"), required=False)
    act = forms.CharField(widget=forms.HiddenInput, initial="approve")

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        lang = current()
        bodies = [(str(one.id), one.name(lang)) for one in queries.certification_bodies(actor)]
        known = [(one.id, one.title.best(lang)) for one in load_catalogue().categories.categories]
        self.fields["body_id"].choices = bodies  # type: ignore[attr-defined]
        self.fields["categories"].choices = known  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """Return the arguments of *approve_body*, without the scheme."""
        data = {key: value for key, value in self.cleaned_data.items() if key != "act"}
        return {
            **data,
            "body_id": UUID(data["body_id"]),
            "regions": _codes(data["regions"]),
            "paper": _upload(data["paper"]),
        }


class UnlockForm(TanbiaoForm):
    """What opens a template."""

    document = forms.FileField(label=_("The authority's document (PDF)"), required=False)
    document_title = forms.CharField(label=_("Its title"), required=False, max_length=300)
    document_number = forms.CharField(label=_("Its number"), required=False, max_length=120)
    document_date = _day(_("Its date"), required=False)
    regions = forms.CharField(
        label=_("Regions"),
        required=False,
        max_length=400,
        help_text=_("As the document names them, by code: CN-GD, CN-SD, HK."),
    )
    number_pattern = forms.CharField(
        label=_("Pattern of certificate numbers"),
        required=False,
        max_length=80,
        help_text=_("With {year} and {serial:06d}, as the authority sets it."),
    )
    adoption_required = forms.BooleanField(label=_("Only rules that stand on the adoption list"), required=False)
    adoption_batches = forms.CharField(
        label=_("Batches of the adoption list"),
        required=False,
        max_length=400,
        help_text=_("As the authority numbers them, a comma between; empty: every batch."),
    )
    adoption_authorities = forms.CharField(
        label=_("Authorities whose list counts"),
        required=False,
        max_length=200,
        help_text=_("Their jurisdictions by code: CN, CN-GD; empty: any."),
    )
    artwork = forms.FileField(label=_("Artwork (PNG)"), required=False)
    minimum_width_mm = forms.FloatField(
        label=_("Smallest width in print, mm"), required=False, min_value=5, max_value=1000
    )
    builds_on = forms.CharField(widget=forms.HiddenInput, required=False)
    act = forms.CharField(widget=forms.HiddenInput, initial="unlock")

    def values(self) -> dict[str, Any]:
        """Return the arguments of *unlock*, without the scheme."""
        data = {key: value for key, value in self.cleaned_data.items() if key != "act"}
        return {
            **data,
            "document": _upload(data["document"]),
            "artwork": _upload(data["artwork"]),
            "minimum_width_mm": data["minimum_width_mm"] or 0.0,
            "regions": _codes(data["regions"]),
            "adoption_batches": [one.strip() for one in data["adoption_batches"].replace("，", ",").split(",")],
            "adoption_authorities": _codes(data["adoption_authorities"]),
        }


class LockForm(TanbiaoForm):
    """Why an open template is locked again."""

    reason = forms.ChoiceField(label=_("Reason"))
    text = forms.CharField(
        label=_("Explanation"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
    builds_on = forms.CharField(widget=forms.HiddenInput, required=False)
    act = forms.CharField(widget=forms.HiddenInput, initial="lock")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        known = LIFECYCLE.document.reasons
        zh = current() == "zh"
        self.fields["reason"].choices = [(code, name.zh if zh else name.en) for code, name in known.items()]  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """Return the arguments of *lock*, without the scheme."""
        return {key: value for key, value in self.cleaned_data.items() if key != "act"}


class EndForm(TanbiaoForm):
    """Why an approval ends before its term."""

    approval_id = forms.ChoiceField(label=_("Approval"))
    reason = forms.CharField(label=_("Reason"), max_length=500)
    act = forms.CharField(widget=forms.HiddenInput, initial="end")

    def __init__(self, *args: Any, actor: Actor, scheme_id: str, **options: Any) -> None:
        super().__init__(*args, **options)
        rows = [row for row in queries.approvals(actor, scheme_id) if row.ended_on is None]
        self.fields["approval_id"].choices = [  # type: ignore[attr-defined]
            (str(row.id), f"{row.body.name(current())} · {row.number}") for row in rows
        ]

    def values(self) -> dict[str, Any]:
        """Return the arguments of *end_approval*."""
        return {"approval_id": UUID(self.cleaned_data["approval_id"]), "reason": self.cleaned_data["reason"]}


def categories_by_sector(lang: Lang) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the product categories as choices, under their sectors."""
    known = load_catalogue().categories
    return [
        (
            sector.title.best(lang),
            [(one.id, one.title.best(lang)) for one in known.categories if one.sector == sector.id],
        )
        for sector in known.sectors
    ]


class PrecheckForm(TanbiaoForm):
    """The few answers that a pre-check needs; it is sent by GET, so that an answer has an address."""

    category = forms.ChoiceField(label=_("Product category"))
    region = forms.ChoiceField(label=_("Where it is made"), choices=JURISDICTIONS)
    sites = forms.IntegerField(label=_("Number of production sites"), min_value=1, max_value=10_000, initial=1)
    models = forms.IntegerField(label=_("Number of models"), min_value=1, max_value=10_000, initial=1)
    supplier_sites = forms.IntegerField(
        label=_("Suppliers' sites to be visited"),
        min_value=0,
        max_value=10_000,
        initial=0,
        help_text=_("Where a supplier's own data carry much of the footprint."),
    )
    system_since = forms.DateField(
        label=_("The footprint management system runs since"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Empty: it does not run yet."),
    )
    papers = forms.MultipleChoiceField(label=_("Papers at hand"), required=False, widget=forms.CheckboxSelectMultiple)
    kit = forms.MultipleChoiceField(
        label=_("Of the management system there is"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        lang = current()
        self.fields["category"].choices = categories_by_sector(lang)  # type: ignore[attr-defined]
        schemes = [one.scheme for one in queries.standings(actor)]
        own = [paper for one in schemes for paper in one.papers if paper.comes_from == "applicant"]
        kit = [item for one in schemes for item in (one.management_system.kit if one.management_system else ())]
        self.fields["papers"].choices = _once(own, lang)  # type: ignore[attr-defined]
        self.fields["kit"].choices = _once(kit, lang)  # type: ignore[attr-defined]

    def answers(self) -> Answers:
        """Return what was said."""
        data = self.cleaned_data
        since = data["system_since"]
        return Answers(
            size=Size(data["category"], data["sites"], data["models"], data["supplier_sites"]),
            region=data["region"],
            day=clock.today().isoformat(),
            system_since=since.isoformat() if since else "",
            papers=frozenset(data["papers"]),
            kit=frozenset(data["kit"]),
        )


def _once(items: Iterable[Paper | KitItem], lang: str) -> list[tuple[str, str]]:
    """Return each id once, with the title of the scheme that names it first."""
    found: dict[str, str] = {}
    for item in items:
        found.setdefault(item.id, item.title.best(lang))
    return list(found.items())
