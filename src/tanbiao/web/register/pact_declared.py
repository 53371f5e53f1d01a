"""The footprint for PACT of a figure that is no certificate: public as far as its holder consents and no further.

A self-calculated figure's document follows from the revision that its result was calculated of, a verified one's from
the frozen package that the opinion is about. Both are made when the holder consents, and say in their comment what they
are not: certified.
"""

from __future__ import annotations

from typing import Any

from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.rules.model import Rule
from tanbiao.core.study.model import Study
from tanbiao.web.accounts.actor import system_actor
from tanbiao.web.certification.models import Opinion
from tanbiao.web.commanding import Conflict, Invalid
from tanbiao.web.register import orders, pact
from tanbiao.web.register.models_public import Declaration
from tanbiao.web.register.records import pact_of_declaration
from tanbiao.web.rulebook import queries as rulebook
from tanbiao.web.studies import queries as studies
from tanbiao.web.studies.models import Result

SYSTEM = system_actor("register")


def made(declaration: Declaration, fields: tuple[str, ...]) -> dict[str, Any]:
    """Return the document that the public sees with these fields published.

    Raises
    ------
    Invalid
        ``pact_needs_consent``; ``pact_source_gone``: what it was calculated of is not on this platform any more; what
        keeps the study from filling the form in, with the study's fields.
    """
    pact.check_consent(fields)
    try:
        study, background, rule = _source(declaration)
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error
    body = pact.document(_told(declaration, background), study, background, rule, fields)
    rows = Declaration.objects.filter(study=declaration.study, kind=declaration.kind).order_by("published_at")
    kept = [row.optional[pact.FORM]["id"] for row in rows if row.optional.get(pact.FORM)]
    before = [known for known in dict.fromkeys(kept) if known != body["id"]]
    return pact.with_before(body, before)


def _source(declaration: Declaration) -> tuple[Study, Any, Rule | None]:
    """Return study, background and rule behind a figure."""
    if declaration.kind == "verified":
        opinion = Opinion.objects.filter(hash=(declaration.statement or {}).get("opinion", "")).first()
        if opinion is None:
            raise Invalid.of("pact_source_gone", "shown")
        return pact.of_package(studies.read_json(opinion.package_hash))
    found = Result.objects.filter(hash=declaration.source, revision__study=declaration.study).first()
    if found is None:
        raise Invalid.of("pact_source_gone", "shown")
    body = studies.parsed(SYSTEM, declaration.study_id, found.revision.number)
    background = studies.background(SYSTEM, declaration.study_id, body.release)
    return body, background, rulebook.rule(body.rule) if body.rule else None


def _told(declaration: Declaration, background: Any) -> pact.Told:
    owner, facts = declaration.owner, declaration.facts
    return pact.Told(
        key=str(declaration.id),
        number=declaration.number,
        holder={"name": owner.name_zh, "id": orders.identity_of(owner)},
        product=facts["product"],
        models=(),
        valid_until=declaration.valid_until,
        release={"name": background.name, "version": background.hash},
        comment=_comment(declaration),
    )


def _comment(declaration: Declaration) -> str:
    """Return of what standing the document is, and the published figure beside it."""
    facts, number = declaration.facts, declaration.number
    figure = f"{facts['value']} {facts['unit']}"
    fields_zh = "本文件按 PACT 参数得出，未经认证，只含持有人同意公开的字段。"
    fields_en = "This document follows under PACT's parameters; it is not certified and has only what is published."
    if declaration.kind == "verified" and declaration.body is not None:
        body = declaration.body
        zh = f"{number}：经 {body.name_zh} 核查的数值为 {figure}，不是证书。"
        en = f"{number}: {body.name_en or body.name_zh} has verified {figure}; it is no certificate."
    else:
        zh = f"{number}：企业自行计算的数值为 {figure}，未经他人核查。"
        en = f"{number}: the company's own figure is {figure}, checked by nobody else."
    demo = "演示 DEMO。" if declaration.is_demo else ""
    return f"{demo}{zh}{fields_zh} {en} {fields_en}"


def reasons(declaration: Declaration) -> tuple[Finding, ...]:
    """Return why a figure has no public PACT document; none: it has one."""
    if pact_of_declaration(declaration) is not None:
        return ()
    more = pact.named(dict.fromkeys((*pact.lacking(declaration.shown), pact.FORM)))
    return (finding("pact_not_published", Severity.INFO, declaration.number, fields=more),)


def published(declaration: Declaration) -> dict[str, Any]:
    """Return the public PACT document of a figure.

    Raises
    ------
    Conflict
        ``pact_not_published``: with what the holder would have to publish.
    """
    found = pact_of_declaration(declaration)
    if found is None:
        raise Conflict(*reasons(declaration))
    return found
