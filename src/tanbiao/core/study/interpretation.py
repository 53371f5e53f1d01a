"""The interpretation of a result: goal and scope, hot spots, completeness, consistency, sensitivity, limits.

The fourth phase of a footprint study (ISO 14067:2018, 6.6; GB/T 24067-2024 follows it). Everything here is read off the
result, but for the sensitivity, which calculates the study again under other choices. What the author says to it
(``remarks``) stands beside the generated figures and changes none of them. Thresholds are project defaults.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tanbiao.core.amounts import add
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.rules.model import Rule
from tanbiao.core.study.background import Background
from tanbiao.core.study.goal import goal_and_scope
from tanbiao.core.study.method_defaults import default
from tanbiao.core.study.model import Study
from tanbiao.core.study.preview import preview
from tanbiao.core.study.sensitivity import largest, sensitivity
from tanbiao.core.variation import VARIED

FORMAT: Final = "interpretation/1"
OK: Final = "ok"
ATTENTION: Final = "attention"


def interpret(
    study: Study, release: Background, rule: Rule | None, result: Mapping[str, Any], varied: float = VARIED
) -> dict[str, Any]:
    """Return the interpretation of a result as JSON values.

    Parameters
    ----------
    result
        The result document of the study under the release and the rule.
    varied
        Share by which one input at a time is made smaller and larger; see :func:`tanbiao.core.study.preview.preview`.

    Returns
    -------
    dict
        ``goal``, ``hot_spots``, ``completeness``, ``consistency``, ``sensitivity`` with ``largest``, ``preview``,
        ``limits`` and ``remarks``. Statements are codes with parameters; their words stand in the reports.

    Raises
    ------
    TanbiaoError
        ``result_older``: the result was made before results had what this needs; ``variation_out_of_range``.
    """
    if "exclusions" not in result:
        raise TanbiaoError.of("result_older", "result")
    table = sensitivity(study, release, rule, result)
    return {
        "tanbiao": FORMAT,
        "study": study.hash,
        "goal": goal_and_scope(study),
        "hot_spots": hot_spots(result),
        "completeness": completeness(result),
        "consistency": consistency(study, result),
        "sensitivity": table,
        "largest": largest(table),
        "preview": preview(study, release, rule, varied),
        "limits": limits(study, result),
        "remarks": {} if study.remarks is None else study.remarks.model_dump(mode="json"),
    }


def hot_spots(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the rows, from the heaviest on, that together make most of the emission, and the stages by weight."""
    rows: dict[str, dict[str, Any]] = {}
    for item in result["contributions"]:
        line = rows.setdefault(item["row"], {"row": item["row"], "name": item["name"], "stages": [], "values": []})
        line["values"].append(float(item["value"]))
        if item["stage"] not in line["stages"]:
            line["stages"].append(item["stage"])
    lines = [
        {"row": line["row"], "name": line["name"], "stages": line["stages"], "value": add(*line["values"])}
        for line in rows.values()
    ]
    whole = add(0.0, *(abs(line["value"]) for line in lines))
    lines.sort(key=lambda line: (-abs(line["value"]), line["row"]))
    wanted, taken, reached = default("hot_spot_coverage"), [], 0.0
    for line in lines:
        if not whole or reached >= wanted * (1 - 1e-12):
            break
        weight = abs(line["value"]) / whole
        reached = add(reached, weight)
        taken.append({**line, "weight": weight})
    stages = {key: value for key, value in result["stages"].items() if isinstance(value, int | float)}
    heavy = sorted(stages.items(), key=lambda pair: -abs(pair[1]))
    return {
        "coverage": wanted,
        "reached": reached,
        "rows": taken,
        "others": len(lines) - len(taken),
        "stages": [{"stage": key, "value": value} for key, value in heavy],
    }


def completeness(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is missing: absences by kind, what was left out against the limit, checks that could not be run."""
    absences: dict[str, int] = {}
    for item in result["total"]["absences"]:
        absences[item["absent"]] = absences.get(item["absent"], 0) + 1
    left_out = result["exclusions"]
    checks = result["checks"]
    return {
        "state": result["total"]["completeness"],
        "bound": result["total"]["bound"],
        "absences": absences,
        "left_out": {"sums": left_out["sums"], "limit": left_out["limit"]},
        "checks": {
            state: [item["check"] for item in checks if item["state"] == state] for state in ("failed", "not_run")
        },
        "checks_made": len(checks),
    }


def consistency(study: Study, result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return whether data and method are the same throughout: each point ``ok`` or ``attention``, with its figures."""
    gwp = result["versions"]["gwp"]
    other = float(gwp["share_other"]) + float(gwp["share_unknown"])
    by_share = {
        "gwp": other,
        "foreign": result["foreign_share"],
        "stand_ins": result["stand_in_share"],
        "old_factors": _old_share(study, result),
        "unassessed": 1.0 - float(result["data_quality"]["assessed_share"]),
    }
    points = []
    for point, share in by_share.items():
        known = isinstance(share, int | float)
        limit = default("consistency_share")
        state = ATTENTION if not known or share > limit + 1e-12 else OK
        points.append({"point": point, "state": state, "share": share, "limit": limit})
    flags = {
        "period": result["data_period"]["provisional"],
        "screening": result["screening"]["screening"],
        "own_site_data": any(row["lacking"] for row in result["control"]),
    }
    return points + [
        {"point": key, "state": ATTENTION if flag else OK, "share": None, "limit": None} for key, flag in flags.items()
    ]


def _old_share(study: Study, result: Mapping[str, Any]) -> float:
    """Return the share of |emission| whose factor stands for a year long before the data period, or for none."""
    oldest = int(study.period.from_[:4]) - default("old_factor_years")
    weights = [(abs(float(item["value"])), item) for item in result["contributions"] if item["dataset"] is not None]
    whole = add(0.0, *(abs(float(item["value"])) for item in result["contributions"]))
    old = add(0.0, *(weight for weight, item in weights if item["year"] is None or item["year"] < oldest))
    return old / whole if whole else 0.0


def limits(study: Study, result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what the figure does not say, as codes with parameters, the gravest first."""
    period, screening, total = result["data_period"], result["screening"], result["total"]
    found: list[dict[str, Any]] = []
    if screening["screening"]:
        rows = list(dict.fromkeys(row["row"] for row in screening["rows"]))
        found.append({"code": "screening", "rows": rows})
    if total["completeness"] != "complete":
        found.append({"code": str(total["completeness"])})
    if period["provisional"]:
        found.append({"code": "provisional", "months": period["months"], "required": period["required"]})
    if study.goal.public_comparison:
        found.append({"code": "public_comparison"})
    assumed = float(total["interval_basis"]["assumed"])
    if assumed:
        found.append({"code": "assumed_spread", "share": assumed})
    return [*found, {"code": "climate_only"}, {"code": "no_offsets"}, {"code": "same_rule_only"}]
