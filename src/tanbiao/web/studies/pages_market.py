"""The page of a study's process-step data of the carbon market: bring in the table, compare, take the data over."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from tanbiao.core.findings import Finding, Lang, Severity, TanbiaoError, finding
from tanbiao.core.findings import render as say
from tanbiao.core.study.market import REASONS, StepFound, as_json
from tanbiao.documents import charts
from tanbiao.formats import market_table
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import Actor, actor_of
from tanbiao.web.commanding import Invalid, allowed
from tanbiao.web.language import current
from tanbiao.web.ledger.blobs import attachment
from tanbiao.web.problems import status_of
from tanbiao.web.studies import forms_market, market, moves, queries, show

MAX_BYTES = 2_000_000


@access("studies.view")
@require_http_methods(["GET", "POST"])
def market_page(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Show the report beside the study; take a table, or put its data into the rows."""
    actor, lang = actor_of(request), current()
    found = queries.study(actor, study_id)
    if found.head is None:
        return redirect("studies:study", study_id=study_id)
    findings: list[dict[str, Any]] = []
    status = 200
    if request.method == "POST":
        try:
            _act(request, actor, study_id)
        except TanbiaoError as error:
            findings, status = [say(item, lang) for item in error.findings], status_of(error)
        else:
            messages.success(request, _("The data are saved as the next revision."))
            return redirect("studies:market", study_id=study_id)
    section = queries.document(actor, study_id).get("carbon_market")
    context: dict[str, Any] = {
        "study": found,
        "state_name": show.state(found.state, lang),
        "head": found.head,
        "may": found.state in moves.EDITABLE and actor.owns(found) and allowed(actor, "studies.edit", found),
        "findings": findings,
        "form": _form(request, actor, study_id, section),
    }
    try:
        made = market.reconciled(actor, study_id)
    except Invalid as error:
        context["findings"] = [*findings, *(say(item, lang) for item in error.findings)]
    else:
        if made is not None:
            context["told"] = as_json(made, lang)
            context["pictures"] = [_way(item, lang) for item in made.steps]
    return render(request, "studies/market.html", context, status=status)


def _act(request: HttpRequest, actor: Actor, study_id: UUID) -> None:
    parent = request.POST.get("expected_parent", "")[:80]
    if "take" in request.POST:
        market.take_market_data(actor, study_id=study_id, expected_parent=parent)
        return
    if "drop" in request.POST:
        step, _slash, line = request.POST["drop"].partition("/")
        market.drop_market_line(actor, study_id=study_id, step=step, line=line, expected_parent=parent)
        return
    if "line" in request.POST:
        form = _form(request, actor, study_id, None)
        if not form.is_valid():
            raise Invalid(*_wrong(form))
        market.type_market_line(actor, study_id=study_id, said=form.said(), expected_parent=parent)
        return
    file = request.FILES.get("file")
    if file is None or not file.size or file.size > MAX_BYTES:
        raise Invalid.of("file_missing", "file")
    market.bring_market_table(
        actor, study_id=study_id, name=str(file.name)[:200], data=file.read(), expected_parent=parent
    )


def _form(
    request: HttpRequest, actor: Actor, study_id: UUID, section: dict[str, Any] | None
) -> forms_market.MarketLineForm:
    """Return the form of a line: as it was typed, else as the line that the address names stands."""
    lang = current()
    named = [(row.id, f"{row.id} {row.name.best(lang) if row.name else ''}") for _place, row in _rows(actor, study_id)]
    if request.method == "POST" and "line" in request.POST:
        return forms_market.MarketLineForm(request.POST, rows=named)
    step, line = request.GET.get("step", "")[:64], request.GET.get("line", "")[:64]
    return forms_market.MarketLineForm(initial=forms_market.initial(section, step, line), rows=named)


def _rows(actor: Actor, study_id: UUID) -> list[Any]:
    return list(queries.parsed(actor, study_id).rows())


def _wrong(form: forms_market.MarketLineForm) -> list[Finding]:
    """Return what is wrong with the fields as findings; each stands at its field as well."""
    return [
        finding(
            "market_field_wrong",
            Severity.BLOCKING,
            name,
            field=str(form.fields[name].label),
            said=" ".join(map(str, said)),
        )
        for name, said in form.errors.items()
        if name in form.fields
    ]


def _way(step: StepFound, lang: Lang) -> str:
    steps = [charts.Step(REASONS[item.reason][lang], item.change) for item in step.changes]
    unit = f"kg CO2e/{step.unit}"
    return charts.waterfall(_("Reported"), step.start, steps, _("Footprint of the step"), unit, lang)


@access("studies.view")
@require_GET
def market_table_file(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Return the table: as the study has it, else blank."""
    section = None
    actor = actor_of(request)
    if queries.study(actor, study_id).head is not None:
        section = queries.document(actor, study_id).get("carbon_market")
    data = market_table.blank(current()) if section is None else market_table.written(section, current())
    return attachment(data, "text/csv", "carbon-market.csv")
