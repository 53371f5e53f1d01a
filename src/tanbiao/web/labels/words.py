"""The words of labels for the reader."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

STATE_TONES = {
    "pending": "wait",
    "active": "good",
    "suspended": "warn",
    "ended": "off",
    "declared": "wait",
    "registered": "good",
    "sampled": "info",
    "compliant": "good",
    "violation": "bad",
    "rectified": "warn",
    "closed": "off",
    "returned": "off",
}
VARIANT_WORDS = {"full": _("full"), "bar": _("strip with stage bar"), "compact": _("compact")}
INK_WORDS = {"colour": _("colour"), "mono": _("one colour")}
BASIS_WORDS = {"dates": _("by production days"), "batches": _("by batches")}
