"""What an operator communicates of its goods to importers under the border adjustment mechanism, precursors included.

The structure is this project's own: per good the attributed emissions, the specific mass of every precursor with its
embedded emissions, and the sums (:mod:`tanbiao.core.study.cbam` names the equations).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tanbiao import __version__
from tanbiao.core.amounts import add
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.rules.model import Rule
from tanbiao.core.standing import rule_notice
from tanbiao.core.study import cbam
from tanbiao.core.study.background import Background
from tanbiao.core.study.cbam import Embedded, Input
from tanbiao.core.study.cbam_parts import Cbam, PowerFactor
from tanbiao.core.study.form_parts import FormDetails
from tanbiao.core.study.model import Study
from tanbiao.formats.forms.basis import decimal, plain, stamp, without

FORM = "cbam"


def make(
    study: Study, release: Background, *, created: datetime, rule: Rule | None = None
) -> tuple[dict[str, Any], list[Finding]]:
    """Return (document, findings) of a study; no category rule decides anything of it.

    Parameters
    ----------
    rule
        The rule of the study; its standing is said.

    Raises
    ------
    TanbiaoError
        As :func:`tanbiao.core.study.cbam.embedded`; ``form_field_missing`` for what the section leaves out.
    """
    account = cbam.embedded(study, release)
    stated, details = study.cbam, study.forms or FormDetails()
    assert stated is not None
    wanted = {
        "operator.name": (details.company, "forms.company.name"),
        "installation.name": (stated.installation, "cbam.installation.name"),
        "cn_code": (account.declared.good.cn, f"cbam.goods.{account.declared.id}.cn"),
        "production_route": (account.declared.good.route, f"cbam.goods.{account.declared.id}.route"),
    }
    missing = [
        finding("form_field_missing", Severity.BLOCKING, place, form=FORM, field=key, study_field=place)
        for key, (value, place) in wanted.items()
        if value is None
    ]
    if missing or details.company is None or stated.installation is None:
        raise TanbiaoError(*missing)
    body = {
        "form": f"{FORM}/1",
        "statement": dict(cbam.table()["statement"]),
        "rule_notice": rule_notice(rule.reference, rule.standing) if rule else None,
        "basis": dict(cbam.table()["sources"]),
        "created": stamp(created),
        "operator": without({"name": details.company.name, "address": details.company.address}),
        "installation": without(stated.installation.model_dump()),
        "period": {"from": study.period.from_, "to": study.period.to},
        "unit": "t CO2e/t",
        "electricity": _power(stated),
        "declared": account.declared.id,
        "goods": [good(item) for item in account.goods],
        "biomass_evidence": stated.biomass.evidence if stated.biomass else None,
        "versions": {
            "engine": __version__,
            "release": release.name,
            "release_hash": release.hash,
            "gwp": cbam.table()["gwp"],
            "study": study.hash,
            "goods_table": cbam.table()["version"],
        },
    }
    return without(body), list(account.findings)


def good(item: Embedded) -> dict[str, Any]:
    """Return a good with its precursors as JSON values: figures as decimal text, t CO2e per t."""
    stated = item.good
    return without(
        {
            "id": item.id,
            "name": dict(item.name),
            "category": {
                "id": item.category.id,
                "name": dict(item.category.name),
                "only_direct_emissions_count": item.category.direct_only,
            },
            "cn_code": stated.cn,
            "production_route": stated.route,
            "parameters": dict(stated.parameters) or None,
            "attributed_emissions": {"direct": _text(item.own_direct), "indirect": _text(item.own_indirect)},
            "corrections": _text(item.corrections) if stated.corrections else None,
            "electricity_consumed": _text(item.electricity),
            "specific_embedded_emissions": {
                "direct": _text(item.direct),
                "indirect": _text(item.indirect),
                "total": _text(item.total),
            },
            "functional_unit": _functional(item),
            "share_of_default_values": _text(100 * item.default_share),
        }
    ) | {"precursors": [_precursor(one, item.total) for one in item.inputs]}


def _functional(item: Embedded) -> dict[str, Any] | None:
    """Return the same per tonne of contained clinker or nitrogen; None where the tonne of the good is the unit."""
    unit, content = item.category.functional_unit, item.content
    if unit is None or content is None:
        return None
    return {
        "of": unit["of"],
        "name": {"zh": unit["zh"], "en": unit["en"]},
        "content": _text(content),
        "specific_embedded_emissions": {
            "direct": _text(item.direct / content),
            "indirect": _text(item.indirect / content),
            "total": _text(item.total / content),
        },
    }


def _precursor(item: Input, whole: float) -> dict[str, Any]:
    direct, indirect = item.adds
    return without(
        {
            "id": item.id,
            "name": dict(item.name),
            "category": item.category.id,
            "made_here": item.own,
            "specific_mass": _text(item.mass),
            "specific_embedded_emissions": {"direct": _text(item.direct), "indirect": _text(item.indirect)},
            "adds": {"direct": _text(direct), "indirect": _text(indirect)},
            "default_value": item.default,
            "exempt_origin": item.exempt,
            "country": item.country,
            "source": item.source,
        }
    ) | {"share": _text(100 * add(direct, indirect) / whole) if whole > 0 else None}


def _power(stated: Cbam) -> dict[str, Any] | None:
    if stated.electricity is None:
        return None

    def one(factor: PowerFactor) -> dict[str, Any]:
        return {"factor": factor.factor, "kind": factor.kind, "source": factor.source}

    rows = {key: one(item) for key, item in stated.electricity.rows.items()}
    return {**one(stated.electricity), **({"rows": rows} if rows else {})}


def _text(value: float) -> str:
    return plain(decimal(value))
