"""Words for the codes of datasets, and the links of the facets."""

from __future__ import annotations

from typing import Any

from django import template
from django.http import HttpRequest
from django.template import Context
from django.utils.translation import gettext as _

from tanbiao.web.language import current
from tanbiao.web.templatetags.tanbiao import digits

register = template.Library()


@register.filter
def in_words(thing: Any) -> str:
    """Return the name of something with ``zh`` and ``en`` in the reader's language, else in the other."""
    zh, en = str(getattr(thing, "zh", "")), str(getattr(thing, "en", ""))
    return (zh or en) if current() == "zh" else (en or zh)


@register.filter
def facet_name(facet: str) -> str:
    """Return the heading of a facet."""
    names = {
        "kind": _("Kind"),
        "geography": _("Geography"),
        "year": _("Year"),
        "source": _("Source"),
        "boundary": _("Boundary"),
        "gwp": _("GWP set"),
        "uncertainty": _("Uncertainty"),
    }
    return names.get(facet, facet)


def _kinds() -> dict[str, str]:
    return {
        "unit_process": _("Unit process"),
        "footprint_factor": _("Footprint factor"),
        "direct_emission_factor": _("Direct emission factor"),
        "upstream_factor": _("Upstream factor"),
        "treatment": _("Treatment"),
        "credit": _("Credit"),
        "epd_result": _("EPD result"),
        "supplier_footprint": _("Supplier footprint"),
    }


def _boundaries() -> dict[str, str]:
    return {
        "cradle_to_gate": _("Cradle to gate"),
        "cradle_to_gate_with_cut_offs": _("Cradle to gate, with cut-offs"),
        "cradle_to_grid": _("Cradle to grid"),
        "cradle_to_retail": _("Cradle to retail"),
        "gate_to_gate": _("Gate to gate"),
        "gate_to_grave": _("Gate to grave"),
        "combustion": _("Combustion"),
        "combustion_and_upstream": _("Combustion and upstream"),
        "well_to_tank": _("Well to tank"),
        "well_to_wheel": _("Well to wheel"),
        "tank_to_wheel": _("Tank to wheel"),
        "generation": _("Generation"),
        "process_only": _("Process only"),
        "avoided_impacts": _("Avoided impacts"),
    }


def _others() -> dict[str, dict[str, str]]:
    return {
        "gwp": {
            "same": _("published with this set"),
            "recharacterised": _("weighed again from gases"),
            "other": _("published with another set"),
            "unknown": _("set not stated"),
        },
        "operation": {
            "mix": _("Mix"),
            "allocation": _("Allocation"),
            "unit": _("Change of unit or basis"),
            "relink": _("Adapted by re-linked inputs"),
        },
        "level": {
            "national": _("National"),
            "provincial": _("Provincial"),
            "industry": _("Industry"),
            "adapted": _("Adapted"),
            "foreign": _("Foreign"),
            "starter": _("Starter"),
        },
        "tier": {
            "public": _("Everybody"),
            "registered": _("Whoever is signed in"),
            "licensed": _("Licensed users"),
            "private": _("The owner's organisation"),
        },
        "uncertainty": {"stated": _("stated"), "scored": _("from scores"), "assumed": _("assumed")},
        "result_kind": {
            "fossil": _("Fossil"),
            "biogenic_emission": _("Biogenic emission"),
            "biogenic_uptake": _("Biogenic uptake"),
            "land_use_change": _("Land use change"),
            "undivided": _("Undivided"),
            "aircraft": _("of which aircraft"),
        },
    }


@register.filter
def value_name(value: str, facet: str) -> str:
    """Return the words of a facet's value; sources, places and years speak for themselves."""
    if facet == "kind":
        return _kinds().get(value, value)
    if facet == "boundary":
        return _boundaries().get(value, value)
    return _others().get(facet, {}).get(value, value)


@register.filter
def decimal_digits(value: str) -> str:
    """Return a canonical decimal with four significant digits."""
    return digits(float(value), 4) if value else "–"


@register.simple_tag(takes_context=True)
def facet_link(context: Context, facet: str, value: str) -> str:
    """Return this page's address with one facet set (or, with an empty value, cleared), on its first page."""
    request = context.get("request")
    if not isinstance(request, HttpRequest):
        return "?"
    query = request.GET.copy()
    query.pop("page", None)
    if value:
        query[facet] = value
    else:
        query.pop(facet, None)
    return f"?{query.urlencode()}"
