"""The mails of the desks: the question whether an address is right, and the digest of what waits.

A mail leaves the platform and is read by whoever has the letter box. It therefore says how many things of which kind
wait and when the first term ends, and nothing of the things themselves: no number, name, product, party, text, figure.
:func:`digest` gets nothing else to write down.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Q
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tanbiao.web import clock, waiting
from tanbiao.web.accounts.actor import Actor, actor_for, system_actor
from tanbiao.web.accounts.models import Membership, Organisation, Person
from tanbiao.web.commanding import Conflict
from tanbiao.web.desks import commands, mail_tokens
from tanbiao.web.desks.models import MailChoice
from tanbiao.web.language import CODES

logger = logging.getLogger("tanbiao.mail")
SYSTEM = system_actor("mail")
WEEK = timedelta(days=7)
OFF = "django.core.mail.backends.dummy.EmailBackend"


@dataclass(frozen=True, slots=True)
class Count:
    """How much of one kind waits: all that a digest knows."""

    kind: Promise | str
    number: int
    overdue: int
    first_due: date | None


def is_on() -> bool:
    """Whether the operator has set how mail leaves this platform."""
    return bool(settings.EMAIL_BACKEND != OFF)


def ask(actor: Actor, *, address: str, every: str = "weekly") -> MailChoice:
    """Take a person's choice, and ask a new address whether it is theirs.

    Raises
    ------
    Conflict
        ``mail_off``: this platform sends no mail; ``mail_not_taken``: the server did not take the question.
    """
    if not is_on():
        raise Conflict.of("mail_off")
    choice, token = commands.choose_mail(actor, address=address, every=every)
    if token:
        try:
            question(choice, token).send()
        except OSError as error:
            logger.warning("a question was not taken: %s", type(error).__name__)
            raise Conflict.of("mail_not_taken", "address") from error
    return choice


def counts_of(person: Person) -> list[Count]:
    """Return how much waits for a person, over all of their organisations, by kind, the most urgent kind first."""
    ids = Membership.objects.filter(person=person, ended_at__isnull=True).values("organisation_id")
    lines = [
        line
        for organisation in Organisation.objects.filter(id__in=ids).order_by("created_at", "id")
        for line in waiting.queue(actor_for(person, organisation))
    ]
    return summed(lines)


def summed(lines: Iterable[waiting.Waiting]) -> list[Count]:
    """Return the counts by the words of the kinds; everything else of the lines stays behind."""
    found: dict[str, Count] = {}
    for line in sorted(lines, key=lambda one: one.urgency):
        words = str(line.kind_words)
        known = found.get(words, Count(words, 0, 0, line.due))
        late = line.days_left is not None and line.days_left < 0
        found[words] = Count(words, known.number + 1, known.overdue + late, known.first_due)
    return list(found.values())


def digest(choice: MailChoice, counts: Iterable[Count]) -> EmailMessage:
    """Return the digest in the language of the choice, with links to the queue and out of the digest."""
    with translation.override(CODES[choice.lang]):
        listed = list(counts)
        total = sum(one.number for one in listed)
        stop = _link("desks:mail_link", mail_tokens.sign(choice, "stop"))
        lines = [
            _greeting(),
            ngettext("%(n)d thing waits for you.", "%(n)d things wait for you.", total) % {"n": total},
            "",
            *(_line(one) for one in listed),
            "",
            _("Your queue: %(address)s") % {"address": _link("desks:queue")},
            _("No more of these mails: %(address)s") % {"address": stop},
        ]
        subject = ngettext("Tanbiao: %(n)d thing waits for you", "Tanbiao: %(n)d things wait for you", total)
        headers = {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
        return EmailMessage(_marked(subject % {"n": total}), "\n".join(lines), to=[choice.address], headers=headers)


def question(choice: MailChoice, token: str) -> EmailMessage:
    """Return the mail that asks whether an address belongs to whoever typed it."""
    with translation.override(CODES[choice.lang]):
        lines = [
            _greeting(),
            _("Somebody asked for a digest of their work on the platform to be sent to this address."),
            _("If it was you, open this page and press the button: %(address)s")
            % {"address": _link("desks:mail_link", token)},
            _("If it was not, do nothing: no further mail comes."),
        ]
        return EmailMessage(_marked(_("Tanbiao: is this your address?")), "\n".join(lines), to=[choice.address])


def _greeting() -> str:
    demo = _("Demonstration: everything on this platform is fictional.")
    return f"演示 DEMO · {demo}\n" if settings.TANBIAO_DEMO else ""


def _marked(subject: str) -> str:
    return f"[演示 DEMO] {subject}" if settings.TANBIAO_DEMO else subject


def _line(count: Count) -> str:
    said = [f"{count.kind}: {count.number}"]
    if count.overdue:
        said.append(_("%(n)d overdue") % {"n": count.overdue})
    if count.first_due:
        said.append(_("first term ends on %(day)s") % {"day": count.first_due.isoformat()})
    return "- " + ", ".join(said)


def _link(page: str, *args: str) -> str:
    return f"{settings.TANBIAO_BASE_URL}{reverse(page, args=args)}"


def send_due() -> int:
    """Send the digests of today; one already sent today is not sent again, one without anything to say never.

    A letter box that refuses keeps nobody else from theirs; its digest is tried again the next day.
    """
    if not is_on():
        return 0
    today, sent = clock.today(), 0
    due = Q(sent_on__isnull=True) | Q(every="daily", sent_on__lt=today) | Q(sent_on__lte=today - WEEK)
    rows = MailChoice.objects.filter(due, confirmed_at__isnull=False, stopped_at__isnull=True)
    for choice in rows.select_related("person").order_by("id"):
        with translation.override(CODES[choice.lang]):
            counts = counts_of(choice.person)
        if not counts:
            continue
        try:
            digest(choice, counts).send()
        except OSError as error:
            logger.warning("a digest was not taken: %s", type(error).__name__)
            continue
        commands.note_sent(SYSTEM, choice_id=choice.id)
        sent += 1
    return sent
