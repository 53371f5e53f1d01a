"""Files that leave the feature: a study as Excel, YAML or JSON; its report; its forms; a workbook with its findings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast
from uuid import UUID

from django.http import HttpResponse

from tanbiao.core.findings import Finding, Lang, TanbiaoError
from tanbiao.documents import declaration, report
from tanbiao.documents.words import word
from tanbiao.formats import forms, yaml_study
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.commanding import Conflict, Invalid, NotFound
from tanbiao.web.ledger.blobs import attachment, get_blob
from tanbiao.web.rulebook import queries as rulebook
from tanbiao.web.studies import intake, queries, show

if TYPE_CHECKING:
    from tanbiao.formats.export import Exported

HTML, PDF = "text/html; charset=utf-8", "application/pdf"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def document_file(actor: Actor, study_id: UUID, suffix: str, lang: Lang) -> HttpResponse:
    """Return the newest revision as ``xlsx``, ``yaml`` or ``json``.

    Raises
    ------
    NotFound
        ``file_kind_unknown``
    """
    study = queries.study(actor, study_id)
    document = queries.parsed(actor, study_id)
    name = f"{study.title_zh or study.title_en}.{suffix}"
    if suffix == "xlsx":
        from tanbiao.formats import excel_study

        return attachment(excel_study.write(document, lang), intake.MEDIA_TYPES["excel"], name)
    if suffix == "yaml":
        return attachment(yaml_study.dump(document.canonical()), intake.MEDIA_TYPES["yaml"], name)
    if suffix == "json":
        text = json.dumps(document.canonical(), ensure_ascii=False, indent=2)
        return attachment(text.encode(), intake.MEDIA_TYPES["json"], name)
    raise NotFound.of("file_kind_unknown", suffix, kinds="xlsx, yaml, json")


def report_file(actor: Actor, study_id: UUID, suffix: str, lang: Lang) -> HttpResponse:
    """Return the calculation report as ``html``, ``pdf``, ``xlsx`` or ``docx``.

    Raises
    ------
    NotFound
        ``file_kind_unknown``
    """
    study = queries.study(actor, study_id)
    result = show.result(queries.result_document(actor, study_id), lang)
    document = queries.document(actor, study_id)
    name = f"{study.title_zh or study.title_en}-report.{suffix}"
    # The report carries what the factor release says of itself (for the starter data: not for certification).
    notes = [queries.background(actor, study_id, result["versions"]["release"]).statement[lang]]
    told = queries.interpretation(actor, study_id)
    if suffix == "html":
        page = report.html(result, document, lang, notes=notes, interpreted=told)
        return attachment(page.encode(), HTML, name)
    if suffix == "pdf":
        return attachment(report.pdf(result, document, lang, notes=notes, interpreted=told), PDF, name)
    if suffix == "xlsx":
        book = report.xlsx(result, document, lang, notes=notes, interpreted=told)
        return attachment(book, intake.MEDIA_TYPES["excel"], name)
    if suffix == "docx":
        return attachment(report.docx(result, document, lang, notes=notes, interpreted=told), WORD, name)
    raise NotFound.of("file_kind_unknown", suffix, kinds="html, pdf, xlsx, docx")


def declaration_file(actor: Actor, study_id: UUID, suffix: str, lang: Lang, *, stages: bool = True) -> HttpResponse:
    """Return the declaration of a study's footprint as ``html``, ``pdf`` or ``docx``.

    Raises
    ------
    NotFound
        ``file_kind_unknown``
    Conflict
        What stands against a declaration.
    """
    kinds = {"html": HTML, "pdf": PDF, "docx": WORD}
    if suffix not in kinds:
        raise NotFound.of("file_kind_unknown", suffix, kinds=", ".join(kinds))
    study = queries.study(actor, study_id)
    result = show.result(queries.result_document(actor, study_id), lang)
    verified = study.state in ("verified", "published")
    try:
        made = declaration.build(
            result,
            queries.document(actor, study_id),
            lang,
            declarant=study.owner.name(lang),
            standing=word("d.standing_verified", lang) if verified else None,
            notes=[queries.background(actor, study_id, result["versions"]["release"]).statement[lang]],
            stages=stages,
        )
    except TanbiaoError as error:
        raise Conflict(*error.findings) from error
    data = declaration.render(made, cast("declaration.Form", suffix), report.stamp(result))
    return attachment(data, kinds[suffix], f"{study.title_zh or study.title_en}-declaration.{suffix}")


def datasets_file(actor: Actor, study_id: UUID, format_name: str) -> HttpResponse:
    """Return the newest revision as datasets in a format of other programs; errors as :func:`datasets_of`."""
    study = queries.study(actor, study_id)
    made, _told = datasets_of(actor, study_id, format_name)
    name = f"{study.title_zh or study.title_en}-{made.target.name}{made.target.ending}"
    return attachment(made.data, made.target.media_type, name)


def datasets_of(
    actor: Actor, study_id: UUID, format_name: str, *, own: bool = False
) -> tuple[Exported, tuple[Finding, ...]]:
    """Return the newest revision as datasets, and what of the study is not in the file.

    Factors whose licence forbids passing them on are left out unless the holder takes the file for own use; their users
    name them.

    Raises
    ------
    NotFound
        ``revision_unknown``
    Invalid
        What a calculation refuses; ``export_format_unknown``.
    """
    from tanbiao.formats.export import export
    from tanbiao.formats.study_export import inventory_of_study

    document = queries.parsed(actor, study_id)
    try:
        release = queries.background(actor, study_id, document.release)
        rule = rulebook.rule(document.rule) if document.rule else None
        inventory = inventory_of_study(document, release, rule, own=own)
        return export(inventory, format_name, own=own), inventory.findings
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error


def form_file(actor: Actor, study_id: UUID, name: str, lang: Lang, number: int | None = None) -> HttpResponse:
    """Return a form of a scheme as JSON.

    Raises
    ------
    NotFound
        ``form_unknown``
    Invalid
        What keeps the form from being filled in.
    """
    study = queries.study(actor, study_id)
    try:
        wanted = forms.form(name)
    except TanbiaoError as error:
        raise NotFound(*error.findings) from error
    made = queries.filled_form(actor, study_id, wanted, lang, number)
    return attachment(made.data, intake.MEDIA_TYPES["json"], f"{study.title_zh or study.title_en}-{wanted.id}.json")


def template(rule_reference: str, lang: Lang) -> HttpResponse:
    """Return the empty Excel template of a rule (of any product when none is named)."""
    from tanbiao.formats import excel_study

    rule = rulebook.rule(rule_reference) if rule_reference else None
    name = "碳足迹数据模板.xlsx" if lang == "zh" else "carbon-footprint-template.xlsx"
    return attachment(excel_study.template(rule, lang), intake.MEDIA_TYPES["excel"], name)


def annotated(actor: Actor, upload_id: UUID) -> HttpResponse:
    """Return the uploaded workbook with its findings as comments in the cells they are about.

    Raises
    ------
    NotFound
        ``file_kind_unknown``: the upload is no workbook.
    """
    record = queries.upload(actor, upload_id)
    data = get_blob(record.blob)
    if record.kind != "excel":
        raise NotFound.of("file_kind_unknown", record.kind, kinds="xlsx")
    from tanbiao.formats import excel_study

    marked = excel_study.annotate(data, queries.findings_of(record))
    return attachment(marked, intake.MEDIA_TYPES["excel"], record.filename)
