"""The sections before and after the figures: what was studied, why, within what boundary, with what data and versions.

The order follows what ISO 14067:2018, clause 7 asks a study report to hold; the words are our own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tanbiao.core.amounts import Absence
from tanbiao.core.findings import Lang
from tanbiao.documents import charts, model, text
from tanbiao.documents.report import data_basis
from tanbiao.documents.report.activities import Study, plain, walk
from tanbiao.documents.report.content import Block, Cell, Column, Facts, Section, Table, Words
from tanbiao.documents.report.results import figure, share
from tanbiao.documents.words import pick, term, word


def _facts(key: str, pairs: list[tuple[str, str]], lang: Lang) -> Facts:
    """Return facts with every label translated; what the study does not say is said to be missing."""
    missing = word("not_given", lang)
    return Facts(key, tuple((word(label, lang), shown or missing) for label, shown in pairs))


def summary(result: model.Result, lang: Lang) -> Section:
    """Return the headline figures."""
    total = result["total"]
    unit = text.unit(total["unit"])
    pairs = [
        ("r.declared_value", _declared(result, lang)),
        *([("r.total", f"{text.total(result, lang)} {unit}")] if text.without_uptake(result) else []),
        ("r.completeness", term("completeness", str(total.get("completeness")), lang)),
        ("r.excluding_uptake", _bounded(total.get("excluding_uptake"), result, lang)),
        ("r.interval", _interval(result, lang)),
        ("r.interval_basis", _basis(result, lang)),
    ]
    if model.incomplete(result) and model.figure(total.get("bound")) is not None:
        pairs.append(("r.bound", f"≤ {text.number(float(total['bound']))} {unit}"))
    pairs += [
        ("r.primary_share", share(result.get("primary_data_share"), lang).shown),
        ("r.foreign_share", share(result.get("foreign_share"), lang).shown),
        ("r.quality", figure((result.get("data_quality") or {}).get("score"), 2).shown),
        ("r.absences", _absences(result, lang)),
    ]
    return Section("summary", word("report.summary", lang), (_facts("summary", pairs, lang),))


def _declared(result: model.Result, lang: Lang) -> str:
    """Return the declared value, and that it leaves out uptake where it does."""
    shown = f"{text.headline(result, lang)} {text.unit(result['total']['unit'])}"
    return shown + word("r.without_uptake", lang) if text.without_uptake(result) else shown


def _bounded(value: Any, result: model.Result, lang: Lang) -> str:
    number = model.figure(value)
    if number is None:
        return "–"
    shown = f"{text.number(number)} {text.unit(result['total']['unit'])}"
    if not model.incomplete(result):
        return shown
    return f"≥ {shown}" if result["total"].get("lower_bound", True) else shown + word("known_part", lang)


def _interval(result: model.Result, lang: Lang) -> str:
    figures = [model.figure(result["total"].get(key)) for key in ("p2_5", "p97_5", "p50")]
    low, high, middle = figures
    if low is None or high is None or middle is None:
        return word("r.interval_none", lang)
    errors = {row.key: f" {row.error}" if row.error else "" for row in charts.interval_rows(result, lang)}
    ends = f"{text.number(low)}{errors['p2_5']} – {text.number(high)}{errors['p97_5']}"
    shown = f"{ends} ({text.number(middle)}{errors['p50']}) {text.unit(result['total']['unit'])}"
    return shown + (word("known_part", lang) if model.incomplete(result) else "")


def _basis(result: model.Result, lang: Lang) -> str:
    basis = result["total"].get("interval_basis") or {}
    shown = [
        f"{word('basis.' + key, lang)} {share(basis[key], lang).shown}"
        for key in ("stated", "scored", "assumed")
        if basis.get(key) is not None
    ]
    return text.joined(shown, lang) or "–"


def _absences(result: model.Result, lang: Lang) -> str:
    shown = []
    for item in result["total"].get("absences") or ():
        absent = model.amount(item)
        where = str(item.get("where", ""))
        name = model.stage_name(where.removeprefix("stages."), lang) if where.count(".") == 1 else where
        if isinstance(absent, Absence):
            shown.append(f"{name}: {text.absence(absent, lang)}")
    return "; ".join(shown) or word("none", lang)


def product(result: model.Result, study: Study, lang: Lang) -> Section:
    """Return what the figure is for."""
    own = study.get("product") or {}
    unit = study.get("unit") or {}
    identity = result["study"]
    of = pick(identity.get("declared_of"), lang)
    pairs = [
        ("r.name", pick(identity.get("name"), lang)),
        ("r.model", plain(identity.get("model"), lang)),
        ("r.category", plain(identity.get("category"), lang)),
        ("r.function", plain(own.get("function"), lang)),
        ("r.declared_unit", f"{identity.get('declared_unit', '')} {of}".strip()),
        ("r.functional_unit", plain(unit.get("functional"), lang)),
        ("r.reference_flow", plain(unit.get("reference_flow"), lang)),
        ("r.sites", plain(own.get("sites"), lang)),
    ]
    return Section("product", word("report.product", lang), (_facts("product", pairs, lang),))


def goal(study: Study, lang: Lang) -> Section:
    """Return why the study was made and for whom."""
    given = study.get("goal") or {}
    pairs = [
        ("r.application", plain(given.get("application"), lang)),
        ("r.reason", plain(given.get("reason"), lang)),
        ("r.audience", plain(given.get("audience"), lang)),
        ("r.comparison", plain(given.get("public_comparison"), lang)),
    ]
    return Section("goal", word("report.goal", lang), (_facts("goal", pairs, lang),))


def boundary(result: model.Result, study: Study, lang: Lang) -> Section:
    """Return the boundary, what each stage declares, and what was cut off."""
    columns = (Column(word("c.stage", lang), 1.2), Column(word("c.state", lang), 3.0))
    rows: list[tuple[Cell, ...]] = []
    for part in model.stages(result):
        state = word("state.declared", lang) if part.absent is None else text.absence(part.absent, lang)
        stated = (study.get("stages") or {}).get(part.key)
        if part.absent is None and isinstance(stated, Mapping):
            state = plain(stated, lang)
        elif part.open:
            state = f"{state}; {word('completeness.incomplete', lang)}"
        rows.append((model.stage_name(part.key, lang), state))
    pairs = [
        ("r.boundary", term("boundary", str(result["study"].get("boundary")), lang)),
        ("r.capital", plain(study.get("capital_goods"), lang)),
    ]
    table = Table("stage_state", word("t.stage_state", lang), columns, tuple(rows))
    return Section(
        "boundary", word("report.boundary", lang), (_facts("boundary", pairs, lang), table, _cut_off(result, lang))
    )


def _cut_off(result: model.Result, lang: Lang) -> Block:
    """Return the cut-off ledger; of an older result the list of what was cut off."""
    if "exclusions" in result:
        return data_basis.exclusions(result, lang).blocks[0]
    given = result.get("cut_off") or ()
    if not given:
        return Words((f"{word('t.cut_off', lang)}: {word('r.nothing', lang)}",))
    columns = (
        Column(word("c.row", lang), 0.6),
        Column(word("c.name", lang), 2.0),
        Column(word("c.bound", lang), 1.2, figures=True),
        Column(word("c.reason", lang), 2.6),
    )
    rows = tuple(
        (
            str(item.get("id", "")),
            plain(item.get("what"), lang),
            _with_unit(item.get("bound"), item.get("unit")),
            plain(item.get("reason"), lang),
        )
        for item in given
    )
    return Table("cut_off", word("t.cut_off", lang), columns, rows)


def _with_unit(value: Any, unit: Any) -> str:
    shown = figure(value).shown
    return shown if shown == "–" else f"{shown} {text.unit(str(unit or ''))}".strip()


def data(result: model.Result, study: Study, lang: Lang) -> Section:
    """Return period, data quality, stand-ins and what is unknown."""
    quality = result.get("data_quality") or {}
    by = quality.get("by") or {}
    period = result["study"].get("period") or {}
    pairs = [
        ("r.period", text.period(str(period.get("from", "")), str(period.get("to", "")), lang)),
        ("r.primary_share", share(result.get("primary_data_share"), lang).shown),
        *data_basis.pairs(result, lang),
        ("r.foreign_share", share(result.get("foreign_share"), lang).shown),
        ("r.quality", figure(quality.get("score"), 2).shown),
        ("r.quality_by", " / ".join(figure(by.get(key), 2).shown for key in ("ter", "ger", "tir", "p"))),
        ("r.assessed", share(quality.get("assessed_share"), lang).shown),
        ("r.assumptions", plain(study.get("assumptions"), lang) or word("none", lang)),
    ]
    blocks: list[Block] = [_facts("data", pairs, lang), _unknown(result, lang), _stand_ins(result, lang)]
    return Section("data", word("report.data", lang), tuple(blocks))


def _unknown(result: model.Result, lang: Lang) -> Block:
    given = result.get("unknown") or ()
    if not given:
        return Words((f"{word('t.unknown', lang)}: {word('r.nothing', lang)}",))
    columns = (Column(word("c.row", lang), 0.6), Column(word("c.name", lang), 2.0), Column(word("c.reason", lang), 3.0))
    rows = tuple(
        (str(item.get("row", "")), pick(item.get("name"), lang), plain(item.get("reason"), lang)) for item in given
    )
    return Table("unknown", word("t.unknown", lang), columns, rows)


def _stand_ins(result: model.Result, lang: Lang) -> Block:
    given = result.get("stand_ins") or ()
    if not given:
        return Words((f"{word('t.stand_ins', lang)}: {word('r.nothing', lang)}",))
    columns = (
        Column(word("c.row", lang), 0.6),
        Column(word("c.for", lang), 2.0),
        Column(word("c.dataset", lang), 2.0),
        Column(word("share", lang), 0.8, figures=True),
        Column(word("c.reason", lang), 2.4),
    )
    rows = tuple(
        (
            str(item.get("row", "")),
            plain(item.get("for"), lang),
            plain(item.get("dataset"), lang),
            share(item.get("share"), lang),
            plain(item.get("reason"), lang),
        )
        for item in given
    )
    return Table("stand_ins", word("t.stand_ins", lang), columns, rows)


def method(result: model.Result, study: Study, lang: Lang) -> Section:
    """Return the choices that the figures hang on: GWP set, electricity, allocation, end of life, biogenic carbon."""
    versions = result["versions"]
    gwp = versions.get("gwp") or {}
    pairs = [
        ("r.rule", plain(versions.get("rule"), lang) or word("r.no_rule", lang)),
        ("r.gwp", _gwp(gwp, lang)),
        ("r.electricity", _electricity(study, lang)),
        ("r.allocation", _allocation(study, lang)),
        ("r.end_of_life", word("r.credits_apart", lang)),
        ("kind.biogenic_uptake", word("r.biogenic", lang)),
        ("r.limitations", plain(study.get("limitations"), lang) or word("none", lang)),
    ]
    return Section("method", word("report.method", lang), (_facts("method", pairs, lang),))


def _gwp(gwp: Mapping[str, Any], lang: Lang) -> str:
    shares = {key: share(gwp.get(f"share_{key}"), lang).shown for key in ("same", "other", "unknown")}
    return word("r.gwp_text", lang, set=gwp.get("set", "–"), **shares)


def _electricity(study: Study, lang: Lang) -> str:
    found: dict[str, None] = {}
    for _, row in walk(study):
        given = row.get("electricity")
        if isinstance(given, Mapping):
            rest = [plain(given.get(key), lang) for key in ("region", "year", "dataset", "proof") if given.get(key)]
            supply = term("supply", str(given.get("supply", "")), lang)
            found.setdefault(f"{supply} ({', '.join(rest)})" if rest else supply)
    return "; ".join(found) or word("none", lang)


def _allocation(study: Study, lang: Lang) -> str:
    found = []
    for name, process in (study.get("processes") or {}).items():
        given = process.get("allocation")
        if given:
            by = term("allocation", str(given.get("by", "")), lang)
            found.append(f"{pick(process.get('name'), lang) or name}: {by} ({plain(given.get('reason'), lang)})")
    return "; ".join(found) or word("r.allocation_none", lang)


def limits(result: model.Result, lang: Lang) -> Section:
    """Return what the figure does not say."""
    lines = [word("r.limit_climate", lang), word("r.limit_neutral", lang), word("r.limit_compare", lang)]
    strong = {"partial": "r.limit_partial", "incomplete": "r.limit_incomplete"}
    state = str(result["total"].get("completeness"))
    blocks: list[Block] = []
    if state in strong:
        blocks.append(Words((word(strong[state], lang),), strong=True))
    blocks.append(Words(tuple(lines)))
    return Section("limits", word("report.limits", lang), tuple(blocks))


def _solution(told: Mapping[str, Any], lang: Lang) -> str:
    """Return what vouches for the equations of the own processes."""
    numbers = {"residual": f"{told['residual']:.1e}", "condition": text.number(float(told["condition"]))}
    return word("r.solution_shown", lang, processes=told["processes"], loops=told["loops"], **numbers)


def versions(result: model.Result, lang: Lang) -> Section:
    """Return everything needed to calculate the same figure again."""
    given = result["versions"]
    gwp = given.get("gwp") or {}
    pairs = [
        ("r.engine", plain(given.get("engine"), lang)),
        *([("r.solution", _solution(result["solution"], lang))] if result.get("solution") else []),
        ("r.method", plain(given.get("method"), lang)),
        ("r.release", plain(given.get("release"), lang)),
        ("r.release_hash", plain(given.get("release_hash"), lang)),
        ("r.rule", plain(given.get("rule"), lang) or word("r.no_rule", lang)),
        ("r.rule_hash", plain(given.get("rule_hash"), lang) or "–"),
        ("r.gwp", _gwp(gwp, lang)),
        ("r.seed", f"{given.get('seed', '–')} / {given.get('samples', '–')}"),
        ("r.study_hash", plain(result["study"].get("hash"), lang)),
    ]
    blocks = (_facts("versions", pairs, lang), Words((word("r.recalculate", lang),)))
    return Section("versions", word("report.versions", lang), blocks)
