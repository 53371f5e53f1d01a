"""Who supplies what by a person's decision: what it covers, what is said of one that is wrong, what waits for one."""

import pytest

from core.lca.inventories import gives, inventory, made, process, product, uses
from tanbiao.core.findings import TanbiaoError, render
from tanbiao.core.lca.linked_solve import solve
from tanbiao.core.lca.linking import link
from tanbiao.core.lca.linking_choices import decisions, undecided
from tanbiao.core.lca.linking_model import Decision, LinkOptions


def _ambiguous(*extra):
    """Two users of power from two stations of one place; the second names hydro."""
    users = (
        process("one", made("x"), uses("el", 3.6)),
        process("two", made("y"), uses("el", 3.6, provider="hydro")),
        process("hydro", made("el", 1, "kWh"), gives("co2", 0.1)),
        process("coal", made("el", 1, "kWh"), gives("co2", 0.9)),
    )
    return inventory([product("el", "energy"), product("x"), product("y"), product("z")], *users, *extra)


def test_a_decision_for_all_uses_leaves_what_the_file_names():
    stock = _ambiguous()
    (waiting,) = undecided(stock, link(stock))
    assert (waiting.product, waiting.weighting, waiting.users) == ("el", "equal_shares", ("one",))
    assert [(one.id, one.label, one.share) for one in waiting.candidates] == [
        ("coal", "coal (CN)", 0.5),
        ("hydro", "hydro (CN)", 0.5),
    ]
    linked = link(stock, options=LinkOptions(chosen={("", "el"): Decision("coal")}))
    # 3.6 MJ are 1 kWh.
    assert solve(linked).footprint("one") == pytest.approx(0.9)
    assert solve(linked).footprint("two") == pytest.approx(0.1)
    assert (linked.findings, undecided(stock, linked)) == ((), ())
    both = {("", "el"): Decision("coal"), ("two", "el"): Decision("coal")}
    assert solve(link(stock, options=LinkOptions(chosen=both))).footprint("two") == pytest.approx(0.9)


def test_who_is_chosen_for_all_uses_does_not_supply_itself():
    market = process("mixer", made("el", 1, "kWh"), uses("el", 3.6), gives("co2", 0.05))
    linked = link(_ambiguous(market), options=LinkOptions(chosen={("", "el"): Decision("mixer")}))
    fed = next(one for one in linked.choices if one.user == "mixer")
    assert fed.providers == (("coal", 0.5), ("hydro", 0.5))
    # half coal, half hydro and what the mixer emits itself
    assert solve(linked).footprint("one") == pytest.approx(0.5 * 0.9 + 0.5 * 0.1 + 0.05)


@pytest.mark.parametrize(
    ("key", "provider", "code", "severity"),
    [
        (("nobody", "el"), "coal", "choice_process_unknown", "error"),
        (("one", "z"), "coal", "choice_not_used", "error"),
        (("", "z"), "coal", "choice_not_used", "error"),
        (("one", "el"), "nobody", "choice_provider_unknown", "error"),
        (("", "el"), "two", "choice_supplies_another", "error"),
        (("two", "el"), "hydro", "choice_not_needed", "warning"),
    ],
)
def test_a_decision_that_is_wrong_or_changes_nothing_is_said(key, provider, code, severity):
    stock = _ambiguous()
    linked = link(stock, options=LinkOptions(chosen={key: Decision(provider)}))
    said = [one for one in linked.findings if one.code.startswith("choice_")]
    assert [(one.code, one.severity.value) for one in said] == [(code, severity)]
    for lang in ("zh", "en"):
        told = render(said[0], lang)
        assert "{" not in told["message"] + told["remedy"]
        assert told["remedy"]
    # It changes no figure but by its own doing.
    for one in ("one", "two"):
        assert solve(linked).footprint(one) == solve(link(stock)).footprint(one)


@pytest.mark.parametrize(
    ("said", "code", "where"),
    [
        ("coal", "choice_malformed", "place"),
        ([{"product": "el"}], "choice_malformed", "place[0].provider"),
        ([{"product": 7, "provider": "coal"}], "choice_malformed", "place[0].product"),
        ([{"product": "el", "provider": "coal", "why": "x"}], "choice_malformed", "place[0].why"),
        ([{"product": "el", "provider": "coal", "process": None}], "choice_malformed", "place[0].process"),
        (["el"], "choice_malformed", "place[0].product"),
        ([{"product": "el", "provider": "coal"}, {"product": "el", "provider": "hydro"}], "choice_twice", "place[1]"),
    ],
)
def test_decisions_that_are_not_written_as_they_should_be_are_refused_by_their_place(said, code, where):
    with pytest.raises(TanbiaoError) as refused:
        decisions(said, "place", "command")
    assert [(one.code, one.where) for one in refused.value.findings] == [(code, where)]
