"""The form of planning an audit."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tanbiao.web.certification import audit, units
from tanbiao.web.certification.commands.audit_planning import SiteFence
from tanbiao.web.certification.facts import terms_of_case
from tanbiao.web.certification.models import Case
from tanbiao.web.certification.words import MODE_WORDS
from tanbiao.web.forms import TanbiaoForm
from tanbiao.web.language import current


class AuditPlanForm(TanbiaoForm):
    """How a case is audited: mode, day, days from afar, and a fence for each site of the unit."""

    mode = forms.ChoiceField(label=_("Kind of audit"))
    day = forms.DateField(
        label=_("Day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Of an unannounced audit the applicant sees no day before somebody has checked in."),
    )
    remote_days = forms.FloatField(label=_("Man-days worked from afar"), required=False, min_value=0, max_value=1000)

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        terms, plan, unit = terms_of_case(case), audit.plan_of(case), units.unit_of(case)
        mode = self.fields["mode"]
        assert isinstance(mode, forms.ChoiceField)
        mode.choices = [(code, MODE_WORDS[code]) for code in terms.audit_modes]
        self.fields["remote_days"].help_text = _("At most %(share)g %% of the man-days of the case.") % {
            "share": 100 * audit.remote_share_max(case)
        }
        if plan is not None:
            self.initial.update(mode=plan.mode, day=plan.day, remote_days=float(plan.remote_days))
        known = audit.fences_of(case)
        self.sites = [(site.name_zh, site.name(current())) for site in unit.sites] if unit else []
        for index, (key, name) in enumerate(self.sites):
            fence = known.get(key)
            for part, label, value in (
                ("latitude", _("%(site)s: latitude"), fence.latitude if fence else None),
                ("longitude", _("%(site)s: longitude"), fence.longitude if fence else None),
                ("radius", _("%(site)s: radius in m"), fence.radius_m if fence else terms.fence_radius_m),
            ):
                field = forms.FloatField(label=label % {"site": name}, required=False, initial=value)
                field.widget.attrs |= {"class": "form-control", "step": "any"}
                self.fields[f"{part}-{index}"] = field

    def clean(self) -> dict[str, Any]:
        """Refuse half a position."""
        data = super().clean() or {}
        for index, _site in enumerate(self.sites):
            if (data.get(f"latitude-{index}") is None) != (data.get(f"longitude-{index}") is None):
                self.add_error(f"longitude-{index}", _("A position has a latitude and a longitude."))
        return data

    def values(self) -> dict[str, Any]:
        """Return the arguments of *plan_audit*."""
        data = self.cleaned_data
        fences = [
            SiteFence(key, data[f"latitude-{index}"], data[f"longitude-{index}"], data[f"radius-{index}"])
            for index, (key, _name) in enumerate(self.sites)
            if data.get(f"latitude-{index}") is not None
        ]
        kept = {"mode": data["mode"], "day": data["day"], "remote_days": data["remote_days"] or 0.0}
        return {**kept, "fences": fences}
