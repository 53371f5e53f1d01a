"""Arrays, names and demands that are not a system are refused with the place."""

import numpy as np
import pytest
import scipy.sparse as sp

from tanbiao.core.findings import TanbiaoError, render
from tanbiao.core.lca import InvalidSystem, ProductSystem

GOOD = {"technosphere": [[1, -0.5], [0, 1]], "interventions": [[1, 2]], "characterization": [1]}


@pytest.mark.parametrize(
    "change, code",
    [
        ({"technosphere": [[1, np.nan], [0, 1]]}, "matrix_not_finite"),
        ({"interventions": [[1, np.inf]]}, "matrix_not_finite"),
        ({"characterization": [-np.inf]}, "matrix_not_finite"),
        ({"technosphere": sp.coo_array(([1.0, 1, 1], ([0, 1, 0], [0, 1, 0])))}, "matrix_entry_twice"),
        ({"technosphere": sp.coo_array(([1, 1, 1], ([0, 1, 0], [0, 1, 0])))}, "matrix_entry_twice"),
        ({"interventions": sp.coo_matrix((np.ones(3, np.float32), ([0, 0, 0], [0, 1, 1])))}, "matrix_entry_twice"),
        ({"technosphere": sp.csc_matrix((np.ones(3), [0, 0, 1], [0, 2, 3]), shape=(2, 2))}, "matrix_entry_twice"),
        ({"technosphere": np.eye(2) * 1j}, "matrix_malformed"),
        ({"interventions": sp.csr_array(np.array([[1, 2j]]))}, "matrix_malformed"),
        ({"interventions": [[1, 2, 3]]}, "matrix_shape"),
        ({"characterization": [1, 2]}, "matrix_shape"),
        ({"technosphere": [[1, "a"], [0, 1]]}, "matrix_malformed"),
        ({"technosphere": [[1, 2], [0]]}, "matrix_malformed"),
        ({"technosphere": np.zeros((0, 0))}, "matrix_malformed"),
        ({"technosphere": np.zeros((1, 1, 1))}, "matrix_malformed"),
        ({"products": ["only one"]}, "names_mismatch"),
        ({"processes": ["twice", "twice"]}, "name_twice"),
        ({"references": [0]}, "references_malformed"),
        ({"references": [0.5, 1.5]}, "references_malformed"),
        ({"references": [0, 7]}, "no_reference"),
        ({"technosphere": [[1e-320, 0], [-1, 1]]}, "reference_too_small"),
    ],
)
def test_what_is_no_system_is_refused_in_both_languages(change, code):
    with pytest.raises(TanbiaoError) as error:
        ProductSystem(**(GOOD | change))
    assert error.value.code == code
    assert isinstance(error.value, ValueError)
    for lang in ("zh", "en"):
        shown = render(error.value.findings[0], lang)
        assert shown["message"] != code
        assert "{" not in shown["message"] + shown["remedy"]


def test_a_bad_entry_is_named_by_product_and_process():
    with pytest.raises(InvalidSystem) as error:
        ProductSystem([[1, np.nan], [0, 1]], [[1, 2]], [1], products=["coal", "power"], processes=["mine", "plant"])
    assert error.value.findings[0].params == {"row": "coal", "column": "plant", "value": "nan"}


@pytest.mark.parametrize(
    "demand, code",
    [
        ({"gas": 1}, "product_not_in_system"),
        ({2: 1}, "product_not_in_system"),
        ({-1: 1}, "product_not_in_system"),
        ({True: 1}, "product_not_in_system"),
        ({0: np.nan}, "demand_not_finite"),
        ([1, 2, 3], "demand_shape"),
        ([[1, 2]], "demand_shape"),
        ([1, np.inf], "demand_not_finite"),
        ({0: "much"}, "demand_not_finite"),
        ({0: None}, "demand_not_finite"),
        (["much", 1], "matrix_malformed"),
        ([1j, 1], "matrix_malformed"),
    ],
)
def test_a_demand_the_system_does_not_know_is_refused(demand, code):
    system = ProductSystem(**GOOD, products=["coal", "power"])
    with pytest.raises(InvalidSystem) as error:
        system.footprint(demand)
    assert error.value.code == code


def test_dense_sparse_and_stored_zeros_are_one_system():
    dense = ProductSystem(**GOOD)
    with_zero = sp.csr_array(([1.0, -0.5, 0.0, 1.0], [0, 1, 0, 1], [0, 2, 4]), shape=(2, 2))
    sparse = ProductSystem(with_zero, sp.csc_matrix([[1, 2]]), sp.coo_matrix([[1.0]]))
    assert (dense.intensities() == sparse.intensities()).all()


def test_products_can_be_asked_by_name_or_index():
    system = ProductSystem(**GOOD, products=["coal", "power"])
    assert system.footprint({"power": 2}) == system.footprint({1: 2}) == system.footprint([0, 2])


def test_the_arrays_given_are_not_changed_and_the_intensities_cannot_be():
    technosphere = np.array([[2.0, -0.5], [0.0, 4.0]])
    system = ProductSystem(technosphere, [[1, 2]], [1])
    demand = np.array([1.0, 1.0])
    system.footprint(demand)
    assert technosphere.tolist() == [[2.0, -0.5], [0.0, 4.0]]
    assert demand.tolist() == [1.0, 1.0]
    with pytest.raises(ValueError, match="read-only"):
        system.intensities()[0, 0] = 1
