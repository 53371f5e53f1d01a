"""The forms of the verification page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tanbiao.core.verification.risk import LEVELS
from tanbiao.web.certification.commands.engaging import Assessment
from tanbiao.web.certification.commands.testing import KINDS, RESULTS
from tanbiao.web.certification.commands.verifying import ASSURANCES
from tanbiao.web.certification.engagement import Engagement
from tanbiao.web.certification.words import ASSURANCE_WORDS, RESULT_WORDS, RISK_WORDS, TEST_WORDS
from tanbiao.web.forms import TanbiaoForm
from tanbiao.web.uploads import Upload

LONG = 8000


def _area(label: Any, *, required: bool = True, help_text: Any = "") -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 2})
    return forms.CharField(label=label, required=required, max_length=LONG, widget=widget, help_text=help_text)


class TermsForm(TanbiaoForm):
    """The terms of the verification."""

    assurance = forms.ChoiceField(
        label=_("Level of assurance"), choices=[(code, ASSURANCE_WORDS[code]) for code in ASSURANCES]
    )
    materiality_percent = forms.FloatField(label=_("Materiality, % of the declared value"), min_value=0, max_value=100)
    criteria = _area(_("Criteria: standards and rules the study is held against"))
    scope = _area(_("Scope: boundary, stages, period, sites"))


class AnalysisForm(TanbiaoForm):
    """The strategic analysis."""

    activities = _area(_("Product, processes and sites: what makes the figure"))
    data_flow = _area(_("Data flow: how data come about and into the study"))
    controls = _area(_("The company's own controls against errors"))
    changes = _area(_("What changed since the last period or round"), required=False)


class TestForm(TanbiaoForm):
    """A test of a row."""

    kind = forms.ChoiceField(label=_("Test"), choices=[(code, TEST_WORDS[code]) for code in KINDS])
    result = forms.ChoiceField(label=_("Result"), choices=[(code, RESULT_WORDS[code]) for code in RESULTS])
    figure = forms.FloatField(label=_("Own figure, kg CO2e"), required=False)
    text = forms.CharField(label=_("Document, means or source"), required=False, max_length=LONG)
    file = forms.FileField(label=_("Evidence"), required=False)

    def values(self) -> dict[str, Any]:
        """Return the arguments of *record_test*, without case and row."""
        data = dict(self.cleaned_data)
        sent = data.pop("file")
        return {**data, "upload": Upload(sent.name, sent.content_type or "", sent.read()) if sent else None}


class MisstatementForm(TanbiaoForm):
    """A misstatement, or its restatement."""

    row = forms.CharField(
        label=_("Row"), required=False, max_length=120, help_text=_("Empty: something that was left out.")
    )
    correct = forms.FloatField(label=_("Correct figure, kg CO2e"))
    text = _area(_("What is wrong; where it is isolated, why"))
    isolated = forms.BooleanField(label=_("Isolated: says nothing of other rows, not extrapolated"), required=False)
    intended = forms.BooleanField(label=_("There are signs of intent"), required=False)
    carried_by = forms.CharField(
        label=_("Row that carries it since the correction"),
        required=False,
        max_length=120,
        help_text=_("Only for something that was left out."),
    )


def risk_choices() -> list[tuple[str, Any]]:
    """Return the levels with their words."""
    return [(level, RISK_WORDS[level]) for level in LEVELS]


def assessments(engagement: Engagement, sent: Any) -> list[Assessment]:
    """Return the rows whose assessment in a sent table is new or differs from what stands."""
    found = []
    for row in engagement.rows:
        inherent, control = sent.get(f"i-{row.row}", ""), sent.get(f"c-{row.row}", "")
        reason = sent.get(f"r-{row.row}", "").strip()
        stands = engagement.risks.get(row.row)
        same = stands is not None and (stands.inherent, stands.control) == (inherent, control)
        if not inherent or (same and reason == engagement.reasons_of_risk.get(row.row, "")):
            continue
        found.append(Assessment(row.row, inherent, control, reason))
    return found
