"""Who supplies an exchange: the ladder from the named provider to a stand-in, and what was passed over on the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, Literal

from tanbiao.core.dataset.inventory import Flow, FlowKind, Inventory
from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.core.lca.errors import shown
from tanbiao.core.lca.linking_model import (
    Activity,
    Choice,
    DecisionKey,
    Entry,
    LinkOptions,
    PassedOver,
    Rank,
    Weighting,
)
from tanbiao.core.lca.linking_places import GLOBAL, code, distance, wider
from tanbiao.core.lca.linking_units import Measures

# How the field's databases name a process that only mixes what others make. Project default, not official.
_MARKET_NAMES: Final = ("market for", "market group for", "consumption mix", "supply mix", "市场")
Why = Literal["farther", "not_the_market", "treats_not_makes", "itself"]
# (decided by a person, there is such a process) → what is said of a provider that can't supply.
_WRONG: Final = {
    (False, False): ("provider_missing", Severity.WARNING),
    (False, True): ("provider_makes_another", Severity.WARNING),
    (True, False): ("choice_provider_unknown", Severity.ERROR),
    (True, True): ("choice_supplies_another", Severity.ERROR),
}


def is_market_name(name: str) -> bool:
    """Whether a process is a market by its name."""
    plain = name.casefold()
    return any(word in plain for word in _MARKET_NAMES)


class Providers:
    """All activities by what they make, asked once per exchange.

    The answer doesn't depend on the order of processes: candidates are sorted by id.
    """

    def __init__(
        self, activities: Sequence[Activity], inventory: Inventory, measures: Measures, options: LinkOptions
    ) -> None:
        self._flows, self._measures, self._options = inventory.flows, measures, options
        self._makers: dict[str, list[Activity]] = {}
        self._by_id: dict[str, list[Activity]] = {}
        for activity in sorted(activities, key=lambda one: one.id):
            self._makers.setdefault(activity.product, []).append(activity)
            for key in {activity.id, activity.process}:
                self._by_id.setdefault(key, []).append(activity)
        self._same_name: dict[str, list[str]] = {}
        for key in sorted(self._makers):
            for name in _names(self._flows.get(key)):
                self._same_name.setdefault(name, []).append(key)
        self._doubts: dict[tuple[str, str, str], tuple[Finding, int]] = {}
        self._processes = {process.id for process in inventory.processes}
        self._idle: dict[DecisionKey, bool] = {}
        """Of each decision that was met: whether every use would have the same supplier without it."""

    def choose(self, user: Activity, entry: Entry, where: str) -> Choice | None:
        """Return who supplies an exchange of an activity; None where nobody does."""
        key = (user.process, entry.exchange.flow)
        return self._chosen(user, entry, key, where) or self._unchosen(user, entry, where)

    def _chosen(self, user: Activity, entry: Entry, key: DecisionKey, where: str) -> Choice | None:
        """Return the provider that somebody decided on; None where nobody did, or it can't supply."""
        decision = self._options.chosen.get(key)
        if decision is None:
            return None
        choice = self._named(user, entry, Rank.CHOSEN, decision.provider, where)
        if choice is None:
            self._idle.setdefault(key, False)
            return None
        # What would stand without it is asked for quietly: its doubts are not those of the link that is made.
        told, idle = self._doubts, dict(self._idle)
        self._doubts = {}
        otherwise = self._climbed(user, entry, where) if not key[0] else self._unchosen(user, entry, where)
        self._doubts, self._idle = told, idle
        needless = otherwise is not None and otherwise.providers == choice.providers
        self._idle[key] = needless and self._idle.get(key, True)
        return replace(choice, decision=decision)

    def _unchosen(self, user: Activity, entry: Entry, where: str) -> Choice | None:
        """Return who supplies an exchange that nobody decided on by itself."""
        flow, named = entry.exchange.flow, entry.exchange.provider
        choice = self._named(user, entry, Rank.NAMED, named, where) if named else None
        if choice is not None:
            return choice
        decision = self._options.chosen.get(("", flow))
        # Who is chosen for all doesn't supply itself: a market is fed by others.
        if decision is not None and user.process not in {one.process for one in self._by_id.get(decision.provider, ())}:
            choice = self._chosen(user, entry, ("", flow), where)
        return choice or self._climbed(user, entry, where)

    def _climbed(self, user: Activity, entry: Entry, where: str) -> Choice | None:
        """Return the nearest who makes (or treats) it, or a product of the same name where that is allowed."""
        flow = entry.exchange.flow
        suited, passed = self._suited(user, entry, self._makers.get(flow, ()))
        if suited:
            return self._climb(user, entry, suited, passed, where)
        if self._options.stand_ins == "name":
            return self._same_named(user, entry, where)
        return None

    def _named(self, user: Activity, entry: Entry, rank: Rank, named: str, where: str) -> Choice | None:
        """Return the named provider if it makes (or treats) the flow; else say why it can't."""
        candidates = self._by_id.get(named, [])
        flow = entry.exchange.flow
        makers = [one for one in candidates if one.product == flow]
        if rank is Rank.CHOSEN and candidates and not makers:
            converted = self._converted(user, entry, candidates[:1], rank)
            if converted is not None:
                other = self._title(candidates[0].product)
                self._say("choice_of_another_product", Severity.WARNING, where, flow, named, id=named, other=other)
                return converted
        suited, _ = self._suited(user, entry, makers)
        if not suited:
            wrong = _WRONG[rank is Rank.CHOSEN, bool(candidates)]
            self._say(wrong[0], wrong[1], where, flow, named, id=named)
            return None
        others = [one for one in self._makers.get(flow, ()) if one.id != suited[0].id]
        return self._choice(user, entry, rank, suited[:1], "single", _passed(others, "farther"))

    def _suited(
        self, user: Activity, entry: Entry, makers: Iterable[Activity]
    ) -> tuple[list[Activity], list[PassedOver]]:
        """Return those whose reference has the right sign, the user itself only when nobody else is left.

        A use needs the opposite sign (a maker for an input, a treatment for a waste); an avoided product or a negative
        input is a credit of the same sign, if no treatment takes it.
        """
        makers = list(makers)
        use = [one for one in makers if one.amount * entry.amount < 0]
        if not use and (entry.exchange.is_avoided or _negative_input(entry)):
            use = [one for one in makers if one.amount * entry.amount > 0]
        passed = _passed([one for one in makers if one not in use], "treats_not_makes")
        others = [one for one in use if one.process != user.process]
        if others and len(others) < len(use):
            passed += _passed([one for one in use if one.process == user.process], "itself")
        return others or use, passed

    def _climb(
        self, user: Activity, entry: Entry, suited: list[Activity], passed: list[PassedOver], where: str
    ) -> Choice | None:
        """Return the nearest: the place itself, then each wider region, then whoever is least far."""
        place = code(entry.exchange.location) or user.place
        for step, region in enumerate((place, *wider(place))):
            here = [one for one in suited if one.place == region]
            if here:
                rank = Rank.SAME_PLACE if step == 0 else Rank.WIDER_REGION
                return self._among(user, entry, rank, here, suited, passed, where)
        if self._options.stand_ins == "none":
            return None
        steps = {one.id: distance(place or GLOBAL, one.place or GLOBAL) for one in suited}
        nearest = [one for one in suited if steps[one.id] == min(steps.values())]
        return self._among(user, entry, Rank.STAND_IN, nearest, suited, passed, where)

    def _among(
        self,
        user: Activity,
        entry: Entry,
        rank: Rank,
        here: list[Activity],
        suited: list[Activity],
        passed: list[PassedOver],
        where: str,
    ) -> Choice:
        """Return one of several providers in one place: its market, else a mix of all."""
        passed = passed + _passed([one for one in suited if one not in here], "farther")
        markets = [one for one in here if is_market_name(one.name)]
        if len(here) > 1 and markets:
            passed += _passed([one for one in here if one not in markets], "not_the_market")
            rank, here = (Rank.MARKET if rank is Rank.SAME_PLACE else rank), markets
        if rank is Rank.STAND_IN:
            self._stand_in(entry.exchange.flow, code(entry.exchange.location) or user.place, here, where)
        if len(here) == 1:
            return self._choice(user, entry, rank, here, "single", passed)
        by_volume = all(one.production_volume is not None and one.production_volume > 0 for one in here)
        weighting: Weighting = "production_volumes" if by_volume else "equal_shares"
        self._say(
            "supply_mix" if by_volume else "ambiguous_provider",
            Severity.INFO if by_volume else Severity.WARNING,
            where,
            entry.exchange.flow,
            " ".join(one.id for one in here),
            providers=len(here),
            names=shown([one.name for one in here]),
        )
        return self._choice(user, entry, rank, here, weighting, passed)

    def _same_named(self, user: Activity, entry: Entry, where: str) -> Choice | None:
        """Return providers of another flow with the same name, counted in a unit that converts."""
        flow = self._flows.get(entry.exchange.flow)
        if flow is None:
            return None
        keys = sorted({key for name in _names(flow) for key in self._same_name.get(name, ()) if key != flow.id})
        makers = [
            one
            for key in keys
            if self._flows[key].kind is flow.kind and self._measures.between(flow, self._flows[key]) is not None
            for one in self._makers[key]
        ]
        suited, _ = self._suited(user, entry, makers)
        if not suited:
            return None
        best = min(suited, key=lambda one: (distance(user.place or GLOBAL, one.place or GLOBAL), one.id))
        self._stand_in(flow.id, user.place, [best], where)
        rest = _passed([one for one in suited if one is not best], "farther")
        return self._converted(user, entry, [best], Rank.STAND_IN, rest)

    def _converted(
        self, user: Activity, entry: Entry, makers: Sequence[Activity], rank: Rank, passed: Sequence[PassedOver] = ()
    ) -> Choice | None:
        """Return a provider of another flow, its amount converted; None where the units don't meet."""
        source, target = self._flows.get(entry.exchange.flow), self._flows.get(makers[0].product)
        factor = self._measures.between(source, target) if source and target else None
        if factor is None:
            return None
        return self._choice(user, entry, rank, makers, "single", passed, factor)

    def _choice(
        self,
        user: Activity,
        entry: Entry,
        rank: Rank,
        makers: Sequence[Activity],
        weighting: Weighting,
        passed: Sequence[PassedOver],
        factor: float = 1.0,
    ) -> Choice:
        volumes = [one.production_volume or 0.0 if weighting == "production_volumes" else 1.0 for one in makers]
        total = sum(volumes)
        return Choice(
            user=user.id,
            exchange=entry.number,
            flow=entry.exchange.flow,
            amount=entry.amount,
            rank=rank,
            providers=tuple((one.id, volume / total) for one, volume in zip(makers, volumes, strict=True)),
            weighting=weighting,
            factor=factor,
            is_credit=makers[0].amount * entry.amount > 0,
            passed_over=tuple(passed),
        )

    def _stand_in(self, flow: str, place: str, makers: Sequence[Activity], where: str) -> None:
        best = makers[0]
        self._say(
            "stand_in_provider",
            Severity.WARNING,
            where,
            flow,
            f"{place} {best.id}",
            place=place or "?",
            provider=best.name,
            provider_place=best.place or "?",
        )

    def _say(self, code_: str, severity: Severity, where: str, flow: str, key: str, **params: str | int) -> None:
        """Count a doubt: a database has the same one at hundreds of users of one product."""
        name = self._title(flow)
        first = finding(code_, severity, where, **{"name": name, "id": flow, **params})
        known, uses = self._doubts.get((code_, flow, key), (first, 0))
        self._doubts[code_, flow, key] = known, uses + 1

    def findings(self) -> tuple[Finding, ...]:
        """Return each doubt once, at its first place, with the number of ``uses``; decisions of no use come last."""
        doubts = [
            finding(one.code, one.severity, one.where, uses=uses, **one.params) for one, uses in self._doubts.values()
        ]
        return (*doubts, *self._decided_in_vain())

    def _decided_in_vain(self) -> Iterator[Finding]:
        """Yield the decisions on processes and products that are not here, and those that change nothing."""
        for key, decision in sorted(self._options.chosen.items()):
            process, flow = key
            params = {"name": self._title(flow), "id": decision.provider, "process": process or "—"}
            if process and process not in self._processes:
                yield finding("choice_process_unknown", Severity.ERROR, process, **params)
            elif key not in self._idle:
                yield finding("choice_not_used", Severity.ERROR, process or flow, **params)
            elif self._idle[key]:
                yield finding("choice_not_needed", Severity.WARNING, process or flow, **params)

    def _title(self, flow: str) -> str:
        known = self._flows.get(flow)
        return next((text for text in known.name.values() if text), flow) if known else flow


def _negative_input(entry: Entry) -> bool:
    return entry.exchange.is_input and entry.amount > 0


def _passed(activities: Iterable[Activity], why: Why) -> list[PassedOver]:
    return [PassedOver(one.id, one.place, why) for one in activities]


def _names(flow: Flow | None) -> set[str]:
    """Return the names by which a product may be found again under another id."""
    if flow is None or flow.kind is FlowKind.ELEMENTARY:
        return set()
    return {" ".join(text.casefold().split()) for text in flow.name.values() if text.strip()}


def needs_provider(flow: Mapping[str, Flow], entry: Entry) -> bool:
    """Whether somebody must supply or treat what an exchange says: everything that isn't exchanged with nature."""
    known = flow.get(entry.exchange.flow)
    return known is None or known.kind is not FlowKind.ELEMENTARY
