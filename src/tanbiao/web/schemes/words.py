"""The words of states, kinds, sides and places of a scheme."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tanbiao.web.catalogue import words as catalogue

STATE_WORDS = {
    "demonstration": _("Demonstration, open"),
    "template": _("Locked template"),
    "open": _("Open here"),
    "locked": _("Locked again"),
    "superseded": _("Superseded"),
    "official": _("Open here"),
    "adopted": _("Open here"),
    "filed": _("Open here"),
}
STATE_TONES = {"demonstration": "wait", "template": "off", "locked": "bad", "superseded": "off"}
SUBJECT_WORDS = {"product": _("product"), "management_system": _("management system"), "service": _("service")}
CARBON_WORDS = {"direct": _("directly about carbon"), "indirect": _("indirectly about carbon")}
PATH_WORDS = {
    "footprint": _("footprint"),
    "reduction": _("reduction"),
    "removal": _("removal"),
    "neutral": _("neutrality"),
}
BY_WORDS = {
    "applicant": _("applicant"),
    "body": _("certification body"),
    "both": _("both sides"),
    "platform": _("platform"),
}
FROM_WORDS = {"applicant": _("you bring it"), "platform": _("made from the study")}
PER_WORDS = {
    "application": _("per application"),
    "man_day": _("per man-day"),
    "certificate": _("per certificate"),
    "year": _("per year"),
    "site": _("per site"),
}
READ_WORDS = catalogue.READ_WORDS | {"own": _("our own")}
EVENT_WORDS = {"unlock": _("unlocked"), "lock": _("locked again"), "supersede": _("superseded by a newer version")}
OWN_DATA_WORDS = {
    "site_specific": _("data of your own site"),
    "primary": _("your own or your supplier's own data"),
}
