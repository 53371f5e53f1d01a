"""The blind second opinion: the seed committed beforehand, the draw, the second reviewer, comparison and resolution.

Neither side can steer the draw: the seed is committed to before there is an opinion, by the platform, which does not
know the opinion; and what is drawn by is the opinion's hash, made by a team that does not know the seed.
"""

from __future__ import annotations

import hashlib
import secrets
from uuid import UUID

from tanbiao.core.canonical import content_hash, decimal12
from tanbiao.core.draw import selected
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, actor_for, person_of
from tanbiao.web.accounts.models import Membership
from tanbiao.web.accounts.roles import Role
from tanbiao.web.bodies.functions import Function
from tanbiao.web.certification import competence, second
from tanbiao.web.certification.acts import hold, locked, note, require_head, require_state
from tanbiao.web.certification.facts import current_opinion, difference_percent, held_duties, terms_of_case
from tanbiao.web.certification.models import Case, Opinion, OpinionDraw, SecondOpinion
from tanbiao.web.certification.words import OPINION_WORDS
from tanbiao.web.commanding import Conflict, Invalid, NotFound, command, require
from tanbiao.workflow.case_guards import duty_clash
from tanbiao.workflow.facts import Duty

DECIDING = ("technical_review", "decision")


def commit_draw(actor: Actor, case: Case) -> None:
    """Commit to a seed for the case's next opinion, where its scheme draws any; for commands on a locked case."""
    if terms_of_case(case).second_opinion_share <= 0 or case.draws.filter(opinion__isnull=True).exists():
        return
    seed = secrets.token_hex(32)
    commitment = "sha256:" + hashlib.sha256(seed.encode()).hexdigest()
    OpinionDraw.objects.create(case=case, seed=seed, commitment=commitment, committed_at=clock.now())
    note(actor, case, "draw_committed", commitment=commitment)


def draw_second(actor: Actor, case: Case, opinion: Opinion) -> None:
    """Draw whether an opinion that was just stated gets a second one, and reveal the seed.

    A case that was drawn once stays drawn: a new opinion after a return does not escape.
    """
    draw = case.draws.filter(opinion__isnull=True).first()
    if draw is None:
        return
    share = terms_of_case(case).second_opinion_share
    again = case.draws.filter(drawn=True).exists()
    draw.opinion, draw.drawn_at = opinion, clock.now()
    draw.drawn = again or selected(opinion.hash, share, draw.seed)
    draw.save()
    note(actor, case, "second_opinion_drawn", seed=draw.seed, share=share, drawn=draw.drawn, again=again)
    commit_draw(actor, case)


@command("certification.handle")
def assign_second(
    actor: Actor, *, case_id: UUID, person_id: UUID, unread: bool, no_conflict_declared: bool
) -> SecondOpinion:
    """Assign a verifier or reviewer of the body who states the second opinion without knowing the first.

    Raises
    ------
    Conflict
        ``second_not_drawn``, ``second_assigned``, ``act_out_of_place``; ``duties_not_separate``: the person has another
        duty in the case, or the body's book does not have it as a verifier of the category.
    Invalid
        ``second_not_fit``: not of the body, or ignorance of the opinion or freedom from conflict not stated.
    """
    case = locked(actor, case_id)
    require(actor, "certification.handle", case)
    require_state(case, "assign_second", *DECIDING)
    opinion = current_opinion(case)
    draw = second.draw_on(opinion)
    if opinion is None or draw is None or not draw.drawn:
        raise Conflict.of("second_not_drawn", case.number)
    if SecondOpinion.objects.filter(first=opinion).exists():
        raise Conflict.of("second_assigned", case.number)
    roles = Membership.objects.filter(
        organisation_id=case.body_id,
        person_id=person_id,
        role__in=(Role.VERIFIER, Role.REVIEWER),
        ended_at__isnull=True,
    )
    member = roles.select_related("person").first()
    if member is None or not (unread and no_conflict_declared):
        raise Invalid.of("second_not_fit", "person_id")
    missing = competence.refusal_of(case, member.person, Function.VERIFIER)
    if missing is not None:
        raise Conflict(missing)
    clash = duty_clash(str(person_id), Duty.SECOND, held_duties(case), terms_of_case(case).review_and_decision)
    if clash is not None:
        raise Conflict(clash)
    made = SecondOpinion.objects.create(
        case=case, first=opinion, person=member.person, assigned_by=person_of(actor), assigned_at=clock.now()
    )
    hold(case, actor_for(member.person, case.body), Duty.SECOND)
    note(actor, case, "second_assigned", person=str(person_id))
    return made


@command("certification.second")
def state_second(actor: Actor, *, second_id: int, kind: str, statement: str, figure: str = "") -> SecondOpinion:
    """State the second opinion; only now it is compared with the first.

    They differ where their kinds do, or where the second figure lies further from the declared one than the first
    opinion's materiality.

    Raises
    ------
    NotFound
        ``second_opinion_unknown``
    Invalid
        ``opinion_kind_unknown``, ``text_missing``, ``number_malformed``
    Conflict
        ``second_superseded``: the first opinion has been replaced.
    """
    known = SecondOpinion.objects.filter(id=second_id, person=actor.person, stated_at__isnull=True).first()
    if known is None:
        raise NotFound.of("second_opinion_unknown", str(second_id))
    case = locked(actor, known.case_id)
    require_state(case, "state_second", *DECIDING)
    opinion = current_opinion(case)
    if opinion is None or opinion.id != known.first_id:
        raise Conflict.of("second_superseded", case.number)
    if kind not in OPINION_WORDS:
        raise Invalid.of("opinion_kind_unknown", "kind", kind=kind, assurance="–")
    if not statement.strip():
        raise Invalid.of("text_missing", "statement")
    known.kind, known.statement, known.stated_at = kind, statement.strip()[:8000], clock.now()
    known.figure = _figure(figure)
    known.differs = kind != opinion.kind or _far(opinion, known.figure)
    known.hash = content_hash(
        {
            "case": str(case.id),
            "package": case.package_hash,
            "kind": known.kind,
            "figure": known.figure,
            "statement": known.statement,
            "by": str(known.person_id),
            "at": clock.stamp(known.stated_at),
        }
    )
    known.save()
    note(actor, case, "second_stated", opinion=known.hash, differs=known.differs)
    return known


def _figure(text: str) -> str:
    if not text.strip():
        return ""
    try:
        return decimal12(float(text))
    except ValueError as error:
        raise Invalid.of("number_malformed", "figure") from error


def _far(opinion: Opinion, figure: str) -> bool:
    if not figure or not opinion.materiality_percent:
        return False
    return difference_percent(float(opinion.declared), float(figure)) > float(opinion.materiality_percent)


@command("certification.resolve_second")
def resolve_second(actor: Actor, *, case_id: UUID, builds_on: str, stands: str, reason: str) -> SecondOpinion:
    """Say as a third person which of two differing opinions stands, and why.

    Raises
    ------
    Conflict
        ``second_nothing_to_resolve``; ``duties_not_separate``: of the team, or the second reviewer; a stale head.
    Invalid
        ``second_stands_unknown``, ``text_missing``
    """
    case = locked(actor, case_id)
    require(actor, "certification.resolve_second", case)
    require_state(case, "resolve_second", *DECIDING)
    require_head(case, builds_on)
    found = SecondOpinion.objects.filter(first=current_opinion(case), differs=True, resolved_at__isnull=True).first()
    if found is None:
        raise Conflict.of("second_nothing_to_resolve", case.number)
    own = tuple(duty for duty in held_duties(case) if duty.duty not in (Duty.REVIEWER, Duty.DECIDER))
    clash = duty_clash(str(actor.person_id), Duty.REVIEWER, own, terms_of_case(case).review_and_decision)
    if clash is not None:
        raise Conflict(clash)
    if stands not in ("first", "second"):
        raise Invalid.of("second_stands_unknown", "stands", stands=stands[:20])
    if not reason.strip():
        raise Invalid.of("text_missing", "reason")
    found.stands, found.reason = stands, reason.strip()[:8000]
    found.resolved_by, found.resolved_at = person_of(actor), clock.now()
    found.save()
    note(actor, case, "second_resolved", stands=stands, second=found.hash)
    return found
