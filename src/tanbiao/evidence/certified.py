"""Certificates of every kind alike: reading, writing and linting their credentials by the type they have.

A product's footprint has :class:`tanbiao.evidence.claims.CertificateClaims`, every other kind
:class:`tanbiao.evidence.claim_certificates.KindClaims`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tanbiao.evidence import claim_certificates, claims
from tanbiao.evidence.claim_certificates import KindClaims
from tanbiao.evidence.claims import CertificateClaims

AnyClaims = CertificateClaims | KindClaims


def credential_of(said: AnyClaims) -> dict[str, Any]:
    """Return the unsigned credential of the claims."""
    return claim_certificates.credential_of(said) if isinstance(said, KindClaims) else claims.credential_of(said)


def claims_of(credential: Mapping[str, Any]) -> AnyClaims:
    """Read the claims back from a credential.

    Raises
    ------
    TanbiaoError
        What the reader of its kind raises.
    """
    if claim_certificates.is_ours(credential):
        return claim_certificates.claims_of(credential)
    return claims.claims_of(credential)


def lint(credential: Mapping[str, Any]) -> None:
    """Check a credential before it is signed.

    Raises
    ------
    TanbiaoError
        What the lint of its kind raises.
    """
    (claim_certificates if claim_certificates.is_ours(credential) else claims).lint(credential)
