"""Acts on anything with a lifecycle, once for page and API: which are this actor's now, with what form, run how."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel, Field

from tanbiao.core.findings import Finding, TanbiaoError
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.commanding import NotFound
from tanbiao.web.forms import TanbiaoForm
from tanbiao.web.language import current
from tanbiao.workflow.facts import Facts
from tanbiao.workflow.machine import Lifecycle

FILLED_BY_FORM = frozenset(
    {
        *("explanation_needed", "receiver_not_qualified", "figure_differs", "reason_needed"),
        *("licence_reason_of_other", "licence_reason_untrue", "surveillance_nothing_failed"),
    }
)
"""Refusals that what is typed into the form can take away."""


@dataclass(frozen=True, slots=True)
class Act:
    """An act: the command that carries it out, and what it is told besides the thing itself."""

    run: Callable[..., Any]
    args: tuple[str, ...] = ("builds_on", "text")
    grave: bool = False


class ActIn(BaseModel):
    """An act on something with a lifecycle: the head that was seen, and what the act asks for."""

    builds_on: Annotated[str, Field(max_length=71)] = ""
    reason: Annotated[str, Field(max_length=60)] = ""
    text: Annotated[str, Field(max_length=4000)] = ""
    term_days: Annotated[int, Field(ge=1, le=3660)] | None = None
    open_points: Annotated[str, Field(max_length=4000)] = ""
    qualified: bool = False
    figure: Annotated[str, Field(max_length=40)] = ""


def told(acts: Mapping[str, Act], event: str, body: ActIn) -> tuple[Act, dict[str, Any]]:
    """Return an act by its event and its arguments out of a call's body.

    Raises
    ------
    NotFound
        ``not_found``: nobody fires this event by hand.
    """
    act = acts.get(event)
    if act is None:
        raise NotFound.of("not_found")
    return act, {name: getattr(body, name) for name in act.args}


def _area(label: Any, *, required: bool = False) -> forms.Field:
    return forms.CharField(label=label, required=required, max_length=4000, widget=forms.Textarea(attrs={"rows": 2}))


def _field(name: str) -> forms.Field:
    made: dict[str, Callable[[], forms.Field]] = {
        "builds_on": lambda: forms.CharField(required=False, widget=forms.HiddenInput, max_length=71),
        "text": lambda: _area(_("Explanation")),
        "open_points": lambda: _area(_("What is open")),
        "reason": lambda: forms.ChoiceField(label=_("Reason"), required=False),
        "term_days": lambda: forms.IntegerField(
            label=_("Days to correct it"),
            required=False,
            min_value=1,
            max_value=3660,
            help_text=_("Empty: as long as the scheme allows."),
        ),
        "qualified": lambda: forms.BooleanField(
            label=_("Category and scheme are within our qualification"), required=False
        ),
        "figure": lambda: forms.CharField(label=_("Figure that was seen"), required=False, max_length=40),
    }
    return made[name]()


class ActForm(TanbiaoForm):
    """The form of an act: one field for each thing that it is told (:func:`_form_class`)."""

    def __init__(self, reasons: tuple[tuple[str, str], ...], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields.get("reason")
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", "—"), *reasons]

    def values(self) -> dict[str, Any]:
        """Return the command's arguments."""
        return dict(self.cleaned_data)


def _form_class(act: Act) -> type[ActForm]:
    return type("ActForm", (ActForm,), {name: _field(name) for name in act.args})


def reasons_of(lifecycle: Lifecycle, state: str, event: str) -> tuple[tuple[str, str], ...]:
    """Return the reasons that an event needs in a state, with their names in the reader's language."""
    edge, names, zh = lifecycle.edge(state, event), lifecycle.document.reasons, current() == "zh"
    codes = edge.reasons if edge else ()
    return tuple((code, names[code].zh if zh else names[code].en) for code in codes)


def name_of(name: Any) -> str:
    """Return a bilingual name of a lifecycle in the reader's language."""
    return str(name.zh if current() == "zh" else name.en)


@dataclass(frozen=True, slots=True)
class ActOffer:
    """An act that is this actor's kind to do: its form, or why it is not possible now."""

    event: str
    name: str
    form: ActForm
    refusals: tuple[Finding, ...]
    grave: bool


def form_of(
    lifecycle: Lifecycle, state: str, head: str, acts: Mapping[str, Act], event: str, data: Any = None
) -> ActForm:
    """Return the form of an act, filled with what was sent.

    Raises
    ------
    NotFound
        ``not_found``
    """
    act = acts.get(event)
    if act is None:
        raise NotFound.of("not_found")
    reasons = reasons_of(lifecycle, state, event)
    return _form_class(act)(reasons, data, prefix=event, initial={"builds_on": head})


def offers(
    lifecycle: Lifecycle, state: str, facts: Facts, acts: Mapping[str, Act], tried: Mapping[str, ActForm]
) -> list[ActOffer]:
    """Return the acts that are this actor's; ``facts`` build on what stands now."""
    found = []
    for option in lifecycle.options(state, facts):
        if not option.mine or option.event not in acts:
            continue
        form = tried.get(option.event) or form_of(lifecycle, state, facts.current or "", acts, option.event)
        refusals = tuple(item for item in option.refusals if item.code not in FILLED_BY_FORM)
        found.append(ActOffer(option.event, name_of(option.name), form, refusals, acts[option.event].grave))
    return found


def acted(
    request: HttpRequest,
    thing: Any,
    lifecycle: Any,
    table: Mapping[str, Any],
    event: str,
    key: str,
    again: Callable[..., HttpResponse],
    to: str,
) -> HttpResponse:
    """Carry out an act that a page's form asks for, and show the page again when it is refused."""
    form = form_of(lifecycle, thing.state, thing.head, table, event, request.POST)
    if not form.is_valid():
        return again(request, thing.id, tried={event: form}, status=422)
    try:
        table[event].run(actor_of(request), **{key: thing.id}, **form.values())
    except TanbiaoError as error:
        return again(request, thing.id, tried={event: form}, error=error)
    messages.success(request, _("Done."))
    return redirect(to, thing.id)
