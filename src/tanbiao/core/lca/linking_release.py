"""A release as the background of files: its datasets for what the files use and no process of theirs makes.

A product is found in the release by its code, else by its name; how near each is, the ladder of linking decides. What a
file or a person names by a dataset's id is taken too. Wastes stay open: a dataset with a figure treats nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from tanbiao.core.dataset import Dataset
from tanbiao.core.dataset.inventory import Flow, FlowKind, Inventory
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.lca.linking import Linked, link
from tanbiao.core.lca.linking_background import from_dataset
from tanbiao.core.lca.linking_model import Background, LinkOptions
from tanbiao.core.lca.linking_units import Measures
from tanbiao.core.lca.release import Release
from tanbiao.core.lca.release_databases import product_words


@dataclass(frozen=True)
class OnRelease:
    """Files linked on a release: the whole, the datasets that were taken, and what is to be known of them."""

    linked: Linked
    backgrounds: tuple[Background, ...]
    findings: tuple[Finding, ...]


def link_on(inventory: Inventory, release: Release, options: LinkOptions) -> OnRelease:
    """Link an inventory with the datasets of a release behind it.

    Raises
    ------
    TanbiaoError
        As :func:`tanbiao.core.lca.linking.link`; ``release_hash_wrong``.
    """
    alone = link(inventory, options=options)
    offer = _Offer(inventory, alone, release, options)
    offer.make()
    whole = link(inventory, offer.backgrounds, options)
    used = {key for choice in whole.choices for key, _ in choice.providers}
    taken = tuple(one for one in offer.backgrounds if one.id in used)
    # Those that nothing takes are no part of what is told: their figures would count as ready.
    linked = link(inventory, taken, options)
    told = [one for key, one in offer.findings if not key or key in used]
    return OnRelease(linked, taken, tuple(told))


class _Offer:
    """Looks for datasets that could supply."""

    def __init__(self, inventory: Inventory, alone: Linked, release: Release, options: LinkOptions) -> None:
        self._inventory, self._alone, self._release, self._options = inventory, alone, release, options
        self._measures = Measures(inventory)
        self._taken = {one.id for one in alone.activities} | {one.id for one in inventory.processes}
        self.backgrounds: list[Background] = []
        self.findings: list[tuple[str, Finding]] = []
        """(id of the background that it is about, or nothing; the finding)"""

    def make(self) -> None:
        """Offer what is named by id, and what has the code or name of a product that nobody makes."""
        named = self._named()
        makers = self._makers() if self._alone.unlinked else {}
        for key in sorted({*named, *(one.flow for one in self._alone.unlinked)}):
            flow = self._inventory.flows.get(key)
            if flow is None or flow.kind is not FlowKind.PRODUCT:
                continue
            found = [(name, self._release.get(name)) for name in sorted(named.get(key, ()))]
            listed = {item.id for _, item in found}
            found += [(item.id, item) for item in self._alike(flow, makers) if item.id not in listed]
            self._offer(flow, found)

    def _named(self) -> Mapping[str, set[str]]:
        """Return flow id → ids of the release that files or decisions name as its supplier."""
        said = [(one.flow, one.provider) for process in self._inventory.processes for one in process.exchanges]
        said += [(flow, decision.provider) for (_, flow), decision in self._options.chosen.items()]
        found: dict[str, set[str]] = {}
        for flow, provider in said:
            if provider and provider not in self._taken and provider in self._release:
                found.setdefault(flow, set()).add(provider)
        return found

    def _makers(self) -> Mapping[tuple[str, str], list[Dataset]]:
        """Return (``code`` or ``name``, text) → datasets of the release that may stand for an input by themselves."""
        found: dict[tuple[str, str], list[Dataset]] = {}
        for item in self._release:
            if item.may_be_an_input and not item.screening and not item.stand_in_only:
                for words in product_words(item):
                    found.setdefault(words, []).append(item)
        return found

    def _alike(self, flow: Flow, makers: Mapping[tuple[str, str], list[Dataset]]) -> Iterable[Dataset]:
        users = [one.user for one in self._alone.unlinked if one.flow == flow.id]
        places = {self._alone.activities[self._alone.index[one]].place.partition("-")[0] for one in users}
        if not users:
            return []
        names = {" ".join(text.casefold().split()) for text in flow.name.values() if text.strip()}
        found = makers.get(("code", flow.id.casefold()), [])
        found = found or [item for name in sorted(names) for item in makers.get(("name", name), [])]
        return {item.id: item for item in found if not places & set(item.never_for)}.values()

    def _offer(self, flow: Flow, found: Iterable[tuple[str, Dataset]]) -> None:
        refused: list[Finding] = []
        fits = False
        for name, item in found:
            try:
                made, told = from_dataset(item, flow, self._measures, self._options.gwp_set, flow.id)
            except TanbiaoError as error:
                refused += (replace(one, severity=Severity.WARNING) for one in error.findings[:1])
                continue
            fits = True
            key = name if name not in self._taken else f"{name}#{flow.id}"
            if key in self._taken:
                continue
            self._taken.add(key)
            if item.missing is not None:
                what = {"provider": item.id, "name": item.name.best("en")}
                told = (*told, finding("background_incomplete", Severity.WARNING, flow.id, **what))
            self.backgrounds.append(replace(made, id=key, incomplete=item.missing is not None))
            self.findings += ((key, one) for one in told)
        if not fits:
            self.findings += (("", one) for one in refused[:1])
