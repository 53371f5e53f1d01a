"""Words of the impact: states of a run, how a figure was found, who must act and why."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

STATES = {
    "waiting": ("wait", _("Waiting")),
    "running": ("wait", _("Running")),
    "done": ("good", _("Done")),
    "cancelled": ("off", _("Cancelled")),
    "failed": ("bad", _("Failed")),
}
HOW = {
    "first_order": _("nominal exact, interval of first order on shared samples"),
    "full": _("sampled in full"),
    "stopped": _("no figure: a factor is not answered as before"),
    "failed": _("no figure: it could not be calculated"),
}
WHO = {
    "holder": ("warn", _("holder")),
    "body": ("warn", _("certification body")),
    "nobody": ("off", _("nobody")),
}
WHY = {
    "over_threshold": _("the change reaches the threshold"),
    "below_threshold": _("the change is below the threshold"),
    "class_may_change": _("its class may change"),
    "factor_not_answered": _("a factor is gone or has another unit: another one must be chosen"),
    "not_calculated": _("it could not be calculated"),
    "not_comparable": _("part of the total is unknown, so that no change can be told"),
}
BASIS = {
    "surveillance": _("next surveillance"),
    "validity": _("end of validity"),
}
STOPS = {
    "gone": _("not in the new release"),
    "other_unit": _("has another unit or kind"),
    "no_figure": _("has no figure under this GWP set"),
}
FILTERS = {
    "": _("All"),
    "certificates": _("Certificates"),
    "studies": _("Studies"),
    "over": _("Over the threshold"),
    "none": _("Without a figure"),
}
ALERTS = {
    "suspended": _("suspended: no new use"),
    "corrected": _("corrected by a later version"),
    "retired": _("retired"),
}
LACKING = {
    "electricity": _("electricity of the grid"),
    "generation": _("electricity by its generation"),
    "fuel_upstream": _("upstream of a fuel"),
}
"""What a release lacked and took another factor for by itself."""
STOOD_IN = {
    "named": _("named by the author"),
    "place": _("another place, taken by the release"),
    "year": _("another year, taken by the release"),
    "release": _("a stand-in of the release itself"),
}
"""How a factor came to stand in for the one that is missing."""
