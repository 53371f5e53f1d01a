"""What a certificate of another kind says in public, and the lint that keeps a footprint's figure out of it.

The statement can be checked by itself: its numbers follow from its claim and the certified figures that it cites, and
:func:`lint` works them out again. An organisation's certificate has no amount at all; a product's cites the footprint
as it was certified and states its own amount beside it, never the difference of both.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.kinds.cited import Cited
from tanbiao.core.kinds.model import FORMS, parse_claim
from tanbiao.core.kinds.package import FIGURE, computed

ORGANISATION: Final = ("management_system", "service")
LABEL_FIELDS: Final = ("value", "unit", "declared_unit", "boundary", "stages", "grade", "productCarbonFootprint", "net")
"""What only a footprint's certificate and label have; no statement has such a field of its own."""
FIELDS: Final = ("form", "subject", "claim", "cited", "computed")


def statement_of(package: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a package is public; how an organisation meets a requirement is not."""
    claim = dict(package["claim"])
    if claim["form"] in ORGANISATION:
        claim["requirements"] = [one["requirement"] for one in claim.pop("fulfils", ())]
    return {
        "form": claim["form"],
        "subject": dict(package["subject"]),
        "claim": claim,
        "cited": {role: dict(one) for role, one in package["cited"].items()},
        "computed": dict(package["computed"]),
    }


def lint(statement: Mapping[str, Any]) -> None:
    """Check a statement by itself before it is signed, and whenever a certificate is verified.

    Raises
    ------
    TanbiaoError
        ``claim_statement_wrong`` with the place and why.
    """
    if sorted(statement) != sorted(FIELDS) or statement["form"] not in FORMS:
        raise _wrong("statement", "fields")
    for part in (statement, statement["claim"], statement["subject"]):
        alien = next((name for name in LABEL_FIELDS if name in part), "")
        # A removal states the unit of its own amount; nothing else has one.
        if alien and not (alien == "unit" and statement["form"] == "removal" and part is statement["claim"]):
            raise _wrong(alien, "a footprint's field")
    if statement["claim"].get("form") != statement["form"]:
        raise _wrong("claim.form", "another form")
    try:
        again = _again(statement)
    except (TanbiaoError, KeyError, ArithmeticError, TypeError, ValueError, AttributeError) as error:
        raise _wrong("claim", type(error).__name__) from error
    if again != statement["computed"]:
        raise _wrong("computed", "does not follow from claim and cited certificates")
    if statement["form"] in ORGANISATION and FIGURE.search(json.dumps(statement, ensure_ascii=False)):
        raise _wrong("claim", "a figure in a certificate that has none")


def _again(statement: Mapping[str, Any]) -> dict[str, str]:
    claim = statement["claim"]
    if statement["form"] in ORGANISATION:
        if statement["cited"]:
            raise ValueError("cited")
        return {"requirements": str(len(claim["requirements"])), "sites": str(len(claim["sites"]))}
    cited = {role: Cited.read(one) for role, one in statement["cited"].items()}
    return computed(parse_claim(claim), cited)


def _wrong(field: str, reason: str) -> TanbiaoError:
    return TanbiaoError.of("claim_statement_wrong", field, field=field, reason=reason)
