"""The declaration of a product carbon footprint: short, public, without a row of the recipe.

It says what is declared, for what, within which boundary, by which rule and versions, how good the data are and what
the figure does not say, in the spirit of the declarations that ISO 14026 and GB/T 24067 ask for; the words are our own.
It is the company's own statement unless ``standing`` names a verifier, and never a certificate.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from tanbiao.core.findings import Lang, TanbiaoError
from tanbiao.documents import charts, model, text
from tanbiao.documents.report import data_basis
from tanbiao.documents.report.content import Block, Column, Facts, Figure, Report, Section, Table, Words
from tanbiao.documents.report.results import figure, share
from tanbiao.documents.words import pick, term, word

Form = Literal["html", "pdf", "docx"]
FORMS: tuple[Form, ...] = ("html", "pdf", "docx")


def check(result: model.Result) -> None:
    """Refuse a result from which no declaration may be made.

    Raises
    ------
    TanbiaoError
        ``declaration_without_rule``; ``declaration_incomplete``; ``declaration_screening``; ``declaration_blocked``
        with the number of findings that stand against it.
    """
    model.check(result)
    if not result.get("declared"):
        raise TanbiaoError.of("declaration_without_rule", "declared")
    if result["declared"].get("text") is None:
        raise TanbiaoError.of("declaration_incomplete", "total")
    if (result.get("screening") or {}).get("screening"):
        raise TanbiaoError.of("declaration_screening", "screening")
    against = [item["code"] for item in result.get("findings") or () if item["severity"] in ("error", "blocking")]
    if against:
        codes = ", ".join(dict.fromkeys(against))
        raise TanbiaoError.of("declaration_blocked", "findings", count=len(against), codes=codes)


def build(
    result: model.Result,
    study: Mapping[str, Any],
    lang: Lang,
    *,
    declarant: str = "",
    standing: str | None = None,
    notes: Sequence[str] = (),
    stages: bool = True,
) -> Report:
    """Return the declaration's content.

    Parameters
    ----------
    declarant
        Who declares it; left out where it is not known.
    standing
        "Verified by …"; the company's own declaration when None.
    stages
        Whether the split by stage is shown; it tells how much of the figure is made where.

    Raises
    ------
    TanbiaoError
        As :func:`check`.
    """
    check(result)
    sections = (
        Section("declared", word("d.declared", lang), _declared(result, study, lang, declarant)),
        Section("what_is_in", word("d.what_is_in", lang), _contents(result, lang, stages=stages)),
        Section("basis", word("d.basis", lang), _basis(result, lang)),
        Section("limits", word("i.limits", lang), _limits(result, lang)),
    )
    return Report(
        lang=lang,
        title=word("d.title", lang),
        product=pick(result["study"].get("name"), lang),
        standing=standing or word("d.standing", lang),
        headline=text.headline(result, lang),
        unit=text.unit(result["total"]["unit"]),
        notes=(*data_basis.warnings(result, lang), *notes),
        sections=sections,
    )


def _facts(key: str, pairs: Sequence[tuple[str, str]], lang: Lang) -> Facts:
    return Facts(key, tuple((word(label, lang), shown) for label, shown in pairs if shown))


def _declared(result: model.Result, study: Mapping[str, Any], lang: Lang, declarant: str) -> tuple[Block, ...]:
    own, identity, total = study.get("product") or {}, result["study"], result["total"]
    unit = text.unit(total["unit"])
    of = pick(identity.get("declared_of"), lang)
    other = "total" if text.without_uptake(result) else "excluding_uptake"
    low, high = (model.figure(total.get(key)) for key in ("p2_5", "p97_5"))
    interval = "" if low is None or high is None else f"{text.number(low)} – {text.number(high)} {unit}"
    pairs = [
        ("d.declarant", declarant),
        ("r.name", pick(identity.get("name"), lang)),
        ("r.model", str(own.get("model") or "")),
        ("r.function", pick(own.get("function"), lang)),
        ("r.declared_value", f"{text.headline(result, lang)} {unit}"),
        ("d.counts", word("d.without_uptake" if text.without_uptake(result) else "d.with_uptake", lang)),
        (f"d.other_{other}", f"{text.number(float(total['value' if other == 'total' else other]))} {unit}"),
        ("r.declared_unit", f"{identity['declared_unit']} {of}".strip()),
        ("d.interval", interval),
        ("r.period", text.period(identity["period"]["from"], identity["period"]["to"], lang)),
    ]
    return (_facts("declared", pairs, lang),)


def _contents(result: model.Result, lang: Lang, *, stages: bool) -> tuple[Block, ...]:
    boundary = [("r.boundary", term("boundary", str(result["study"]["boundary"]), lang))]
    if not stages:
        names: dict[str, list[str]] = {"in": [], "out": []}
        for part in model.stages(result):
            names["in" if part.absent is None else "out"].append(model.stage_name(part.key, lang))
        boundary += [("d.stages_in", text.joined(names["in"], lang)), ("d.stages_out", text.joined(names["out"], lang))]
        return (_facts("boundary", boundary, lang), _kinds(result, lang))
    columns = (Column(word("c.stage", lang), 2.4), Column(text.unit(result["total"]["unit"]), 1.4, figures=True))
    rows = tuple((row.label, Figure(None, row.shown)) for row in charts.stage_rows(result, lang))
    table = Table("stages", word("t.stages", lang), columns, rows, None, _sum_note(result, lang))
    return (_facts("boundary", boundary, lang), table, _kinds(result, lang))


def _sum_note(result: model.Result, lang: Lang) -> str:
    shown = f"{text.total(result, lang)} {text.unit(result['total']['unit'])}"
    return word("d.stage_sum", lang, total=shown) if text.without_uptake(result) else ""


def _kinds(result: model.Result, lang: Lang) -> Table:
    columns = (Column(word("c.kind", lang), 2.4), Column(text.unit(result["total"]["unit"]), 1.4, figures=True))
    rows = [(row.label, Figure(None, row.shown)) for row in charts.kind_rows(result, lang)]
    rows.append((word("kind.aircraft", lang), figure((result.get("of_which") or {}).get("aircraft") or 0.0, 3)))
    return Table("kinds", word("t.kinds", lang), columns, tuple(rows), None, word("d.aircraft_note", lang))


def _basis(result: model.Result, lang: Lang) -> tuple[Block, ...]:
    versions, quality = result["versions"], result.get("data_quality") or {}
    pairs = [
        ("r.rule", str(versions.get("rule") or "")),
        ("r.gwp", str((versions.get("gwp") or {}).get("set") or "")),
        ("r.release", str(versions.get("release") or "")),
        ("r.engine", f"{versions.get('engine')} · {versions.get('method')}"),
        ("r.primary_share", share(result.get("primary_data_share"), lang).shown),
        *data_basis.pairs(result, lang),
        ("r.quality", figure(quality.get("score"), 2).shown),
        ("d.electricity", _electricity(result, lang)),
        ("r.study_hash", str(result["study"].get("hash") or "")),
    ]
    return (_facts("basis", pairs, lang),)


def _electricity(result: model.Result, lang: Lang) -> str:
    told = result.get("electricity")
    if not told:
        return word("none", lang)
    unit = text.unit(result["total"]["unit"])
    return word(
        "d.electricity_text",
        lang,
        headline=term("option", str(told["headline"]), lang),
        market=f"{text.number(float(told['market_based']))} {unit}",
        location=f"{text.number(float(told['location_based']))} {unit}",
    )


def _limits(result: model.Result, lang: Lang) -> tuple[Block, ...]:
    blocks: list[Block] = []
    if result["total"]["completeness"] == "partial":
        blocks.append(Words((word("r.limit_partial", lang),), strong=True))
    lines = ("r.limit_climate", "r.limit_neutral", "r.limit_compare", "d.no_label")
    blocks.append(Words(tuple(word(key, lang) for key in lines)))
    return tuple(blocks)


def render(report: Report, form: Form, created: datetime.datetime) -> bytes:
    """Return a declaration (or any short report) as HTML, PDF/A or Word.

    Raises
    ------
    TanbiaoError
        ``typesetting_failed``.
    """
    from tanbiao.documents.report import as_docx, as_html, as_pdf

    if form == "html":
        return as_html.render(report).encode()
    if form == "pdf":
        return as_pdf.render(report, created)
    return as_docx.render(report, created)
