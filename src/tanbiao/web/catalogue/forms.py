"""The forms of the catalogue: what an authority states, why a category opens or closes, tables of names, lists."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tanbiao.core.catalogue.readiness import STATED, load_criteria
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.catalogue import queries, words
from tanbiao.web.catalogue.brought_lists import KINDS, READS
from tanbiao.web.catalogue.queries_codes import known_schemes
from tanbiao.web.forms import TanbiaoForm
from tanbiao.web.language import current
from tanbiao.web.licences import LICENCES


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


class BroughtListForm(TanbiaoForm):
    """A list of an authority with the document that it is of; what is wrong with it, the command says."""

    file = forms.FileField(
        label=_("List as a table (CSV or Excel)"),
        help_text=_(
            "One line per row. Columns: name_zh (名称); and, where wanted, number (序号), group (行业), name_en, "
            "industry_code (GB/T 4754 code), categories (ids of our categories), note (备注)."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
    )
    proof = forms.FileField(
        label=_("The authority's document"),
        help_text=_("As it was published (PDF, Word, image or text). It is kept under its hash beside the list."),
    )
    kind = forms.ChoiceField(label=_("Kind of list"), choices=[(one, words.KIND_WORDS[one]) for one in KINDS])
    list_id = forms.CharField(
        label=_("Id of the list"),
        max_length=64,
        help_text=_("Of a list that stands here its own id, and this becomes its next version: js-two-high."),
    )
    jurisdiction = forms.CharField(
        label=_("Jurisdiction"), max_length=6, help_text=_("CN, or CN with the letters of the province: CN-JS.")
    )
    title_zh = forms.CharField(label=_("Title in Chinese"), max_length=200)
    title_en = forms.CharField(label=_("Title in English"), max_length=200)
    publisher_zh = forms.CharField(label=_("Published by (Chinese)"), max_length=200)
    publisher_en = forms.CharField(label=_("Published by (English)"), max_length=200)
    document = forms.CharField(label=_("Number or title of the document"), max_length=200)
    issued = forms.CharField(
        label=_("Issued"), max_length=10, help_text=_("As far as it is known: 2024, 2024-05 or 2024-05-01.")
    )
    effective = forms.CharField(
        label=_("In force from"), max_length=10, required=False, help_text=_("Where the document says it: 2024-06-01.")
    )
    complete = forms.BooleanField(
        label=_("Every line of the authority's list is in the table"),
        required=False,
        help_text=_("Else what the list does not name is shown as not known, never as outside it."),
    )
    read = forms.ChoiceField(
        label=_("What the document is"), choices=[(one, words.READ_WORDS[one]) for one in READS], initial="public_copy"
    )
    source_note = forms.CharField(
        label=_("Where it was found"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class CodeTableForm(TanbiaoForm):
    """A table of code names and where it comes from; what is wrong with it, the command says."""

    file = forms.FileField(
        label=_("Table (CSV or Excel)"),
        help_text=_(
            "One code per row. Columns: code, name_zh, name_en (or one column “name”), parent (optional). "
            "In Excel, format the column of codes as text, so that leading zeros stay."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
    )
    scheme = forms.CharField(
        label=_("Product classification"),
        max_length=60,
        help_text=_("As codes name it: NBS, CPC, HS, CN, GB/T 4754, or the name of another one."),
        widget=forms.TextInput(attrs={"list": "known-schemes"}),
    )
    edition = forms.CharField(label=_("Edition"), max_length=60, help_text=_("As its publisher names it."))
    title_zh = forms.CharField(label=_("Title in Chinese"), max_length=200)
    title_en = forms.CharField(label=_("Title in English"), max_length=200, required=False)
    source = forms.CharField(
        label=_("Source"),
        max_length=500,
        help_text=_("Who published it, where and when, and where this copy comes from."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    licence = forms.ChoiceField(label=_("Licence"))
    licence_text = forms.CharField(label=_("Name or terms of the licence"), max_length=300, required=False)
    is_public = forms.TypedChoiceField(
        label=_("Who sees the names"),
        choices=[
            ("platform", _("Only people who are signed in to this platform")),
            ("public", _("Everybody (needs a licence that allows passing it on)")),
        ],
        coerce=lambda value: value == "public",
        initial="platform",
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        lang = current()
        words = [(one.code, one.name(lang)) for one in LICENCES]
        self.fields["licence"].choices = [("", _("please choose")), *words]  # type: ignore[attr-defined]
        self.known_schemes = [(key, zh if lang == "zh" else en) for key, zh, en in known_schemes()]
