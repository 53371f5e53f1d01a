"""The form that all forms extend: labels, help and errors tied to their field, findings shown where they belong."""

from __future__ import annotations

from typing import Any

from django import forms

from tanbiao.core.findings import TanbiaoError, render
from tanbiao.web.language import current

_CLASSES: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.CheckboxSelectMultiple, ""),
    (forms.CheckboxInput, "form-check-input"),
    (forms.RadioSelect, "form-check-input"),
    (forms.Select, "form-select"),
    (forms.Widget, "form-control"),
)


class TanbiaoForm(forms.Form):
    """A form in the house's dress."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            wanted = next(name for kind, name in _CLASSES if isinstance(field.widget, kind))
            given = field.widget.attrs.get("class", "")
            field.widget.attrs["class"] = f"{given} {wanted}".strip()

    def add_problem(self, error: TanbiaoError) -> None:
        """Show a command's refusal: each finding at the field it names, else above the form."""
        for item in error.findings:
            texts = render(item, current())
            field = item.where if item.where in self.fields else None
            self.add_error(field, f"{texts['message']} — {texts['remedy']}" if texts["remedy"] else texts["message"])
