"""Colours of charts and label artwork.

The five stages and the five kinds always keep their colours. Every pair within a set stays apart for protanopia,
deuteranopia and tritanopia (CIE76 difference at least 15 under Machado, Oliveira & Fernandes 2009, severity 1), and
every colour stands out at 2.4:1 or more on white and on the dark ground; the tests calculate both. None of them says
good or bad.
"""

from __future__ import annotations

STAGES: dict[str, str] = {
    "raw_materials": "#2F5FB3",
    "manufacturing": "#B8740F",
    "distribution": "#9E2F73",
    "use": "#3BA4D9",
    "end_of_life": "#A59F94",
}
KINDS: dict[str, str] = {
    "fossil": "#5B6270",
    "biogenic_emission": "#D08A22",
    "biogenic_uptake": "#2F9AC4",
    "land_use_change": "#8E4A2B",
    "undivided": "#A8A29A",
}
# What belongs to no stage: the product itself, a supplier's process, the rest.
NEUTRAL = "#8B9095"
INK = "#1A1F1C"
PAPER = "#FFFFFF"


def stage_colour(stage: str | None) -> str:
    """Return the colour of a stage; neutral for what is none."""
    return STAGES.get(stage or "", NEUTRAL)
