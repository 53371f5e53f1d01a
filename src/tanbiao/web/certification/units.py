"""The certification unit of a case: its newest document, what stands against it, and how large it makes the case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from tanbiao.core.findings import Finding, TanbiaoError
from tanbiao.core.schemes import effort
from tanbiao.core.schemes.unit import UnitDocument, UnitLimits, check_unit, parse_unit
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Organisation
from tanbiao.web.certification import recalculation
from tanbiao.web.certification.models import Case
from tanbiao.web.commanding import Invalid
from tanbiao.web.schemes import queries as scheme_queries
from tanbiao.web.studies import queries as studies
from tanbiao.web.studies.models import Study
from tanbiao.workflow.terms import Terms, terms_of

OWN = "holder"
"""Id of the holder among the producers of a unit that was made from the study alone."""


def unit_of(case: Case) -> UnitDocument | None:
    """Return the case's newest unit; one made from its frozen package where none was stated; None without a package."""
    if case.is_of_claim:
        return None
    stated = case.units.order_by("-version").values_list("document", flat=True).first()
    if stated is not None:
        return parse_unit(stated)
    if not case.package_hash:
        return None
    return parse_unit(unit_of_study(recalculation.package_of(case)["study"], case.owner))


def unit_of_study(study: Mapping[str, Any], owner: Organisation) -> dict[str, Any]:
    """Return the unit that a study itself speaks of: its model, made by the holder at the study's sites."""
    product = study["product"]
    name = product.get("name") or {}
    model = str(product.get("model") or name.get("zh") or name.get("en") or "–")[:200]
    region = owner.jurisdiction if owner.jurisdiction.partition("-")[0] == product.get("country", "CN") else ""
    maker = {"id": OWN, "name_zh": owner.name("zh"), "name_en": owner.name_en, "registered_id": owner.uscc or ""}
    sites = [str(site)[:200] for site in product.get("sites") or ()] or [owner.name("zh")]
    return {
        "models": [{"name": model}],
        "representative": model,
        "producers": [lean({**maker, "region": region})],
        "sites": [lean({"name_zh": site, "region": region, "producer": OWN}) for site in dict.fromkeys(sites)],
    }


def suggested(actor: Actor, study: Study) -> UnitDocument | None:
    """Return the unit that the form of an application begins with; None while the study has no frozen package."""
    if not actor.owns(study) or not study.package_hash:
        return None
    return parse_unit(unit_of_study(studies.read_json(study.package_hash)["study"], study.owner))


def lean(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a mapping without its empty texts and Nones."""
    return {key: value for key, value in values.items() if value not in ("", None)}


def limits_of(terms: Terms) -> UnitLimits:
    """Return the scheme's limits of a unit."""
    return UnitLimits(
        site_spread=terms.unit_site_spread_percent,
        model_spread=terms.unit_model_spread_percent,
        average_gap=terms.unit_average_gap_percent,
    )


def declared_of(package: Mapping[str, Any]) -> str:
    """Return the declared figure of a frozen package, kg CO2e per declared unit."""
    result = package["result"]
    declared = result.get("declared") or {}
    return str(declared.get("value") if declared.get("value") is not None else result["total"]["value"])


def refusals(case: Case) -> tuple[Finding, ...] | None:
    """Return what keeps the case's unit from being certified; None where there is no package to judge it by."""
    if case.is_of_claim:
        return ()
    unit = unit_of(case)
    if unit is None:
        return None
    return check_unit(unit, limits_of(terms_of(case.terms)), declared_of(recalculation.package_of(case)))


def resolved(actor: Actor, case: Case, document: Mapping[str, Any]) -> UnitDocument:
    """Return a stated unit, with the figures of its sites read from the studies that they name.

    Raises
    ------
    Invalid
        The document is malformed; ``unit_study_unknown``: a named study is not the actor's, has no frozen package, or
        stands under another rule or declared unit.
    """
    try:
        unit = parse_unit(document)
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error
    sites = [
        site if site.study is None else site.model_copy(update={"figure": _figure(actor, case, index, site.study)})
        for index, site in enumerate(unit.sites)
    ]
    return unit.model_copy(update={"sites": tuple(sites)})


def _figure(actor: Actor, case: Case, index: int, study_id: str) -> str:
    place = f"sites.{index}.study"
    try:
        study = studies.study(actor, UUID(study_id))
        theirs = studies.read_json(study.package_hash) if actor.owns(study) and study.package_hash else None
    except (TanbiaoError, ValueError):
        theirs = None
    mine = recalculation.package_of(case) if case.package_hash else None
    if theirs is None or mine is None or _basis(theirs) != _basis(mine):
        raise Invalid.of("unit_study_unknown", place, study=study_id)
    return declared_of(theirs)


def _basis(package: Mapping[str, Any]) -> tuple[str, ...]:
    result = package["result"]
    study, versions = result["study"], result["versions"]
    return tuple(
        str(part) for part in (result["total"]["unit"], study["declared_unit"], study["boundary"], versions["rule"])
    )


def size_of(case: Case) -> effort.Size | None:
    """Return how large the case is: unit, rows of the frozen result, suppliers' sites; None without a package."""
    unit = unit_of(case)
    if unit is None:
        return None
    category = str(recalculation.package_of(case)["study"]["product"].get("category", ""))
    rows = [effort.RowShare(row.row, row.data, row.share) for row in recalculation.contributions(case)]
    return effort.size_of(scheme_queries.scheme(case.scheme), category, unit, rows)


def man_days_needed(case: Case) -> float | None:
    """Return the least man-days of the case by its scheme's table; None where there is no table or no package."""
    size = size_of(case)
    return effort.man_days(scheme_queries.scheme(case.scheme), size) if size is not None else None
