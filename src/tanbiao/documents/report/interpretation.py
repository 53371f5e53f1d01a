"""The interpretation in words and tables: goal and scope, hot spots, completeness, consistency, sensitivity, limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tanbiao.core.findings import Lang, from_json, render
from tanbiao.documents import model, text
from tanbiao.documents.report.content import Block, Cell, Column, Facts, Figure, Section, Table, Words
from tanbiao.documents.report.results import figure, share, value_column
from tanbiao.documents.words import pick, term, word

Told = Mapping[str, Any]


def sections(told: Told, result: model.Result, lang: Lang) -> tuple[Section, ...]:
    """Return the whole interpretation, as a page of its own shows it."""
    return (
        goal(told, lang),
        *analysis(told, result, lang),
        Section("preview", word("t.preview", lang), (_preview(told["preview"], result, lang),)),
        limits(told, lang),
    )


def analysis(told: Told, result: model.Result, lang: Lang) -> tuple[Section, ...]:
    """Return hot spots, completeness, consistency and sensitivity."""
    return (
        _section("hot_spots", [_hot_spots(told["hot_spots"], result, lang)], told, lang),
        _section("completeness", [_completeness(told["completeness"], lang)], told, lang),
        _section("consistency", [_consistency(told["consistency"], lang)], told, lang),
        _section("sensitivity", [_sensitivity(told, result, lang), *_notes(told, lang)], told, lang),
    )


def _section(key: str, blocks: list[Block], told: Told, lang: Lang) -> Section:
    """Return a section; what the author says to it stands under the generated figures."""
    remark = pick(told["remarks"].get(key), lang)
    if remark:
        blocks.append(Words((word("i.remark", lang, text=remark),)))
    return Section(key, word(f"i.{key}", lang), tuple(blocks))


def goal(told: Told, lang: Lang) -> Section:
    """Return goal and scope; what the study does not say is said to be missing."""
    given, missing = told["goal"], word("not_given", lang)
    capital = text.joined(
        [f"{word('key.' + key, lang)}: {value}" for key, value in given["capital_goods"].items()], lang
    )
    audience = text.joined([term("plain", item, lang) for item in given["audience"]], lang)
    pairs = (
        ("r.application", term("plain", str(given["application"]), lang)),
        ("r.reason", given["reason"]),
        ("r.audience", audience),
        ("r.comparison", word("yes" if given["public_comparison"] else "no", lang)),
        ("r.function", pick(given["function"], lang)),
        ("r.declared_unit", given["declared_unit"]),
        ("r.functional_unit", pick(given["functional_unit"], lang)),
        ("r.reference_flow", given["reference_flow"]),
        ("r.boundary", term("boundary", str(given["boundary"]), lang)),
        ("r.capital", capital),
        ("r.period", text.period(given["period"]["from"], given["period"]["to"], lang)),
        ("r.assumptions", "; ".join(pick(item, lang) for item in given["assumptions"]) or word("none", lang)),
        ("r.limitations", "; ".join(pick(item, lang) for item in given["limitations"]) or word("none", lang)),
    )
    facts = Facts("goal_scope", tuple((word(label, lang), str(shown or missing)) for label, shown in pairs))
    return Section("goal_scope", word("i.goal", lang), (facts,))


def _hot_spots(told: Told, result: model.Result, lang: Lang) -> Table:
    columns = (
        Column(word("c.row", lang), 0.8),
        Column(word("c.name", lang), 2.4),
        Column(word("c.stage", lang), 1.2),
        value_column(result, lang),
        Column(word("c.weight", lang), 1.0, figures=True),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            str(item["row"]),
            pick(item["name"], lang),
            text.joined([model.stage_name(key, lang) for key in item["stages"]], lang),
            figure(item["value"]),
            share(item["weight"], lang),
        )
        for item in told["rows"]
    )
    reached = share(told["reached"], lang).shown
    note = word("i.hot_spots_note", lang, count=len(rows), share=reached, others=told["others"])
    return Table("hot_spots", word("t.hot_spots", lang), columns, rows, None, note)


def _completeness(told: Told, lang: Lang) -> Facts:
    absences = [f"{term('absent', key, lang)} × {count}" for key, count in told["absences"].items()]
    sums = told["left_out"]["sums"]
    left_out = [
        f"{word('basis_of.' + key, lang)} {'' if item['complete'] else '≥ '}{share(item['share'], lang).shown}"
        for key, item in sums.items()
    ]
    limit = told["left_out"]["limit"]
    if limit is not None:
        left_out.append(word("i.limit", lang, total=share(limit["total"], lang).shown))
    checks = told["checks"]
    nothing = word("none", lang)
    pairs = (
        ("r.completeness", term("completeness", str(told["state"]), lang)),
        ("i.absences", text.joined(absences, lang) or nothing),
        ("i.left_out", text.joined(left_out, lang)),
        ("i.checks_made", str(told["checks_made"])),
        ("i.checks_failed", ", ".join(checks["failed"]) or nothing),
        ("i.checks_not_run", ", ".join(checks["not_run"]) or nothing),
    )
    return Facts("completeness", tuple((word(label, lang), shown) for label, shown in pairs))


def _consistency(points: Sequence[Told], lang: Lang) -> Table:
    columns = (
        Column(word("i.point", lang), 3.0),
        Column(word("i.share", lang), 1.0, figures=True),
        Column(word("i.limit_column", lang), 1.0, figures=True),
        Column(word("c.state", lang), 1.0),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            word(f"point.{item['point']}", lang),
            share(item["share"], lang) if item["share"] is not None else Figure(None, "–"),
            share(item["limit"], lang),
            word(f"i.{item['state']}", lang),
        )
        for item in points
    )
    return Table("consistency", word("t.consistency", lang), columns, rows, None, word("i.consistency_note", lang))


def _sensitivity(told: Told, result: model.Result, lang: Lang) -> Table:
    columns = (
        Column(word("i.choice", lang), 1.6),
        Column(word("i.used", lang), 1.4),
        Column(word("i.alternative", lang), 1.8),
        value_column(result, lang, 1.2),
        Column(word("i.change", lang), 1.0, figures=True),
    )
    rows: list[tuple[Cell, ...]] = []
    for row in told["sensitivity"]:
        choice = word(f"choice.{row['choice']}", lang)
        if not row["alternatives"]:
            state = "i.no_choice" if row["used"] is None else "i.no_alternative"
            rows.append((choice, _used(row, lang), word(state, lang), "", ""))
        if row.get("credits") is not None:
            own = _with_credits(word("i.as_calculated", lang), row["credits"], lang)
            rows.append((choice, _used(row, lang), *own))
        for item in row["alternatives"]:
            rows += [(choice, _used(row, lang), *cells) for cells in _alternative(row, item, lang)]
    return Table(
        "sensitivity", word("t.sensitivity", lang), columns, tuple(rows), None, _largest(told["largest"], lang)
    )


def _preview(told: Told, result: model.Result, lang: Lang) -> Table:
    """Return the inputs that spread the total most, each varied by itself; the note says that it is a preview."""
    varied = f"{100 * told['varied']:g} %"
    columns = (
        Column(word("i.input", lang), 2.6),
        Column(word("i.variance_share", lang), 1.0, figures=True),
        Column(word("i.smaller", lang, percent=varied), 1.2, figures=True),
        Column(word("i.larger", lang, percent=varied), 1.2, figures=True),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            f"{pick(item['name'], lang)} ({word('i.' + item['kind'], lang)})",
            share(item["share"], lang),
            figure(item["low"]),
            figure(item["high"]),
        )
        for item in told["inputs"]
    )
    relative = "–" if told["relative"] is None else text.percent(told["relative"], 2)
    unit = text.unit(result["total"]["unit"])
    note = word("i.preview_note", lang, sd=figure(told["sd"]).shown, unit=unit, relative=relative)
    if told["others"]:
        note += " " + word("i.preview_rest", lang, others=told["others"], share=share(told["rest"], lang).shown)
    return Table("preview", word("t.preview", lang), columns, rows, None, note)


def _used(row: Told, lang: Lang) -> str:
    return "–" if row["used"] is None else _option(row["choice"], str(row["used"]), lang)


def _option(choice: str, option: str, lang: Lang) -> str:
    """Return an option in words; a set's name, or a process with its method, as it is."""
    if choice == "allocation":
        parts = [part.split(": ") for part in option.split(", ")]
        return text.joined([": ".join([*part[:-1], term("allocation", part[-1], lang)]) for part in parts], lang)
    if choice == "end_of_life":
        return text.joined([term("option", part, lang) for part in option.split(", ")], lang)
    if choice == "credits" and option not in ("apart", "in_total"):
        return text.joined([term("credit", part, lang) for part in option.split(", ")], lang)
    return option if choice == "gwp" else term("option", option, lang)


def _notes(told: Told, lang: Lang) -> Iterator[Block]:
    """Yield what was assumed for alternatives, and how to read those that have credits beside them; each once."""
    body = [render(from_json(note), lang)["message"] for row in told["sensitivity"] for note in _assumed(row)]
    if any(row.get("credits") is not None for row in told["sensitivity"]):
        body.append(word("i.credits_note", lang))
    if body:
        yield Words(tuple(dict.fromkeys(body)))


def _assumed(row: Told) -> list[Told]:
    return [note for item in row["alternatives"] for note in item.get("notes", ())]


def _alternative(row: Told, item: Told, lang: Lang) -> Iterator[tuple[Cell, Cell, Cell]]:
    """Yield the line of an alternative, and one with the credits that stand apart from its total."""
    name = _option(row["choice"], str(item["id"]), lang)
    name = f"{item['of']}: {name}" if item["of"] else name
    if item["value"] is None:
        why = render(from_json(item["why"]), lang)["message"]
        yield f"{name} ({word('i.not_possible', lang, why=why)})", "–", "–"
        return
    value = figure(item["value"])
    shown = Figure(value.value, f"≥ {value.shown}") if item["lower_bound"] else value
    yield name, shown, _moved(item["relative"])
    if item.get("credits") is not None:
        yield _with_credits(name, item["credits"], lang)


def _with_credits(name: str, told: Told, lang: Lang) -> tuple[Cell, Cell, Cell]:
    """Return the line of a total together with the credits beside it; one of them unknown makes it no plain figure."""
    whole, apart = figure(told["with"]), figure(told["apart"])
    shown = whole if told["complete"] else Figure(whole.value, word("i.known_only", lang, value=whole.shown))
    return word("i.with_credits", lang, option=name, apart=apart.shown), shown, _moved(told["relative"])


def _moved(relative: float | None) -> Figure:
    sign = "+" if relative is not None and relative > 0 else ""
    return Figure(relative, "–" if relative is None else f"{sign}{text.percent(relative, 2)}")


def _largest(item: Told | None, lang: Lang) -> str:
    if item is None or item["relative"] is None:
        return word("i.largest_none", lang)
    choice, change = word(f"choice.{item['choice']}", lang), text.percent(item["relative"], 2)
    told = {"choice": choice, "option": _option(item["choice"], str(item["id"]), lang), "change": change}
    beside = item.get("credits")
    if beside is None or beside["relative"] is None:
        return word("i.largest", lang, **told)
    return word("i.largest_with", lang, **told, with_credits=text.percent(beside["relative"], 2))


def limits(told: Told, lang: Lang) -> Section:
    """Return what the figure does not say; what must not be overlooked comes first and strong."""
    plain = ("climate_only", "no_offsets", "same_rule_only")
    grave = tuple(_limit(item, lang) for item in told["limits"] if item["code"] not in plain)
    light = tuple(_limit(item, lang) for item in told["limits"] if item["code"] in plain)
    blocks: list[Block] = [Words(grave, strong=True)] if grave else []
    blocks.append(Words(light))
    return _section("limits", blocks, told, lang)


_WORDS_OF_LIMITS = {
    "climate_only": "r.limit_climate",
    "no_offsets": "r.limit_neutral",
    "same_rule_only": "r.limit_compare",
    "partial": "r.limit_partial",
    "incomplete": "r.limit_incomplete",
    "screening": "r.screening",
    "provisional": "r.provisional",
}


def _limit(item: Told, lang: Lang) -> str:
    params = {key: value for key, value in item.items() if key != "code"}
    if "rows" in params:
        params["rows"] = text.joined([str(row) for row in params["rows"]], lang)
    if "share" in params:
        params["share"] = share(params["share"], lang).shown
    return word(_WORDS_OF_LIMITS.get(item["code"], f"limit.{item['code']}"), lang, **params)
