"""Words of the claim ledger's pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tanbiao.core.study.instruments import KINDS, UNITS

KIND_WORDS = {
    "green_power": _("Green power certificate or contract"),
    "recycled_content": _("Certificate of recycled content"),
    "co2_storage": _("Certificate of stored CO₂"),
    "co2_pass": _("Pass of captured CO₂, given"),
    "co2_received": _("Pass of captured CO₂, received"),
    "own_generation": _("Output of a plant of one's own (month, technology, site)"),
    "direct_line": _("Output of a plant on a direct line (month, technology, site, plant)"),
}
REASON_WORDS = {"withdrawn": _("the study was withdrawn"), "replaced": _("the study no longer uses it")}
STANDING_WORDS = {
    "free": _("Nobody claims it."),
    "yours": _("Your organisation claims it."),
    "taken": _("Another organisation claims it."),
}
STANDING_TONES = {"free": "good", "yours": "info", "taken": "bad"}
CHOICES = [(kind, KIND_WORDS[kind]) for kind in KINDS]
UNIT_OF = UNITS
