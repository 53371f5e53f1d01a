"""Certification of other kinds than a product's footprint: what each claims, how it is checked, what is frozen of it.

A footprint is certified from a calculation package. A certificate of another kind (management system, service,
reduction, removal, neutrality) is certified from a **claim**: a document of its own (``tanbiao: claim/1``) that is
checked against the scheme and against the certificates it cites, and frozen with what was computed from them. None of
them has a figure of a footprint, and none changes one.
"""

from tanbiao.core.kinds.check import check_claim
from tanbiao.core.kinds.cited import Cited
from tanbiao.core.kinds.model import Claim, parse_claim
from tanbiao.core.kinds.package import freeze, recompute, verification_view

__all__ = ["Cited", "Claim", "check_claim", "freeze", "parse_claim", "recompute", "verification_view"]
