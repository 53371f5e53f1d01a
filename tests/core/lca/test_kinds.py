"""Intensities by gas and by kind; expected numbers by hand."""

import numpy as np
import pytest
import scipy.sparse as sp

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.gases import gwp
from tanbiao.core.lca import InvalidSystem, ProductSystem
from tanbiao.core.lca.kinds import intensities_by_gas, intensities_by_kind

GASES = ["CO2 fossil", "CH4 biogenic", "CO2 uptake", "CO2 land use change", "carried/undivided", "aircraft"]
# Board (process 0) needs 2 of timber (process 1); timber takes up 1.8 kg, the mill emits.
TECHNOSPHERE = [[1, 0], [-2, 1]]
INTERVENTIONS = [[0.5, 0.1], [0, 0.01], [0, 1.8], [0, 0.2], [0.3, 0], [0.05, 0.01]]


def _system(gases):
    return ProductSystem(TECHNOSPHERE, INTERVENTIONS, np.ones(6), gases=gases)


def test_by_gas_is_in_kilograms():
    by_gas = intensities_by_gas(_system(GASES))
    np.testing.assert_allclose(by_gas[:, 0], [0.7, 0.02, 3.6, 0.4, 0.3, 0.07], rtol=1e-14)
    np.testing.assert_allclose(by_gas[:, 1], [0.1, 0.01, 1.8, 0.2, 0, 0.01], rtol=1e-14)


@pytest.mark.parametrize("gwp_set", ["AR5", "AR6"])
def test_kinds_add_up_to_the_total_and_aircraft_is_in_no_sum(gwp_set):
    found = intensities_by_kind(_system(GASES), gwp_set)
    expected = {
        "fossil": 0.7,
        "biogenic_emission": 0.02 * gwp(gwp_set, "CH4 biogenic"),
        "biogenic_uptake": -3.6,
        "land_use_change": 0.4,
        "undivided": 0.3,
    }
    assert {kind: pytest.approx(values[0], rel=1e-13) for kind, values in found.kinds.items()} == expected
    assert found.aircraft[0] == pytest.approx(0.07, rel=1e-13)
    assert found.excluding_uptake[0] == pytest.approx(sum(expected.values()) + 3.6, rel=1e-13)
    assert found.total[0] == pytest.approx(sum(expected.values()), rel=1e-13)


def test_unknown_or_unnamed_gases_are_refused():
    with pytest.raises(TanbiaoError) as error:
        intensities_by_kind(_system(["CO2", *GASES[1:]]), "AR6")
    assert error.value.code == "gas_unknown"
    with pytest.raises(InvalidSystem) as unnamed:
        intensities_by_kind(_system(None), "AR6")
    assert unnamed.value.code == "gases_not_named"


def test_any_number_of_indicators_is_solved_at_once():
    system = ProductSystem(sp.csc_array(TECHNOSPHERE), INTERVENTIONS, np.eye(6))
    np.testing.assert_allclose(system.intensities(), intensities_by_gas(_system(None)), rtol=1e-15)
