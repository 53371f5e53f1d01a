"""What the holder lets the public see goes with the figure: a new version of the same sealed result keeps it."""

from __future__ import annotations

import logging

from tanbiao.web.commanding import Invalid
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.register import orders, pact, records
from tanbiao.web.register.models import Certificate
from tanbiao.web.register.states import SYSTEM

logger = logging.getLogger("tanbiao.register")


def consented(certificate: Certificate) -> frozenset[str]:
    """Return the fields that are public of a certificate by its holder's consent, and not by its scheme."""
    order = certificate.issue.order
    return frozenset(certificate.shown.get("fields", ())) & set(order["consentable"]) - set(order["published"])


def carry(certificate: Certificate, before: Certificate) -> frozenset[str]:
    """Let a new version show what its holder consented to for the one before; return the fields.

    Only where both rest on the same sealed package (another name, fewer models, another body): consent was given for
    that figure, and for a new one it is asked anew. A footprint for PACT is made again, since it names the holder.
    """
    fields = consented(before)
    if not fields or str(before.owner_id) != str(certificate.owner_id):
        return frozenset()
    if before.issue.order["package_blob"] != certificate.issue.order["package_blob"]:
        return frozenset()
    shown = orders.shown(certificate.issue.order, consented=fields)
    if records.PACT in fields:
        try:
            shown[records.PACT] = pact.made(certificate, shown["fields"])
        except Invalid as error:
            logger.warning("%s: no footprint for PACT: %s", certificate.number, error.code)
            fields -= {records.PACT}
            shown = orders.shown(certificate.issue.order, consented=fields)
    certificate.shown = shown
    certificate.save(update_fields=["shown"])
    event = {"event": "consent_kept", "number": certificate.number, "fields": sorted(fields), "from": str(before.id)}
    ledger.record(SYSTEM, type="evidence_event", subject=str(certificate.id), event=event)
    return fields
