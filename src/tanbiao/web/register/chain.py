"""The chain behind a certificate, link by link: what it is, who answers for it, when, its hash, what can be opened.

Persons are not named: a body's reviewer and decider are known to it, to the public the body answers. A link's documents
are those that are public.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from tanbiao.core.findings import Lang, TanbiaoError
from tanbiao.core.rules.outcome import title
from tanbiao.web.accounts.actor import ANONYMOUS
from tanbiao.web.accounts.roles import Role
from tanbiao.web.certification.words import OPINION_WORDS
from tanbiao.web.factors import queries as factors
from tanbiao.web.language import current
from tanbiao.web.register import words
from tanbiao.web.register.models import Certificate, Issue
from tanbiao.web.rulebook import queries as rulebook


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the chain.

    ``by`` answers for it, ``how`` says in what part; ``at`` is None where no time is kept apart from the others;
    ``open`` are addresses with their words.
    """

    name: str
    said: str
    by: str
    at: datetime | None
    hash: str
    open: tuple[tuple[str, str], ...] = ()
    how: str = ""


def links(certificate: Certificate, lang: Lang, accreditations: Sequence[str]) -> list[Link]:
    """Return the chain from the label back to what the figure rests on; the decision names the accreditations."""
    claims, order = certificate.claims, certificate.issue.order
    body, holder = _named(claims["body"], lang), _named(claims["holder"], lang)
    days = _times(certificate)
    if certificate.study_id is None:
        return [*_of_claim(certificate, order, days, body, holder, accreditations)]
    return [
        _label(certificate, body),
        *_decided(order, days, body, accreditations),
        *_waivers(order, body),
        Link(_("Frozen calculation package"), "", holder, None, claims["package_hash"], how=_("submitted and sealed")),
        _rule(claims),
        _release(claims),
        Link(
            _("Public commitments"),
            _("to every row of the package, with a salt each"),
            body,
            certificate.issued_at,
            claims["public_bundle_hash"],
            ((_artefact(certificate, "public_bundle"), _("Public proof bundle")),),
        ),
    ]


def _of_claim(
    certificate: Certificate,
    order: Mapping[str, Any],
    days: Mapping[str, datetime],
    body: str,
    holder: str,
    accreditations: Sequence[str],
) -> Iterator[Link]:
    """Yield the chain of a certificate without a figure: credential, three persons of the body, the frozen claim."""
    yield replace(_label(certificate, body), name=_("Credential (signed, for programs)"))
    yield from _decided(order, days, body, accreditations)
    claims = certificate.claims
    yield Link(_("Frozen claim"), "", holder, None, claims["package_hash"], how=_("stated by the holder and sealed"))
    statement = ((_artefact(certificate, "statement"), _("Public statement")),)
    yield Link(_("Public statement"), "", body, certificate.issued_at, claims["public_bundle_hash"], statement)


def _named(party: Mapping[str, str], lang: Lang) -> str:
    return party["name_zh"] if lang == "zh" else (party.get("name_en") or party["name_zh"])


def _times(certificate: Certificate) -> Mapping[str, datetime]:
    """Return when the steps of the case behind a certificate were taken, each the last time."""
    issues = Issue.objects.filter(number=certificate.number, version__lte=certificate.version, case__isnull=False)
    issue = issues.select_related("case").order_by("-version").first()
    if issue is None or issue.case is None:
        return {}
    rows = issue.case.history.filter(event__in=words.STEP_WORDS, is_transition=True).order_by("index")
    return {row.event: row.at for row in rows}


def _artefact(certificate: Certificate, name: str) -> str:
    return f"{reverse('register:artefact', args=(certificate.number, name))}?version={certificate.version}"


def _label(certificate: Certificate, body: str) -> Link:
    offered = [(reverse("register:credential", args=(certificate.number,)), _("Credential (signed, for programs)"))]
    drawn = {
        "pdf_zh": _("Certificate PDF, Chinese"),
        "pdf_en": _("Certificate PDF, English"),
        "label_svg": _("Label"),
    }
    offered += [(_artefact(certificate, name), said) for name, said in drawn.items() if certificate.artefacts.get(name)]
    name = _("Label and credential")
    signed = _("signed with the body's key")
    return Link(name, "", body, certificate.issued_at, certificate.credential_hash, tuple(offered), signed)


def _decided(
    order: Mapping[str, Any], days: Mapping[str, datetime], body: str, accreditations: Sequence[str]
) -> Iterator[Link]:
    """Yield decision, review and opinion: three persons of the body."""
    opinion = order.get("opinion") or {}
    named = ", ".join(accreditations)
    said = _("accreditation %(numbers)s") % {"numbers": named} if named else ""
    yield Link(_("Decision"), said, body, days.get("grant"), str(order.get("decision") or ""), how=_("by its decider"))
    if order.get("review"):
        yield Link(_("Technical review"), "", body, days.get("review"), str(order["review"]), how=_("by its reviewer"))
    assurance = {"limited": _("limited assurance"), "reasonable": _("reasonable assurance")}
    stated = [str(OPINION_WORDS.get(opinion.get("kind", ""), "")), assurance.get(opinion.get("assurance", ""), "")]
    said, at = " · ".join(one for one in stated if one), days.get("state_opinion")
    yield Link(_("Verification opinion"), said, body, at, str(opinion.get("hash", "")), how=_("by its team"))


def _waivers(order: Mapping[str, Any], body: str) -> Iterator[Link]:
    for one in order.get("waivers") or ():
        parts = [title(None, one["check"], current()), one["process"], one["clause"]]
        said = " · ".join(part for part in parts if part)
        how = str(Role(one["role"]).label)
        yield Link(_("Check waived in the verification"), said, body, None, one["hash"], how=how)


def _rule(claims: Mapping[str, Any]) -> Link:
    reference = f"{claims['rule_id']}@{claims['rule_version']}"
    rows = rulebook.rules(ANONYMOUS).filter(rule_id=claims["rule_id"])
    found = next((row for row in rows if row.reference == reference), None)
    offered = ((reverse("rulebook:rule", args=(found.id,)), _("The rule")),) if found else ()
    return Link(_("Rule"), reference, "", None, claims["rule_hash"], offered)


def _release(claims: Mapping[str, Any]) -> Link:
    name = claims["release"]
    try:
        found = factors.release(ANONYMOUS, name) if name else None
    except TanbiaoError:
        found = None
    offered = ((reverse("factors:release", args=(name,)), _("The release")),) if found else ()
    return Link(_("Factor release"), name, "", None, found.hash if found else "", offered)
