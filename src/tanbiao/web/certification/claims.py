"""Claims of cases of another kind than a footprint: what they cite, what stands against them, the credits they use.

Where the cited certificates stand is a higher feature's knowledge: the register hands it in (:func:`reader`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tanbiao.core.canonical import canonical_bytes
from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.core.kinds import Cited, Claim, check_claim, freeze
from tanbiao.core.kinds.check import folded, serials
from tanbiao.core.kinds.model import Citation, NeutralClaim
from tanbiao.core.kinds.package import cited_of, claim_of
from tanbiao.core.schemes.parts import Kind
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Organisation
from tanbiao.web.certification.models import Case, CaseClaim, CreditRegistry, UsedCredit
from tanbiao.web.commanding import Conflict
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.schemes import queries as scheme_queries
from tanbiao.web.studies.queries import read_json

ROLES = ("baseline", "later", "footprint", "reduction")
"""Names under which a claim cites certificates."""
Reader = Callable[[Citation], Cited | None]
_readers: list[Reader] = []


def reader(read: Reader) -> Reader:
    """Register who knows certificates: the register does so once."""
    _readers.append(read)
    return read


def cited_by(claim: Claim) -> dict[str, Cited]:
    """Return the certificates that a claim cites and the register knows, by role."""
    named = {role: getattr(claim, role, None) for role in ROLES}
    found = {role: _known(one) for role, one in named.items() if one is not None}
    return {role: one for role, one in found.items() if one is not None}


def _known(citation: Citation) -> Cited | None:
    return next((one for read in _readers if (one := read(citation)) is not None), None)


def registered_id(organisation: Organisation) -> str:
    """Return what an organisation is told apart by among holders of certificates."""
    return organisation.uscc or organisation.foreign_id or str(organisation.id)


def kind_of(case: Case) -> Kind | None:
    """Return the scheme's kind of certification of a case."""
    return scheme_queries.scheme(case.scheme).kind(case.certification)


def package_of(case: Case) -> dict[str, Any]:
    """Return the frozen package of the claim that the case's round is about."""
    return read_json(case.package_hash)


def newest_hash(case: Case) -> str:
    """Return the package of the newest claim that was stated in a case; empty where there is none."""
    return case.claims.order_by("-version").values_list("package_hash", flat=True).first() or ""


def against(kind: Kind, claim: Claim, cited: Mapping[str, Cited], owner: Organisation) -> tuple[Finding, ...]:
    """Return what stands today against a claim of an organisation."""
    today = clock.today().isoformat()
    return check_claim(kind, claim, cited, applicant_id=registered_id(owner), day=today)


def refusals(case: Case) -> tuple[Finding, ...]:
    """Return what stands today against the frozen claim of a case: a cited certificate that has ended or another
    figure in its place, credits that are not in the case's hands."""
    kind = kind_of(case)
    if kind is None or not case.package_hash:
        return (finding("claim_missing", Severity.BLOCKING, "claim"),)
    package = package_of(case)
    claim, frozen = claim_of(package), cited_of(package)
    now = cited_by(claim)
    moved = [role for role, one in frozen.items() if role in now and now[role].credential != one.credential]
    changed = tuple(
        finding("claim_citation_changed", Severity.BLOCKING, role, number=frozen[role].number) for role in moved
    )
    return (*changed, *against(kind, claim, now, case.owner))


def keep(actor: Actor, case: Case, kind: Kind, claim: Claim) -> CaseClaim:
    """Freeze a claim as the newest of its case, with the credits that it uses.

    Raises
    ------
    Conflict
        What stands against it; ``credit_used``.
    """
    cited = cited_by(claim)
    refused = against(kind, claim, cited, case.owner)
    if refused:
        raise Conflict(*refused)
    names = {"zh": case.owner.name("zh"), "en": case.owner.name("en")}
    package = freeze(claim, cited, certification=case.certification, applicant=names)
    give_back_credits(case)
    if isinstance(claim, NeutralClaim):
        _take_credits(case, claim)
    stored = ledger.put_blob(canonical_bytes(package), "application/json")
    case.subject = package["subject"]
    case.save(update_fields=["subject"])
    return CaseClaim.objects.create(
        case=case, version=case.claims.count() + 1, package_hash=stored, by=actor.person, at=clock.now()
    )


def _take_credits(case: Case, claim: NeutralClaim) -> None:
    """Take blocks of credits for a case; whoever comes at the same time waits for the registry's row."""
    keys = sorted({folded(one.registry) for one in claim.credits})
    for key in keys:
        CreditRegistry.objects.get_or_create(key=key)
    rows = {row.key: row for row in CreditRegistry.objects.select_for_update().filter(key__in=keys).order_by("key")}
    for at, one in enumerate(claim.credits):
        registry, block = rows[folded(one.registry)], folded(one.block)
        held = UsedCredit.objects.filter(registry=registry, block=block, given_back_at__isnull=True)
        if held.filter(first__lte=one.last, last__gte=one.first).exists():
            raise Conflict.of("credit_used", f"credits.{at}", serials=serials(one))
        UsedCredit.objects.create(
            registry=registry, block=block, first=one.first, last=one.last, case=case, at=clock.now()
        )


def give_back_credits(case: Case) -> None:
    """Give back the credits of a case: it ends without a certificate, or its claim is stated anew."""
    case.credits.filter(given_back_at__isnull=True).update(given_back_at=clock.now())
