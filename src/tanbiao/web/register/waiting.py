"""The terms of certificates in the calendar: the end of their validity, of a suspension, of a migration."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tanbiao.web import waiting
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.commanding import allowed
from tanbiao.web.language import current
from tanbiao.web.register import migrating
from tanbiao.web.register.models import Certificate
from tanbiao.web.register.states import LIVING

CERTIFICATE = gettext_lazy("Certificate")


@waiting.terms
def terms(actor: Actor, first: date, last: date) -> Iterator[waiting.Term]:
    """Yield the terms of the certificates that the actor's organisation holds or issued."""
    if actor.organisation is None:
        return
    own = Q(owner_id=actor.organisation_id) | Q(body_id=actor.organisation_id)
    rows = Certificate.objects.filter(own, is_newest=True, state__in=LIVING).select_related("owner", "body")
    ends = Q(valid_until__gte=first, valid_until__lte=last) | Q(suspended_until__gte=first, suspended_until__lte=last)
    for row in rows.filter(ends).order_by("valid_until", "number")[: waiting.MOST_ROWS]:
        href = reverse("register:manage", args=(row.number,))
        about = f"{row.owner.name(current())} · {row.body.name(current())}"
        if first <= row.valid_until <= last:
            what = _("The certificate expires")
            yield waiting.Term("expiry", CERTIFICATE, row.number, row.valid_until, href, what, about)
        if row.state == "suspended" and row.suspended_until and first <= row.suspended_until <= last:
            what = _("Last day to correct what it was suspended for")
            yield waiting.Term("suspension", CERTIFICATE, row.number, row.suspended_until, href, what, about)
    if not allowed(actor, "register.migrations"):
        return
    moving = migrating.migrations(actor).filter(until__gte=first, until__lte=last)[: waiting.MOST_ROWS]
    for one in migrating.with_outcome(moving):
        if one.outcome in ("open", "overdue"):
            number = one.certificate.number
            href, what = reverse("register:migrations"), _("The certificate's rule ends")
            yield waiting.Term("migration", CERTIFICATE, number, one.until, href, what, one.rule)
