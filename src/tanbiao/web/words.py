"""Words that several features say: the stages of a life cycle."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

STAGE_WORDS = {
    "raw_materials": _("Raw materials"),
    "manufacturing": _("Manufacturing"),
    "distribution": _("Distribution"),
    "use": _("Use"),
    "end_of_life": _("End of life"),
}
