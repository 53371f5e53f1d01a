"""Putting a report together from the Result document and the study document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tanbiao.core.findings import Lang
from tanbiao.documents import model, text
from tanbiao.documents.report import (
    activities,
    check_tables,
    data_basis,
    interpretation,
    materials,
    method_tables,
    results,
    scope,
    sharing,
)
from tanbiao.documents.report.content import Block, Report, Section, Words
from tanbiao.documents.report.narrow import fold
from tanbiao.documents.words import pick, word


def build(
    result: model.Result,
    study: activities.Study,
    lang: Lang,
    *,
    standing: str | None = None,
    notes: Sequence[str] = (),
    interpreted: Mapping[str, Any] | None = None,
    narrow: bool = True,
) -> Report:
    """Return the report's content.

    Parameters
    ----------
    result
        Result document.
    study
        Study document (its canonical or its written form).
    standing
        What kind of statement it is ("verified by …"); "self-calculated" when None.
    notes
        Sentences that must stand at its head, for instance the release's own statement.
    interpreted
        The interpretation (:func:`tanbiao.core.study.interpretation.interpret`); without it the report has the largest
        contributions and the findings only.
    narrow
        Whether the inputs are folded for a page (sources by number, listed once) or kept in one column each.

    Raises
    ------
    TanbiaoError
        ``result_malformed``.
    """
    model.check(result)
    inputs = results.inputs(result, lang)
    scenarios, basis = method_tables.scenarios(result, lang), data_basis.section(result, lang)
    shared, saved = sharing.allocation(result, lang), materials.section(result, lang)
    sections = (
        scope.summary(result, lang),
        scope.product(result, study, lang),
        scope.goal(study, lang),
        scope.boundary(result, study, lang),
        scope.data(result, study, lang),
        *((basis,) if basis else ()),
        scope.method(result, study, lang),
        results.results(result, lang),
        *((shared,) if shared else ()),
        *((saved,) if saved else ()),
        method_tables.carbon(result, lang),
        *((scenarios,) if scenarios else ()),
        results.interpretation(result, lang),
        check_tables.checks(result, lang),
        *(interpretation.analysis(interpreted, result, lang) if interpreted else ()),
        interpretation.limits(interpreted, lang) if interpreted else scope.limits(result, lang),
        Section("inputs", word("report.inputs", lang), fold(inputs, lang) if narrow else (inputs,)),
        Section("study", word("report.study", lang), _study(study, lang)),
        scope.versions(result, lang),
    )
    return Report(
        lang=lang,
        title=word("report.title", lang),
        product=pick(result["study"].get("name"), lang),
        standing=standing or word("report.standing", lang),
        headline=text.headline(result, lang),
        unit=text.unit(result["total"]["unit"]),
        notes=(*data_basis.warnings(result, lang), *notes),
        sections=sections,
    )


def _study(study: activities.Study, lang: Lang) -> tuple[Block, ...]:
    rows = activities.rows_table(study, lang)
    sources = activities.sources_table(study, lang)
    blocks: list[Block] = [rows if rows.rows else Words((word("r.nothing", lang),))]
    if sources is not None:
        blocks.append(sources)
    return tuple(blocks)
