"""What pages and API that explain a figure share: the cut-off of an address, and the views as rows of a table.

The document is that of :mod:`tanbiao.core.lca.release_explain` or :mod:`tanbiao.core.study.views`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import Field

from tanbiao.core.findings import Lang, TanbiaoError
from tanbiao.core.gases import gas
from tanbiao.core.lca.release_scenarios import MOST, Scaled, read_scaled
from tanbiao.core.lca.views import PARETO, CutOff
from tanbiao.core.variation import VARIED, require_variation
from tanbiao.web.commanding import Invalid

MAX_DEPTH = 6
DEFAULT_DEPTH = 3
MAX_TOP = 500
"""Parts of a view at most: what a page can show (project default)."""
CARRIED = "carried/"
"""Rows of a linked system that hold what finished factors state by kind."""
OPENABLE = frozenset({"processes", "own_processes", "first_tier", "gases", "countries", "graph", "tree"})


class CutOffQuery(Schema):
    """Which parts are shown: all limits that are given hold together; none: the largest up to 80 %."""

    share: Annotated[float | None, Field(ge=0, le=1)] = None
    top: Annotated[int | None, Field(ge=0, le=MAX_TOP)] = None
    cumulative: Annotated[float | None, Field(ge=0, le=1)] = None
    depth: Annotated[int, Field(ge=0, le=MAX_DEPTH)] = DEFAULT_DEPTH
    open: Annotated[str, Field(max_length=200)] = ""

    def cut_off(self) -> CutOff:
        """Return the cut-off that is asked for."""
        if self.share is None and self.top is None and self.cumulative is None:
            return PARETO
        return CutOff(self.share, self.top, self.cumulative)

    def opened(self) -> frozenset[str]:
        """Return the names of the views of which the rest is asked for."""
        return OPENABLE & set(self.open.split(","))


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of a page asks for, as its form shows it."""

    by: str
    value: str
    depth: int
    opened: frozenset[str]
    cut_off: CutOff


def asked(query: QueryDict) -> Asked:
    """Read ``by`` (``cumulative``, ``share``: percent; ``top``) with ``value``, ``depth`` and ``open``.

    Raises
    ------
    Invalid
        ``cut_off_unreadable``: no number, or one that means nothing.
    """
    by = query.get("by", "cumulative")
    value = query.get("value", "").strip()[:20] or {"share": "1", "top": "10"}.get(by, "80")
    try:
        if by == "top":
            limit = int(value)
            if limit > MAX_TOP:
                raise ValueError
            cut_off = CutOff(top=limit)
        else:
            share = float(value.removesuffix("%")) / 100
            cut_off = CutOff(share=share) if by == "share" else CutOff(cumulative=share)
        depth = int(query.get("depth", "") or DEFAULT_DEPTH)
    except (ValueError, TanbiaoError) as error:
        raise Invalid.of("cut_off_unreadable", "value", value=value, most=MAX_TOP) from error
    opened = OPENABLE & set(",".join(query.getlist("open")).split(","))
    return Asked(by if by in ("share", "top") else "cumulative", value, min(max(depth, 0), MAX_DEPTH), opened, cut_off)


VARIATIONS = (1, 5, 10, 20, 50)
"""Percent by which a page offers to vary inputs; the address takes any other."""


def varied(query: QueryDict) -> float:
    """Read ``vary``: the share by which one input at a time is made smaller and larger, in percent.

    Raises
    ------
    Invalid
        ``variation_out_of_range``.
    """
    text = query.get("vary", "").strip()[:20]
    try:
        return require_variation(float(text.removesuffix("%")) / 100) if text else VARIED
    except (ValueError, TanbiaoError) as error:
        raise Invalid.of("variation_out_of_range", "vary", value=text) from error


def triple(text: str) -> tuple[str, str, str]:
    """Read ``what|of|factors``; what lacks a part is refused by its factors."""
    what, of, factors = ["", "", *text.rsplit("|", 2)][-3:]
    return what, of, factors if what else text


def scaled(query: QueryDict) -> tuple[Scaled, ...]:
    """Read scenarios: each ``scale`` (``what|of``) with the ``times`` beside it; those left empty change nothing.

    Raises
    ------
    Invalid
        ``scenario_malformed``.
    """
    try:
        return read_scaled(triple(f"{place}|{factors}") for place, factors in typed(query).items() if factors.strip())
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error


def typed(query: QueryDict) -> dict[str, str]:
    """Return place (``what|of``) → the factors that stand beside it in the address."""
    pairs = zip(query.getlist("scale")[:MOST], query.getlist("times")[:MOST], strict=False)
    return {place: factors[:200] for place, factors in pairs}


@dataclass(frozen=True, slots=True)
class Line:
    """One part of a view: its name, where it is explained further, its value and share, and how long its bar is."""

    name: str
    key: str
    href: str
    value: float
    share: float | None
    bar: int
    """Of 100, by the size of the largest part."""


@dataclass(frozen=True, slots=True)
class Table:
    """A view as a table: its parts, and what is left over."""

    key: str
    title: str
    lines: tuple[Line, ...]
    rest_count: int
    rest_value: float
    can_be_opened: bool


def titles() -> dict[str, str]:
    """Return the headings of the views, in the order of the page."""
    return {
        "own_processes": _("By own process"),
        "first_tier": _("Own emission and what is bought, with all behind it"),
        "processes": _("By emitting process, anywhere upstream"),
        "stages": _("By life-cycle stage"),
        "gases": _("By gas"),
        "kinds": _("By kind"),
        "countries": _("By place"),
    }


def tables(body: Mapping[str, Any], lang: Lang, link: Callable[[str], str]) -> list[Table]:
    """Return the views of an explanation as tables.

    Parameters
    ----------
    link
        From a dataset's id to the address where it is explained; empty where there is none.
    """
    found = []
    for key, title in titles().items():
        view = body["views"].get(key)
        if view is None:
            continue
        largest = max((abs(part["value"]) for part in view["parts"]), default=0.0) or 1.0
        lines = tuple(
            Line(
                part_name(key, part["name"], body, lang),
                part["name"],
                link(part["name"]) if key in ("first_tier", "processes") else "",
                part["value"],
                part["share"],
                round(100 * abs(part["value"]) / largest),
            )
            for part in view["parts"]
        )
        rest = view["rest"]
        found.append(Table(key, title, lines, rest["count"], rest["value"], rest["count"] > 0 and key in OPENABLE))
    return found


def part_name(view: str, name: str, body: Mapping[str, Any], lang: Lang) -> str:
    """Return the words of a part in the reader's language."""
    if name == "direct":
        return _("own emission")
    if name == "directly demanded":
        return _("directly demanded")
    known = body["names"].get(name)
    if known is not None:
        return str(known.get(lang) or known.get("zh") or known.get("en") or name)
    if view == "kinds":
        return _kinds().get(name, name)
    return _gas(name, lang) if view == "gases" else name


def _kinds() -> dict[str, str]:
    return {
        "fossil": _("Fossil"),
        "biogenic_emission": _("Biogenic emission"),
        "biogenic_uptake": _("Biogenic uptake"),
        "land_use_change": _("Land use change"),
        "undivided": _("Undivided"),
    }


def _gas(name: str, lang: Lang) -> str:
    if name == "undivided":
        return _kinds()[name]
    if name.startswith(CARRIED):
        kind = name.removeprefix(CARRIED)
        return _("%(kind)s, of finished factors") % {"kind": _kinds().get(kind, kind)}
    try:
        known = gas(name)
    except TanbiaoError:
        return name
    return f"{known.name_zh} {name}" if lang == "zh" else name


def export_rows(body: Mapping[str, Any], lang: Lang) -> list[list[str | float | None]]:
    """Return the parts of all views for a table file: view, name, id, value, share; with each view's rest and total."""
    rows: list[list[str | float | None]] = []
    for table in tables(body, lang, lambda _id: ""):
        rows += [[table.key, line.name, line.key, line.value, line.share] for line in table.lines]
        if table.rest_count:
            rows.append([table.key, _("%(count)d others") % {"count": table.rest_count}, "", table.rest_value, None])
        rows.append([table.key, _("Total"), "", body["total"], 1.0 if body["total"] else None])
    return rows


EXPORT_HEADS = ("view", "name", "id", "value", "share")
