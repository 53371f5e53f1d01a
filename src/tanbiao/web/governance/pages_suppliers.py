"""The page of a database's suppliers: products that several could supply, a form for each, what was decided."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca.linking_choices import LONGEST_REASON, Undecided
from tanbiao.core.lca.linking_record import ROLE_WORDS
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.forms import TanbiaoForm
from tanbiao.web.governance import commands, suppliers
from tanbiao.web.governance.models import Database, SupplierChoice
from tanbiao.web.language import current
from tanbiao.web.problems import status_of

PER_PAGE = 10
SHOWN = 50
"""Lines of history that the page shows; the API has all."""


class SupplierForm(TanbiaoForm):
    """Who supplies one product."""

    product = forms.CharField(max_length=300, widget=forms.HiddenInput)
    provider = forms.ChoiceField(label=gettext_lazy("Supplier"))
    process = forms.ChoiceField(label=gettext_lazy("For whom"), required=False)
    reason = forms.CharField(label=gettext_lazy("Why this one"), max_length=LONGEST_REASON)

    def __init__(self, *args: Any, waits: Undecided, number: int, titles: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, auto_id=f"id_{number}_%s", **kwargs)
        self.waits = waits
        self.initial["product"] = waits.product
        provider: Any = self.fields["provider"]
        labels = [f"{_named(one.id, titles)} ({one.place or '–'})" for one in waits.candidates]
        # Of two with one name and place only the id tells which is which.
        told = [
            f"{name} [{one.id}]" if labels.count(name) > 1 else name
            for name, one in zip(labels, waits.candidates, strict=True)
        ]
        provider.choices = [
            (one.id, f"{name} · {100 * one.share:.4g} %") for name, one in zip(told, waits.candidates, strict=True)
        ]
        process: Any = self.fields["process"]
        every = _("Every use of which the data name no supplier")
        process.choices = [("", every), *((one, titles.get(one, one)) for one in waits.users)]


@access("governance.choose_supplier")
@require_http_methods(["GET", "POST"])
def supplying(request: HttpRequest, key: str) -> HttpResponse:
    """Show who could supply what in a database; decide."""
    actor = actor_of(request)
    database = suppliers.decidable(actor, key)
    if request.method != "POST":
        return _page(request, database)
    found = _asked(suppliers.waiting(database), request.POST.get("product", ""), request.POST.get("provider", ""))
    if found is None:
        return _page(request, database, status=409, gone=True)
    number, waits = found
    form = SupplierForm(request.POST, waits=waits, number=number, titles=suppliers.titles(database, current()))
    if not form.is_valid():
        return _page(request, database, tried=form, status=422)
    try:
        made = commands.choose_supplier(actor, database=key, **form.cleaned_data)
    except TanbiaoError as error:
        form.add_problem(error)
        return _page(request, database, tried=form, status=status_of(error))
    messages.success(request, _("Decided: it holds for the releases that are asked for from now on."))
    return redirect("governance:suppliers", key=made.database.key)


def _asked(waiting: tuple[Undecided, ...], product: str, provider: str) -> tuple[int, Undecided] | None:
    """Return what a form is about, with its number: a product may wait in several places, with other candidates."""
    alike = [(number, one) for number, one in enumerate(waiting, 1) if one.product == product]
    with_it = [item for item in alike if provider in {one.id for one in item[1].candidates}]
    return next(iter([*with_it, *alike]), None)


@access("governance.choose_supplier")
@require_POST
def withdraw(request: HttpRequest, key: str) -> HttpResponse:
    """Take a decision back."""
    said = {part: request.POST.get(part, "")[:400] for part in ("product", "process", "reason")}
    try:
        commands.withdraw_supplier(actor_of(request), database=key, **said)
    except TanbiaoError as error:
        if status_of(error) not in (409, 422):
            raise
        database = suppliers.decidable(actor_of(request), key)
        return _page(request, database, status=status_of(error), refusals=error.findings)
    messages.success(request, _("Taken back."))
    return redirect("governance:suppliers", key=key)


def _page(
    request: HttpRequest,
    database: Database,
    *,
    tried: SupplierForm | None = None,
    status: int = 200,
    gone: bool = False,
    refusals: Any = (),
) -> HttpResponse:
    titles = suppliers.titles(database, current())
    page = Paginator(suppliers.waiting(database), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "database": database,
        "page": page,
        "forms": _forms(page, tried, titles),
        "in_force": [_line(row, titles) for row in suppliers.in_force(database)],
        "history": [_line(row, titles) for row in suppliers.history(database)[:SHOWN]],
        "stale": suppliers.stale(database),
        "gone": gone,
        "refusals": refusals,
    }
    return render(request, "governance/suppliers.html", context, status=status)


def _forms(
    page: Page[Undecided], tried: SupplierForm | None, titles: dict[str, str]
) -> list[tuple[Undecided, str, list[str], SupplierForm]]:
    """Return each product with its name, who uses it, and its form, the one that was tried with its problems."""
    made = []
    for number, waits in enumerate(page, page.start_index()):
        form = SupplierForm(waits=waits, number=number, titles=titles)
        if tried is not None and tried.waits == waits:
            form = tried
        made.append(
            (waits, titles.get(waits.product, waits.name), [_named(one, titles) for one in waits.users[:5]], form)
        )
    return made


def _named(activity: str, titles: dict[str, str]) -> str:
    """Return the name of a process or, of one that makes several products, with the product's."""
    process, several, product = activity.partition("#")
    name = titles.get(activity) or titles.get(process, process)
    return f"{name} | {titles.get(product, product)}" if several and activity not in titles else name


def _line(row: SupplierChoice, titles: dict[str, str]) -> dict[str, Any]:
    return {
        "row": row,
        "product": titles.get(row.product, row.product),
        "provider": _named(row.provider, titles),
        "process": titles.get(row.process, row.process),
        "role": ROLE_WORDS.get(row.role, {}).get(current(), row.role),
    }


urlpatterns: list[URLPattern] = [
    path("databases/<slug:key>/suppliers/", supplying, name="suppliers"),
    path("databases/<slug:key>/suppliers/withdraw/", withdraw, name="withdraw_supplier"),
]
