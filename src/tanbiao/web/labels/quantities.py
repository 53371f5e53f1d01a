"""How many labels are declared under a licence, against how many products it is for."""

from __future__ import annotations

from django.db.models import Sum

from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.web.labels.models import LabelUse, Licence


def declared(licence: Licence) -> int:
    """Return how many labels stand declared under a licence; those that were sent back do not count."""
    rows = LabelUse.objects.filter(licence=licence).exclude(state="returned")
    return int(rows.aggregate(sum=Sum("quantity"))["sum"] or 0)


def findings(licence: Licence) -> tuple[Finding, ...]:
    """Return what does not fit; a warning, because labels may be printed ahead: whoever samples looks here first."""
    found = declared(licence)
    if licence.quantity is None or found <= licence.quantity:
        return ()
    said: dict[str, str | int] = {"licence": licence.licence, "licensed": licence.quantity, "declared": found}
    return (finding("label_quantity_over", Severity.WARNING, "quantity", **said),)
