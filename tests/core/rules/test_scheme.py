"""The label scheme document: what it publishes, how it rounds, what it may not say."""

from __future__ import annotations

from typing import Any

import pytest

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.rules import list_schemes, load_scheme, parse_scheme


def demo(**changes: Any) -> dict[str, Any]:
    """Return the demonstration scheme's document with changes."""
    body = load_scheme("tanbiao-demo@1.0.0").model_dump(mode="json", by_alias=True)
    return {**body, **changes}


def test_the_demonstration_scheme_says_what_it_is() -> None:
    scheme = load_scheme("tanbiao-demo")
    assert scheme.reference == "tanbiao-demo@1.0.0"
    assert scheme.standing == "demonstration"
    assert "not official" in scheme.thresholds
    assert "不构成认证" in scheme.statement.zh
    assert scheme.document["terms"] == {
        "validity_months": 24,
        "surveillance_months": 12,
        "review_and_decision": "two_persons",
    }
    assert list_schemes() == [scheme]


# round half to even on three significant digits, worked by hand
@pytest.mark.parametrize(
    ("exact", "shown"),
    [
        ("96.905", "96.9"),
        ("0.6205", "0.620"),
        ("0.6215", "0.622"),
        ("1234.5", "1230"),
        ("1235", "1240"),
        ("1245", "1240"),
        ("-2.345", "-2.34"),
        ("0.00012345", "0.000123"),
        ("0", "0"),
        ("999.6", "1000"),
    ],
)
def test_rounding_is_half_to_even(exact: str, shown: str) -> None:
    assert load_scheme("tanbiao-demo").round(exact) == shown


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"decision": {"mode": "nobody"}}, "scheme_malformed"),
        ({"published": ["recipe"]}, "scheme_malformed"),
        ({"number_pattern": "{name}"}, "scheme_malformed"),
        ({"rounding": {"digits": 0, "method": "half_even"}}, "scheme_malformed"),
        ({"slogan": "best"}, "unknown_key"),
    ],
)
def test_a_malformed_scheme_is_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(TanbiaoError) as caught:
        parse_scheme(demo(**changes))
    assert caught.value.code == code


def test_a_committee_has_its_size_in_the_terms() -> None:
    scheme = parse_scheme(demo(decision={"mode": "committee", "committee_size": 3}))
    assert scheme.document["terms"]["committee_size"] == 3


def test_an_unknown_scheme_is_refused() -> None:
    for reference in ("nobody", "tanbiao-demo@9.0.0", "../x"):
        with pytest.raises(TanbiaoError) as caught:
            load_scheme(reference)
        assert caught.value.code == "scheme_unknown"


def test_the_workflow_knows_every_term_of_the_scheme() -> None:
    from tanbiao.workflow.terms import terms_of

    assert terms_of(load_scheme("tanbiao-demo").document["terms"]).validity_months == 24
