"""Words of governance for pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

LEVEL_WORDS = {
    "national": _("National"),
    "provincial": _("Provincial"),
    "industry": _("Industry"),
    "adapted": _("Adapted"),
    "foreign": _("Foreign"),
}
ACCESS_WORDS = {
    "public": _("Everybody"),
    "registered": _("Whoever is signed in"),
    "owner": _("The owner's organisation"),
}
CLASS_WORDS = {"open": _("Open"), "internal": _("Internal"), "secret": _("Secret")}
OUTCOME_WORDS = {
    "suspended": _("Suspend the dataset"),
    "to_correct": _("Await a correction"),
    "refused": _("Refuse the report"),
}
REPORT_WORDS = {
    "open": _("Not answered"),
    "suspended": _("Accepted: the dataset is suspended"),
    "to_correct": _("Accepted: a correction is awaited"),
    "refused": _("Refused"),
}
STANDING_WORDS = {"demonstration": _("Demonstration"), "published": _("For certification")}
RELEASE_WORDS = {"waiting": _("Being built"), "built": _("Installed"), "failed": _("Can't be built")}
TONES = {
    "published": "good",
    "suspended": "bad",
    "returned": "warn",
    "rejected": "bad",
    "withdrawn": "off",
    "retired": "off",
    "superseded": "off",
    "corrected": "off",
    "draft": "info",
    "built": "good",
    "failed": "bad",
}
NOTE_WORDS = {
    "close_majors": _("Close the major points"),
    "explain_deviation": _("Explain the deviation"),
    "derivation_failed": _("Has no figure from its inputs now"),
}
"""Acts within a state, which the lifecycle does not name."""
OPERATION_WORDS = {
    "mix": _("Mix by shares"),
    "allocation": _("Share of a joint process"),
    "unit": _("Change of unit"),
    "relink": _("Other suppliers of inputs"),
}
BASIS_WORDS = {"mass": _("By mass"), "energy": _("By energy"), "economic": _("By value")}
CRITERION_WORDS = {
    "technology": _("Technological representativeness"),
    "geography": _("Geographical representativeness"),
    "time": _("Time representativeness"),
    "precision": _("Precision"),
}
QUALITY_WORDS = {
    "excellent": _("Excellent"),
    "very_good": _("Very good"),
    "good": _("Good"),
    "fair": _("Fair"),
    "poor": _("Poor"),
}
