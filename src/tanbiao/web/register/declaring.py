"""Figures that are no certificates: *self-calculated* by a company, or *verified* by a statement of opinion.

They stand in the same register, found by the same search, and never look like a certificate: other numbers, another
page, no label, no artwork, no code to scan. A self-calculated figure is the newest result of a study without open
blocking checks; a verified one is the frozen package of a study whose verification statement (unmodified opinion) the
body has released. What is public besides the figure and its grounds, the holder decides field by field; nothing at
first. Every change of it is an entry of the log.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.certification.facts import current_opinion
from tanbiao.web.certification.models import CasePaper, Opinion
from tanbiao.web.commanding import Conflict, Invalid, NotFound, command, require
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.register import numbering, orders, pact_declared, publishing, records
from tanbiao.web.register.models import Certificate
from tanbiao.web.register.models_public import Declaration, Production
from tanbiao.web.studies import queries as studies
from tanbiao.web.studies.models import Study

VALID_DAYS = 365
"""How long such a figure stands without being published again (project default, not official)."""
KINDS = ("self_calculated", "verified")
OPTIONAL = ("stages", "kinds", "interval", "quality", "primary_share", "pact")
WITHDRAWN_BECAUSE = ("holder_request", "error_found", "opinion_withdrawn")
MAX_PRODUCTION = Decimal("1e15")
FIRST_YEAR = 2000


@command("register.declare")
def declare(actor: Actor, *, study_id: UUID, kind: str, shown: tuple[str, ...] = ()) -> Declaration:
    """Publish the figure of one's own study; the one of this kind before it is superseded.

    Raises
    ------
    Invalid
        ``declaration_kind_unknown``; ``consent_field_unknown``; ``figure_incomplete``: unknown rows;
        ``figure_blocked``: a check of the rule stands against it; ``waiver_asked_of_figure``; ``figure_negative``.
    NotFound
        ``result_missing``; ``statement_missing``: no released statement with an unmodified opinion on the package.
    """
    if kind not in KINDS:
        raise Invalid.of("declaration_kind_unknown", "kind", known=", ".join(KINDS))
    _check_fields(shown)
    study = studies.study(actor, study_id)
    if not actor.owns(study):
        raise NotFound.of("study_unknown", str(study_id))
    require(actor, "register.declare", study)
    Study.objects.select_for_update().get(id=study.id)
    source, document, result, paper = _figure(actor, study, kind)
    _check_result(result)
    today = clock.today()
    number = numbering.next_declared(kind, today.year, demo=_is_demo(study))
    for before in Declaration.objects.select_for_update().filter(study=study, kind=kind, state="valid"):
        _end(actor, before, "changed", "superseded", succeeded_by=number)
    made = Declaration.objects.create(
        number=number,
        kind=kind,
        owner=study.owner,
        study=study,
        body=paper.case.body if paper else None,
        person=actor.person,
        is_demo=_is_demo(study),
        state="valid",
        state_since=clock.now(),
        published_at=clock.now(),
        valid_from=today,
        valid_until=today + timedelta(days=VALID_DAYS),
        source=source,
        facts=_facts(document, result),
        optional=records.optional_of(result),
        shown=sorted(set(shown)),
        statement=_statement(paper) if paper else None,
    )
    if records.PACT in shown:
        made.optional = {**made.optional, records.PACT: pact_declared.made(made, shown)}
        made.save(update_fields=["optional"])
    _tell(actor, made, "declared")
    return made


def _figure(actor: Actor, study: Study, kind: str) -> tuple[str, dict[str, Any], dict[str, Any], CasePaper | None]:
    """Return hash, study document, result and released statement of what is to be published."""
    if kind == "self_calculated":
        found = studies.latest_result(actor, study.id)
        if found is None:
            raise NotFound.of("result_missing", str(study.id))
        if found.blocking:
            raise Invalid.of("figure_blocked", "study")
        result = studies.read_json(found.blob)
        if any(entry.get("asked") for entry in result.get("checks") or ()):
            raise Invalid.of("waiver_asked_of_figure", "study")
        return found.hash, studies.document(actor, study.id), result, None
    paper = _released_statement(study)
    package = studies.read_json(study.package_hash)
    return package["root"], package["study"], package["result"], paper


def _released_statement(study: Study) -> CasePaper:
    rows = CasePaper.objects.filter(case__study=study, kind="verification_statement", state="released")
    for paper in rows.select_related("case__body").order_by("-released_at"):
        opinion = current_opinion(paper.case)
        if opinion and (opinion.kind, opinion.package_hash) == ("unmodified", study.package_hash):
            return paper
    raise NotFound.of("statement_missing", "kind")


def _statement(paper: CasePaper) -> dict[str, Any]:
    opinion: Opinion | None = current_opinion(paper.case)
    assert opinion is not None  # the paper was chosen by it
    return {
        "opinion": opinion.hash,
        "kind": opinion.kind,
        "assurance": opinion.assurance,
        "materiality_percent": opinion.materiality_percent,
        "on": clock.day_of(opinion.at).isoformat(),
        "paper": paper.content,
    }


def _check_result(result: Mapping[str, Any]) -> None:
    if result["total"]["completeness"] not in ("complete", "partial"):
        raise Invalid.of("figure_incomplete", "study")
    if not result["declared"]["label"]:
        raise Invalid.of("figure_negative", "study", value=str(result["declared"]["value"]))


def _check_fields(fields: tuple[str, ...]) -> None:
    unknown = sorted(set(fields) - set(OPTIONAL))
    if unknown:
        raise Invalid.of("consent_field_unknown", "shown", fields=", ".join(unknown))


def _is_demo(study: Study) -> bool:
    return bool(settings.TANBIAO_DEMO or study.owner.is_demo)


def _facts(document: Mapping[str, Any], result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the minimum: the figure, what it is of, and what it rests on."""
    names = document["product"]["name"]
    return {
        "product": {"zh": names["zh"], "en": names.get("en") or names["zh"]},
        "category": str(document["product"].get("category", "")),
        "value": result["declared"]["text"],
        "unit": result["total"]["unit"],
        "completeness": result["total"]["completeness"],
        "declared_unit": result["study"]["declared_unit"],
        "boundary": result["study"]["boundary"],
        "period": dict(result["study"]["period"]),
        "gwp_set": result["versions"]["gwp"]["set"],
        "electricity_basis": orders.electricity_basis(document),
        "rule": str(result["versions"]["rule"] or ""),
        "rule_hash": str(result["versions"]["rule_hash"] or ""),
        "rule_standing": str(result["versions"].get("rule_standing") or ""),
        "release": result["versions"]["release"],
    }


@command("register.declare")
def show_fields(actor: Actor, *, number: str, shown: tuple[str, ...]) -> Declaration:
    """Say which further fields of one's own figure the public sees: all that are not named are hidden again.

    Raises
    ------
    Invalid
        ``consent_field_unknown``; what :func:`tanbiao.web.register.pact_declared.made` refuses.
    NotFound, Conflict
        ``declaration_unknown``, ``declaration_ended``.
    """
    found = _locked(actor, number)
    if not actor.owns(found):
        raise NotFound.of("declaration_unknown", number)
    if found.state != "valid":
        raise Conflict.of("declaration_ended", number)
    _check_fields(shown)
    if records.PACT in shown:
        found.optional = {**found.optional, records.PACT: pact_declared.made(found, shown)}
    found.shown = sorted(set(shown))
    found.save(update_fields=["shown", "optional"])
    _tell(actor, found, "shown_changed", shown=found.shown)
    return found


@command("register.end_declaration")
def withdraw(actor: Actor, *, number: str, reason: str) -> Declaration:
    """Withdraw a figure: its holder at any time, the body of its opinion for a verified one; its page stays.

    Raises
    ------
    Invalid
        ``declaration_reason``.
    NotFound, Conflict
        ``declaration_unknown``, ``declaration_ended``.
    """
    found = _locked(actor, number)
    if reason not in WITHDRAWN_BECAUSE:
        raise Invalid.of("declaration_reason", "reason", known=", ".join(WITHDRAWN_BECAUSE))
    if found.state != "valid":
        raise Conflict.of("declaration_ended", number)
    _end(actor, found, "cancelled", reason)
    return found


def _locked(actor: Actor, number: str) -> Declaration:
    found = Declaration.objects.select_for_update().filter(number=number).first()
    body_side = found is not None and found.body_id is not None and actor.organisation_id == found.body_id
    if found is None or not (actor.owns(found) or (body_side and actor.has(Role.DECIDER))):
        raise NotFound.of("declaration_unknown", number)
    return found


@command("register.system")
def expire_due(actor: Actor) -> int:
    """End every figure whose term is over; return how many."""
    due = list(Declaration.objects.select_for_update().filter(state="valid", valid_until__lt=clock.today()))
    for found in due:
        _end(actor, found, "expired", "")
    return len(due)


def _end(actor: Actor, found: Declaration, state: str, reason: str, *, succeeded_by: str = "") -> None:
    found.state, found.reason, found.state_since = state, reason, clock.now()
    found.succeeded_by = succeeded_by
    found.save(update_fields=["state", "reason", "state_since", "succeeded_by"])
    _tell(actor, found, state)


def _tell(actor: Actor, found: Declaration, event: str, **more: Any) -> None:
    """Write who did what into the private log, and the public record into the register."""
    body = {"event": event, "number": found.number, "kind": found.kind, "source": found.source, **more}
    ledger.record(actor, type="evidence_event", subject=str(found.id), event=body)
    publishing.publish_record(records.record_of_declaration(found), subject=str(found.id))


@command("register.consent")
def state_production(actor: Actor, *, number: str, amount: str, year: int) -> Production | None:
    """Let the public know how much of one's product is made in a year, in declared units; an empty amount hides it.

    Raises
    ------
    Invalid
        ``production_malformed``.
    NotFound
        ``certificate_unknown``: no certificate or other figure of one's own has this number.
    """
    thing: Certificate | Declaration | None = Certificate.objects.filter(number=number, is_newest=True).first()
    thing = thing or Declaration.objects.filter(number=number).first()
    if thing is None or not actor.owns(thing):
        raise NotFound.of("certificate_unknown", number)
    made = None
    if amount.strip():
        stated = _amount(amount, year)
        given = {"owner": thing.owner, "amount": stated, "year": year, "at": clock.now()}
        made, _ = Production.objects.update_or_create(number=number, defaults=given)
    else:
        Production.objects.filter(number=number).delete()
    event = {"event": "production_stated", "number": number, "amount": made.amount if made else "", "year": year}
    ledger.record(actor, type="evidence_event", subject=str(thing.id), event=event)
    if isinstance(thing, Certificate):
        publishing.publish(thing)
    else:
        publishing.publish_record(records.record_of_declaration(thing), subject=str(thing.id))
    return made


def _amount(text: str, year: int) -> str:
    try:
        amount = Decimal(text.strip().replace(",", ""))
    except InvalidOperation as error:
        raise Invalid.of("production_malformed", "amount") from error
    if not (amount.is_finite() and 0 < amount < MAX_PRODUCTION and FIRST_YEAR <= year <= clock.today().year):
        raise Invalid.of("production_malformed", "amount")
    return format(amount.normalize(), "f")


# -- reading ----------------------------------------------------------------------------------------------------------


def declaration(actor: Actor, number: str) -> Declaration:  # noqa: ARG001 (published: everybody sees it)
    """Return a published figure by its number.

    Raises
    ------
    NotFound
        ``declaration_unknown``.
    """
    found = Declaration.objects.select_related("owner", "body").filter(number=number).first()
    if found is None:
        raise NotFound.of("declaration_unknown", number[:64])
    return found


def mine(actor: Actor) -> QuerySet[Declaration]:
    """Return the figures that one's organisation has published, newest first."""
    return Declaration.objects.filter(owner_id=actor.organisation_id).select_related("study")


def kinds_open(actor: Actor, study: Study) -> list[str]:
    """Return the kinds under which a study's figure could be published now."""
    if not actor.owns(study):
        return []
    found = studies.latest_result(actor, study.id) if study.head_id else None
    ready = found is not None and not found.blocking and found.completeness in ("complete", "partial")
    kinds = ["self_calculated"] if ready else []
    try:
        if study.package_hash:
            _released_statement(study)
            kinds.append("verified")
    except NotFound:
        pass
    return kinds
