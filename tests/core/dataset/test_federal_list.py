"""The spellings of the US federal elementary flow list become gases and kinds.

Names and contexts as the list has them (Federal LCA Commons Elementary Flow List, US EPA, public domain: the mappings
``GHGI.csv`` of 2022-11-16, ``GHGRP.csv`` of 2021-09-17 and ``IPCC.csv`` of 2022-08-23, and ``input/Contexts.csv``).
The list has one flow for a substance in a context: it does not tell fossil from biogenic carbon.
"""

from __future__ import annotations

import pytest

from tanbiao.core.dataset.inventory import Flow, FlowKind
from tanbiao.core.dataset.nomenclature import gas_of, is_gas_by_name
from tanbiao.core.gases import Kind, gas

AIR = (
    "emission/air",
    "emission/air/troposphere",
    "emission/air/troposphere/very high",
    "emission/air/troposphere/ground-level",
    "emission/air/troposphere/urban/low",
    "emission/air/troposphere/rural/high",
    "emission/air/indoor",
    "emission/air/stratosphere",
)
NAMES = {
    "Carbon dioxide": ("CO2 fossil", Kind.FOSSIL),
    "Methane": ("CH4 unspecified", Kind.UNDIVIDED),
    "Nitrous oxide": ("N2O", Kind.FOSSIL),
    "Sulfur hexafluoride": ("SF6", Kind.FOSSIL),
    "Nitrogen trifluoride": ("NF3", Kind.FOSSIL),
    "Carbon tetrafluoride": ("CF4", Kind.FOSSIL),
    "Hexafluoroethane": ("C2F6", Kind.FOSSIL),
    "Perfluoropropane": ("C3F8", Kind.FOSSIL),
    "Perfluorocyclobutane": ("PFC-C-318", Kind.FOSSIL),
    "Perfluorobutane": ("PFC-31-10", Kind.FOSSIL),
    "Perfluoropentane": ("PFC-41-12", Kind.FOSSIL),
    "Perfluorohexane": ("PFC-51-14", Kind.FOSSIL),
    "HFC-23": ("HFC-23", Kind.FOSSIL),
    "HFC-32": ("HFC-32", Kind.FOSSIL),
    "HFC-41": ("HFC-41", Kind.FOSSIL),
    "HFC-125": ("HFC-125", Kind.FOSSIL),
    "HFC-134a": ("HFC-134a", Kind.FOSSIL),
    "HFC-143a": ("HFC-143a", Kind.FOSSIL),
    "HFC-152a": ("HFC-152a", Kind.FOSSIL),
    "HFC-227ea": ("HFC-227ea", Kind.FOSSIL),
    "HFC-236fa": ("HFC-236fa", Kind.FOSSIL),
    "HFC-245fa": ("HFC-245fa", Kind.FOSSIL),
    "HFC-365mfc": ("HFC-365mfc", Kind.FOSSIL),
    "HCFC-225ca": ("HCFC-225ca", Kind.FOSSIL),
    "HFE-356pcf3": ("HFE-356pcf3", Kind.FOSSIL),
    "HFC-1234ze(E)": ("HFO-1234ze(E)", Kind.FOSSIL),
    "(E)-HFC-1225ye": ("HFO-1225ye(E)", Kind.FOSSIL),
    "1-Propene, 1,2,3,3,3-pentafluoro-, (1Z)-": ("HFO-1225ye(Z)", Kind.FOSSIL),
    "1-Propene, 1,3,3,3-tetrafluoro-, (1Z)-": ("HFO-1234ze(Z)", Kind.FOSSIL),
    "1-Propene, 1-chloro-3,3,3-trifluoro-, (1E)-": ("HCFO-1233zd(E)", Kind.FOSSIL),
    # What mappings to the list write where the origin matters to them; the list itself has no such flow.
    "Biogenic carbon dioxide": ("CO2 biogenic", Kind.BIOGENIC_EMISSION),
}


def federal(name: str, context: str, cas: str = "") -> Flow:
    """Return a flow as the list's openLCA export has it: the context as path of categories, an id that nobody knows."""
    return Flow("no id", {"": name}, FlowKind.ELEMENTARY, cas=cas, categories=("Elementary flows", *context.split("/")))


@pytest.mark.parametrize("name", NAMES)
def test_every_context_of_air_counts_and_the_kind_follows(name: str) -> None:
    key, kind = NAMES[name]
    for context in AIR:
        found = gas_of(federal(name, context))
        assert found is not None, context
        assert (found.gas, found.by, found.taken_up) == (key, "name", False)
    assert gas(key).kind is kind


def test_carbon_whose_origin_the_list_does_not_tell_is_assumed_and_says_so() -> None:
    for name in ("Carbon dioxide", "Methane"):
        found = gas_of(federal(name, "emission/air"))
        assert found is not None
        assert found.origin_assumed
    told = gas_of(federal("Biogenic carbon dioxide", "emission/air"))
    assert told is not None
    assert not told.origin_assumed


def test_carbon_dioxide_is_taken_up_from_the_air_alone() -> None:
    taken = gas_of(federal("Carbon dioxide", "resource/air"))
    assert taken is not None
    assert (taken.gas, taken.taken_up) == ("CO2 uptake", True)
    assert taken.mass(2.0, is_input=True) == 2.0
    # A well of carbon dioxide is no uptake: it would lower the footprint of whoever drills it.
    for context in ("resource/ground", "resource/ground/subterranean", "resource/water/saline water body/ocean"):
        assert gas_of(federal("Carbon dioxide", context)) is None, context


@pytest.mark.parametrize("context", ["emission/water", "emission/ground", "emission/ground/subterranean"])
def test_what_does_not_reach_the_air_is_no_gas(context: str) -> None:
    for name in NAMES:
        assert gas_of(federal(name, context)) is None
        assert not is_gas_by_name(federal(name, context))


@pytest.mark.parametrize("name", ["HFE 7100", "Trifluoromethyl sulfur pentafluoride", "HFCs, unspecified"])
def test_a_mixture_or_a_gas_without_a_value_here_is_suspected_and_not_guessed(name: str) -> None:
    assert gas_of(federal(name, "emission/air")) is None
    assert is_gas_by_name(federal(name, "emission/air"))


def test_the_cas_number_finds_what_the_name_does_not() -> None:
    found = gas_of(federal("Ethene, 1-chloro-2,2,2-trifluoro-methyl", "emission/air", "102687-65-0"))
    assert found is not None
    assert (found.gas, found.by) == ("HCFO-1233zd(E)", "cas")
