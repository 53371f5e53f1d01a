"""The form of one line of carbon-market data: what a factory reported of one emission of one step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tanbiao.web.forms import TanbiaoForm

KIND_WORDS = {
    "combustion": _("Combustion of fuels"),
    "process": _("Process emission"),
    "electricity": _("Purchased electricity"),
    "heat": _("Purchased heat"),
}
NEEDED = ("report", "year", "step", "process", "output", "step_reported", "line", "kind", "activity", "factor")


def _text(label: Any, help_text: Any = "", length: int = 500) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=length, help_text=help_text)


class MarketLineForm(TanbiaoForm):
    """One emission of a step; report and step are said again with it, so that a line can stand alone."""

    report = _text(_("Report"), _("Title of the report to the carbon market"))
    year = forms.IntegerField(label=_("Year"), required=False, min_value=2000, max_value=2100)
    guide = _text(_("Accounting guide"))
    verifier = _text(_("Verifier of the report"))
    step = _text(_("Step"), _("A short id: kiln-1"), length=64)
    step_name = _text(_("Name of the step"))
    process = _text(_("Process of the study"), _("As the study names it: an own process, or the process of its rows"))
    output = _text(_("Output of the step in the year"), _("With its unit: 1500000 t"))
    step_reported = _text(_("Reported emission of the step"), _("With its unit: 1242400 t"))
    line = _text(_("Line"), _("A short id: l1. A line of this id in the step is replaced."), length=64)
    name = _text(_("Source of the emission"))
    kind = forms.ChoiceField(label=_("Kind"), choices=list(KIND_WORDS.items()))
    activity = _text(_("Activity data"), _("With its unit: 200000 t"))
    factor = _text(_("Factor"), _("Mass per unit of the activity data: 1.9333 t/t"))
    reported = _text(_("Reported emission"), _("With its unit: 386660 t"))
    row = forms.ChoiceField(label=_("Row of the study that stands for it"), required=False)
    outside = _text(_("Why the study has no row for it"))

    def __init__(self, *args: Any, rows: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["row"]
        chosen.choices = [("", "–"), *rows]
        for name in (*NEEDED, "reported"):
            self.fields[name].required = True
        for field in self.fields.values():
            select = isinstance(field.widget, forms.Select)
            field.widget.attrs["class"] = "form-select" if select else "form-control"

    def said(self) -> dict[str, str]:
        """Return what was typed by column of the table, without what was left empty."""
        return {key: str(value).strip() for key, value in self.cleaned_data.items() if str(value or "").strip()}


def initial(section: Mapping[str, Any] | None, step: str, line: str) -> dict[str, Any]:
    """Return what a form begins with: the report, the step, and the line where one is named; else what is known."""
    if section is None:
        return {}
    head = {key: section.get(key) or "" for key in ("report", "year", "guide", "verifier")}
    found = section["steps"].get(step)
    if found is None:
        return head
    head |= {"step": step, "process": found["process"], "output": found["output"], "step_reported": found["reported"]}
    head |= {"step_name": (found.get("name") or {}).get("zh", "")}
    own = next((one for one in found["lines"] if one["id"] == line), None)
    if own is None:
        return head
    told = {key: own.get(key, "") for key in ("kind", "activity", "factor", "reported", "row", "outside")}
    return head | told | {"line": line, "name": (own.get("name") or {}).get("zh", "")}
