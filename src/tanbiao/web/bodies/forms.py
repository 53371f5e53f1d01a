"""The forms of an organisation's book."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from tanbiao.web.accounts.forms import JURISDICTIONS
from tanbiao.web.accounts.roles import ROLES_OF_KIND, Kind, Role
from tanbiao.web.bodies.functions import EVERY, Function, scope_choices
from tanbiao.web.bodies.loads import Limit
from tanbiao.web.bodies.matrix import Step
from tanbiao.web.bodies.queries import Colleague
from tanbiao.web.bodies.words import SOURCE_WORDS
from tanbiao.web.forms import TanbiaoForm
from tanbiao.web.language import current
from tanbiao.web.uploads import Upload


def day_field(label: Any, *, required: bool = True) -> forms.DateField:
    """Return a field for a day."""
    return forms.DateField(label=label, required=required, widget=forms.DateInput(attrs={"type": "date"}))


def text_field(label: Any, *, required: bool = True, rows: int = 2) -> forms.CharField:
    """Return a field for a text of some lines."""
    return forms.CharField(label=label, required=required, max_length=4000, widget=forms.Textarea(attrs={"rows": rows}))


class _OfPerson(TanbiaoForm):
    """A form about one of the body's people."""

    person_id = forms.TypedChoiceField(label=_("Person"), coerce=UUID)

    def __init__(self, people: list[Colleague], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["person_id"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(one.person.id), one.person.name(current())) for one in people]


class CompetenceForm(_OfPerson):
    """A competence to grant."""

    function = forms.ChoiceField(label=_("Function"), choices=Function.choices)
    scope = forms.ChoiceField(label=_("Categories"), initial=EVERY)
    training = text_field(_("Training and qualification"))
    years = forms.FloatField(label=_("Years of work in the field"), min_value=0, max_value=80)
    witness = text_field(_("Witnessed at work: by whom, when, with what result"), required=False)
    valid_from = day_field(_("Stands from"))
    valid_until = day_field(_("until"))
    reason = text_field(_("Why it is granted"))

    def __init__(self, people: list[Colleague], *args: Any, **kwargs: Any) -> None:
        super().__init__(people, *args, **kwargs)
        field = self.fields["scope"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = scope_choices(current())


class StaffForm(_OfPerson):
    """Full-time, and since when."""

    full_time = forms.BooleanField(label=_("Full-time staff of this body"), required=False)
    experience_since = day_field(_("Works with product carbon footprints since"), required=False)


class LimitForm(TanbiaoForm):
    """What one person may have in hand."""

    cases = forms.IntegerField(label=_("Open cases of one person, at most"), min_value=1, max_value=1000)
    man_days = forms.FloatField(label=_("Man-days of these cases, at most"), min_value=0.5, max_value=10_000)
    blocks = forms.BooleanField(label=_("Refuse a plan that goes beyond, instead of only saying so"), required=False)

    @classmethod
    def showing(cls, limit: Limit) -> LimitForm:
        """Return the form as the limit stands."""
        return cls(initial={"cases": limit.cases, "man_days": limit.man_days, "blocks": limit.blocks})


class WithdrawForm(TanbiaoForm):
    """Why something is taken back."""

    reason = text_field(_("Reason"))


class QualificationForm(TanbiaoForm):
    """An approval or accreditation with its document."""

    kind = forms.ChoiceField(
        label=_("Kind of paper"),
        choices=[("approval", _("Approval of an authority")), ("accreditation", _("Accreditation"))],
    )
    number = forms.CharField(label=_("Number"), max_length=120)
    issuer = forms.CharField(label=_("Given by"), max_length=200)
    basis = forms.CharField(label=_("Under which law, standard or programme"), max_length=300, required=False)
    areas = forms.CharField(label=_("Fields of certification"), max_length=500)
    scopes = forms.MultipleChoiceField(label=_("Categories that it covers"))
    valid_from = day_field(_("Stands from"))
    valid_until = day_field(_("until"))
    paper = forms.FileField(label=_("The document (PDF or image)"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["scopes"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = scope_choices(current())

    def values(self) -> dict[str, Any]:
        """Return the arguments of *bring_qualification*."""
        data = dict(self.cleaned_data)
        sent, areas = data.pop("paper"), data.pop("areas")
        return {**data, "fields": areas, "paper": Upload(sent.name, sent.content_type or "", sent.read())}


class BranchForm(TanbiaoForm):
    """A branch."""

    name_zh = forms.CharField(label=_("Name of the branch (Chinese)"), max_length=200)
    name_en = forms.CharField(label=_("Name in English"), max_length=200, required=False)
    uscc = forms.CharField(label=_("Unified social credit code"), max_length=24, required=False)
    foreign_id = forms.CharField(
        label=_("Else register and number"), max_length=80, required=False, help_text=_("Outside the mainland.")
    )
    jurisdiction = forms.ChoiceField(label=_("Region"), choices=JURISDICTIONS)
    activities = forms.CharField(label=_("Steps of certification done there"), max_length=500)


class TextForm(TanbiaoForm):
    """A text that says why or how."""

    text = text_field(_("Text"))


class JudgeForm(TanbiaoForm):
    """Confirm or refuse."""

    confirms = forms.TypedChoiceField(
        label=_("Result"),
        choices=[("yes", _("Confirmed: as the issuer's register says")), ("no", _("Not confirmed"))],
        coerce=lambda value: value == "yes",
    )
    text = text_field(_("What was compared, or why not"))


class ObligationForm(TanbiaoForm):
    """A new version of the rights and obligations of a kind of participant."""

    kind = forms.ChoiceField(label=_("For"), choices=[(one.value, one.label) for one in Kind if one != Kind.OPERATOR])
    title_zh = forms.CharField(label=_("Title (Chinese)"), max_length=200)
    title_en = forms.CharField(label=_("Title (English)"), max_length=200)
    text_zh = forms.CharField(label=_("Text (Chinese)"), max_length=100_000, widget=forms.Textarea(attrs={"rows": 8}))
    text_en = forms.CharField(label=_("Text (English)"), max_length=100_000, widget=forms.Textarea(attrs={"rows": 8}))


def person_field(label: Any) -> forms.TypedChoiceField:
    """Return a field for one of the organisation's people; the form fills in who they are."""
    return forms.TypedChoiceField(label=label, coerce=UUID)


LEVEL_CHOICES = [(1, _("1 low")), (2, _("2 medium")), (3, _("3 high"))]


def level_field(label: Any) -> forms.TypedChoiceField:
    """Return a field for a level of a risk."""
    return forms.TypedChoiceField(label=label, choices=LEVEL_CHOICES, coerce=int, initial=2)


class RiskForm(TanbiaoForm):
    """A risk to impartiality."""

    source = forms.ChoiceField(label=_("Source of the risk"), choices=list(SOURCE_WORDS.items()))
    text = text_field(_("What the risk is"))
    applicant_id = forms.TypedChoiceField(
        label=_("The applicant it is about"), coerce=UUID, required=False, empty_value=None
    )
    likelihood = level_field(_("Likelihood"))
    consequence = level_field(_("Consequence"))
    measures = text_field(_("Measures"), required=False)
    owner_id = person_field(_("Who sees to it"))
    review_on = day_field(_("To be looked at again on"))

    def __init__(
        self, people: list[tuple[str, str]], applicants: list[tuple[str, str]], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        owner, applicant = self.fields["owner_id"], self.fields["applicant_id"]
        assert isinstance(owner, forms.ChoiceField)
        assert isinstance(applicant, forms.ChoiceField)
        owner.choices = people
        applicant.choices = [("", _("none: the body as a whole")), *applicants]


class RiskLevelForm(TanbiaoForm):
    """Level and next review of a risk."""

    likelihood = level_field(_("Likelihood"))
    consequence = level_field(_("Consequence"))
    review_on = day_field(_("To be looked at again on"))


class MitigateForm(RiskLevelForm):
    """Measures that are in place, and what is left with them."""

    measures = text_field(_("Measures in place"))


class ReopenForm(RiskLevelForm):
    """Why a risk is open again."""

    text = text_field(_("Why it is open again"))


class DepartmentForm(TanbiaoForm):
    """A department."""

    name_zh = forms.CharField(label=_("Name of the department (Chinese)"), max_length=120)
    name_en = forms.CharField(label=_("Name in English"), max_length=120, required=False)


class DepartmentPeopleForm(TanbiaoForm):
    """Who belongs to a department."""

    people = forms.TypedMultipleChoiceField(
        label=_("People of the department"), coerce=UUID, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, people: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["people"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = people


class ResponsibilityForm(TanbiaoForm):
    """A line of the matrix."""

    step = forms.ChoiceField(label=_("Step of a case"), required=False)
    duty = forms.CharField(label=_("or another duty"), max_length=200, required=False)
    departments = forms.TypedMultipleChoiceField(
        label=_("Departments"), coerce=UUID, required=False, widget=forms.CheckboxSelectMultiple
    )
    roles = forms.MultipleChoiceField(
        label=_("One of these roles"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, kind: Kind, departments: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        steps = Step.choices if kind is Kind.CERTIFICATION_BODY else []
        roles = [(one.value, one.label) for one in Role if one in ROLES_OF_KIND[kind]]
        for name, choices in (("step", [("", "—"), *steps]), ("departments", departments), ("roles", roles)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices
