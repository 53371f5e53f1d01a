"""Indirect-carbon certificates attached to a case: a green product, an energy or environmental management system.

They state no figure and change none; a body uses them where they stand behind the applicant's data and management.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.core.schemes.model import Scheme


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """What is said of an attached certificate; days are ISO dates, both included.

    Parameters
    ----------
    kind
        Kind of certification by the scheme's id of it.
    standard
        What it certifies conformity to: ``GB/T 23331``, ``ISO 50001:2018``.
    holder_id
        Registered id of its holder; the applicant's own or nothing of it counts.
    """

    kind: str
    standard: str
    number: str
    body_name: str
    holder_id: str
    valid_from: str
    valid_until: str


def check_attached(scheme: Scheme, certificate: Attached, *, applicant_id: str, day: str) -> tuple[Finding, ...]:
    """Return why a certificate can't be attached to a case under a scheme on a day; none: it can."""
    return tuple(_check(scheme, certificate, applicant_id, day))


def _check(scheme: Scheme, certificate: Attached, applicant_id: str, day: str) -> Iterator[Finding]:
    indirect = [kind for kind in scheme.kinds if kind.carbon == "indirect"]
    kind = next((one for one in indirect if one.id == certificate.kind), None)
    if kind is None:
        known = ", ".join(one.id for one in indirect) or "—"
        yield _no("attached_kind_unknown", "kind", kind=certificate.kind or "—", known=known)
    elif kind.accepts and not any(is_to(certificate.standard, name) for name in kind.accepts):
        yield _no("attached_standard_other", "standard", standard=certificate.standard, known=", ".join(kind.accepts))
    if not certificate.number.strip() or not certificate.body_name.strip():
        yield _no("attached_unnamed", "number")
    if certificate.holder_id != applicant_id:
        yield _no("attached_holder_other", "holder_id", holder=certificate.holder_id or "—")
    if certificate.valid_until < certificate.valid_from:
        yield _no("attached_term_reversed", "valid_until")
    elif not stands(certificate, day):
        first, last = certificate.valid_from, certificate.valid_until
        yield _no("attached_not_valid", "valid_until", first=first, last=last, day=day)


def stands(certificate: Attached, day: str) -> bool:
    """Whether a certificate is valid on a day."""
    return certificate.valid_from <= day <= certificate.valid_until


def is_to(standard: str, name: str) -> bool:
    """Whether a standard is the named one, in whatever edition: ``ISO 50001:2018`` is to ``ISO 50001``."""
    plain = standard.strip().upper()
    rest = plain.removeprefix(name.upper())
    return plain.startswith(name.upper()) and (not rest or not rest[0].isalnum())


def _no(code: str, where: str, **params: str) -> Finding:
    return finding(code, Severity.BLOCKING, where, **params)
