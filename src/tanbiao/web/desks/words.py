"""The words of the desks: how near a term is, said and not only coloured."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tanbiao.web.waiting import Waiting

BAND_WORDS = {
    "overdue": gettext_lazy("Overdue"),
    "today": gettext_lazy("Ends today"),
    "soon": gettext_lazy("Ends within 3 days"),
    "later": gettext_lazy("Ends later"),
    "open": gettext_lazy("Without a term"),
}
BAND_TONES = {"overdue": "bad", "today": "bad", "soon": "warn", "later": "good", "open": "off"}
EVERY_WORDS = {"daily": gettext_lazy("Every day"), "weekly": gettext_lazy("Every week")}
MAIL_WORDS = {
    "asked": gettext_lazy("Waits for you to open the link in the mail"),
    "on": gettext_lazy("On"),
    "stopped": gettext_lazy("Stopped"),
}


def left(line: Waiting) -> str:
    """Return in words how many days a line has left."""
    days = line.days_left
    if days is None:
        return _("no term")
    if days < 0:
        return ngettext("%(days)d day overdue", "%(days)d days overdue", -days) % {"days": -days}
    if days == 0:
        return _("ends today")
    return ngettext("%(days)d day left", "%(days)d days left", days) % {"days": days}
