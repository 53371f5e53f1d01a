"""The day's work: what is overdue, what comes, what runs out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.commanding import command
from tanbiao.web.register import commands as register
from tanbiao.web.register.models import Certificate
from tanbiao.web.surveillance import acting
from tanbiao.web.surveillance.commands import transfers
from tanbiao.web.surveillance.models import Grievance, Surveillance
from tanbiao.workflow.terms import terms_of

OPEN = ("planned", "running")


@dataclass(frozen=True, slots=True)
class Day:
    """What a day brought, in numbers."""

    overdue: int
    announced: int
    lapsed: int
    renewals: int
    late_grievances: int
    released: int


@command("surveillance.system")
def run_day(actor: Actor) -> Day:
    """Do what is due today; done twice, nothing happens twice."""
    return Day(
        overdue=_overdue(),
        announced=_announce(),
        lapsed=len(register.lapse_due(actor)),
        renewals=_remind(),
        late_grievances=_late(),
        released=transfers.release_due(),
    )


def _overdue() -> int:
    """Flag certificates whose surveillance was not concluded in time; the body has to act."""
    rows = Surveillance.objects.select_for_update(of=("self",)).filter(
        state__in=OPEN, due__lt=clock.today(), overdue_at__isnull=True
    )
    found = list(rows)
    for row in found:
        row.overdue_at = clock.now()
        row.save(update_fields=["overdue_at"])
        certificate = acting.newest(row.number)
        register.raise_flag(acting.SYSTEM, number=row.number, name="surveillance_overdue")
        acting.open_item(certificate, "surveillance_overdue", str(row.id), due=row.due.isoformat())
        acting.tell_both(certificate, "surveillance_overdue", str(row.id), due=row.due.isoformat())
    return len(found)


def _announce() -> int:
    """Tell holder and body of a surveillance that comes."""
    rows = Surveillance.objects.select_for_update(of=("self",)).filter(state="planned", told_at__isnull=True)
    count = 0
    for row in rows:
        certificate = acting.newest(row.number)
        if row.due - timedelta(days=terms_of(certificate.terms).surveillance_notice_days) > clock.today():
            continue
        row.told_at = clock.now()
        row.save(update_fields=["told_at"])
        acting.tell_both(certificate, "surveillance_coming", str(row.id), due=row.due.isoformat())
        count += 1
    return count


LONGEST_REMINDER = timedelta(days=3660)


def _remind() -> int:
    """Remind holder and body that a certificate has to be renewed before it expires."""
    today = clock.today()
    rows = Certificate.objects.filter(
        is_newest=True, state="valid", valid_until__gte=today, valid_until__lte=today + LONGEST_REMINDER
    )
    count = 0
    for certificate in rows.select_related("body", "owner").iterator(chunk_size=500):
        if certificate.valid_until - timedelta(days=terms_of(certificate.terms).renewal_reminder_days) > today:
            continue
        days = (certificate.valid_until - today).days
        until = certificate.valid_until.isoformat()
        acting.open_item(certificate, "renewal", until, days=days)
        acting.tell_both(certificate, "renewal_coming", f"{certificate.number}/{until}", due=until)
        count += 1
    return count


def _late() -> int:
    """Say on the body's desk which complaints and appeals have outlasted their term."""
    rows = Grievance.objects.filter(state__in=("received", "in_hand", "investigated"), due__lt=clock.today())
    for row in rows:
        certificate = acting.newest(row.number)
        acting.open_item(certificate, "grievance_late", f"{row.id}/{row.state}", days=0, code=row.code)
    return rows.count()
