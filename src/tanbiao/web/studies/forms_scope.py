"""The form of goal and scope: from the document, and back into its parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tanbiao.core.findings import TanbiaoError, render
from tanbiao.web.forms import TanbiaoForm
from tanbiao.web.language import current

CAPITAL = {
    "included": _("Included"),
    "excluded": _("Excluded"),
    "not_declared": _("Not declared"),
}
FIELD_OF = {
    "goal.application": "application",
    "goal.reason": "reason",
    "goal.audience": "audience",
    "goal.public_comparison": "public_comparison",
    "product.function": "function_zh",
    "unit.functional": "functional_zh",
    "unit.reference_flow": "reference_amount",
    "unit.reference_flow.amount": "reference_amount",
    "capital_goods": "capital_text",
}
"""Place of a finding in the document → the field that it is shown at."""


def _line(label: Any, *, required: bool = False, help_text: Any = "") -> forms.CharField:
    return forms.CharField(label=label, required=required, max_length=4000, help_text=help_text)


def _lines(label: Any, help_text: Any, rows: int = 3) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, required=False, max_length=20_000, widget=widget, help_text=help_text)


class ScopeForm(TanbiaoForm):
    """Why and for whom the study is made, what it is of, and what it leaves out."""

    application = _line(_("Intended application"), required=True)
    reason = _line(_("Reason for the study"))
    audience = _lines(_("Audience"), _("One a line."), rows=2)
    public_comparison = forms.BooleanField(
        label=_("The figure is to be compared in public with other products"),
        required=False,
        help_text=_("Asks for the whole life and a critical review by a panel (ISO 14067, ISO/TS 14071)."),
    )
    function_zh = _line(_("Function of the product, in Chinese"))
    function_en = _line(_("Function of the product, in English"))
    functional_zh = _line(_("Functional unit, in Chinese"))
    functional_en = _line(_("Functional unit, in English"))
    reference_amount = _line(
        _("Reference flow"), help_text=_("Product for one declared unit, with its unit: 7.588 kg.")
    )
    reference_basis = _line(_("How the reference flow is known"))
    reference_evidence = _line(_("Evidence of the reference flow"))
    capital = forms.ChoiceField(label=_("Capital goods"), choices=CAPITAL.items(), required=True)
    capital_text = _line(_("Capital goods: what is included, or why not"), required=True)
    assumptions = _lines(_("Assumptions"), _("One a line; Chinese | English where there are both."), rows=5)
    limitations = _lines(_("Limitations"), _("One a line; Chinese | English where there are both."), rows=3)

    def parts(self) -> dict[str, Any]:
        """Return the parts of goal and scope as the command takes them."""
        said = self.cleaned_data
        goal = {
            "application": said["application"],
            "reason": said["reason"] or None,
            "audience": _split(said["audience"]),
            "public_comparison": said["public_comparison"],
        }
        flow = {"amount": said["reference_amount"], "basis": said["reference_basis"]}
        flow["evidence"] = said["reference_evidence"]
        return {
            "goal": {key: value for key, value in goal.items() if value not in (None, [])},
            "function": _text(said["function_zh"], said["function_en"]),
            "functional": _text(said["functional_zh"], said["functional_en"]),
            "reference_flow": {key: value for key, value in flow.items() if value} or None,
            "capital_goods": {said["capital"]: said["capital_text"]},
            "assumptions": _texts(said["assumptions"]),
            "limitations": _texts(said["limitations"]),
        }

    def add_problem(self, error: TanbiaoError) -> None:
        """Show each finding at the field of its place in the document."""
        for item in error.findings:
            said = render(item, current())
            field = FIELD_OF.get(item.where)
            text = f"{said['message']} — {said['remedy']}" if said["remedy"] else said["message"]
            self.add_error(field, text if field else f"{item.where}: {text}" if item.where else text)


def initial(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the form shows of a document."""
    goal, unit = document.get("goal") or {}, document.get("unit") or {}
    function, functional = (document.get("product") or {}).get("function") or {}, unit.get("functional") or {}
    flow, goods = unit.get("reference_flow") or {}, document.get("capital_goods") or {}
    capital = next((key for key in CAPITAL if goods.get(key)), "excluded")
    return {
        "application": goal.get("application", ""),
        "reason": goal.get("reason") or "",
        "audience": "\n".join(goal.get("audience") or ()),
        "public_comparison": goal.get("public_comparison", False),
        "function_zh": function.get("zh") or "",
        "function_en": function.get("en") or "",
        "functional_zh": functional.get("zh") or "",
        "functional_en": functional.get("en") or "",
        "reference_amount": flow.get("amount") or "",
        "reference_basis": flow.get("basis") or "",
        "reference_evidence": flow.get("evidence") or "",
        "capital": capital,
        "capital_text": goods.get(capital) or "",
        "assumptions": _joined(document.get("assumptions") or ()),
        "limitations": _joined(document.get("limitations") or ()),
    }


def _split(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _text(zh: str, en: str) -> dict[str, str] | None:
    return {key: value for key, value in (("zh", zh), ("en", en)) if value} or None


def _texts(text: str) -> list[dict[str, str]] | None:
    found = [made for line in _split(text) if (made := _bilingual(line))]
    return found or None


def _bilingual(line: str) -> dict[str, str] | None:
    """Read ``Chinese | English``; one part alone is of the script it is written in."""
    first, bar, second = (part.strip() for part in line.partition(" | "))
    if bar:
        return _text(first, second)
    is_chinese = any("\u4e00" <= char <= "\u9fff" for char in first)
    return _text(first, "") if is_chinese else _text("", first)


def _joined(texts: Any) -> str:
    return "\n".join(" | ".join(one[key] for key in ("zh", "en") if one.get(key)) for one in texts)
