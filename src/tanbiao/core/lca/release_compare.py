"""What differs between two releases: datasets added, removed and changed, and by how much their figures moved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tanbiao.core.dataset import Dataset
from tanbiao.core.lca.linking_record import Link, all_links, links_of
from tanbiao.core.lca.linking_record import as_json as link_json
from tanbiao.core.lca.release import Release

_QUIET = frozenset({"version", "findings", "notes"})
"""Parts of a dataset whose change alone moves no figure and no judgement."""


@dataclass(frozen=True, slots=True)
class ProviderChange:
    """An exchange of a dataset that another dataset supplies than before.

    ``before`` and ``after`` name the suppliers, sorted; empty where nobody did or does (a gap), or the exchange is new
    or gone. The links are what the releases record of why; None where one does not.
    """

    dataset: str
    exchange: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    link_before: Link | None = None
    link_after: Link | None = None


@dataclass(frozen=True, slots=True)
class LinkChange:
    """An exchange that the same datasets supply as before, at another rank or with other shares."""

    dataset: str
    exchange: str
    before: Link
    after: Link


@dataclass(frozen=True, slots=True)
class PrecedenceChange:
    """A dataset (or what stood under its id) that comes from another database than before; empty: it did not stand."""

    dataset: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """One dataset that is in both releases and not the same.

    ``parts`` names the keys of the document that differ. ``old`` and ``new`` are kg CO2e per reference unit under the
    set asked for; both None where a unit changed, because figures per different units are not compared.
    """

    id: str
    parts: tuple[str, ...]
    unit: str
    old: float | None
    new: float | None
    providers: tuple[ProviderChange, ...] = ()

    @property
    def relative(self) -> float | None:
        """(new − old) / |old|; None where there is no old figure to compare with."""
        if self.old is None or self.new is None or self.old == 0:
            return None
        return (self.new - self.old) / abs(self.old)

    @property
    def moved(self) -> bool:
        """Whether the figure, or its unit, is another."""
        return self.old is None or self.old != self.new


@dataclass(frozen=True, slots=True)
class Comparison:
    """The difference of two releases under one GWP set."""

    gwp_set: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[Change, ...]
    same: int
    """Datasets whose blocks are equal to the byte."""
    sampled: bool = False
    """Whether both are sampled with one seed and number: then datasets that did not change have the same draws."""
    moved: frozenset[str] = field(default_factory=frozenset)
    """Ids (of the old release) whose figure moved, whose unit changed, or that are gone."""
    precedence: tuple[PrecedenceChange, ...] = ()
    links: tuple[LinkChange, ...] = ()
    """Only between releases that both record their links."""

    def touches(self, used: Iterable[str]) -> list[str]:
        """Return which of the datasets that a study uses could move its figure."""
        return sorted(self.moved & set(used))


def compare(old: Release, new: Release, gwp_set: str = "AR6") -> Comparison:
    """Compare two releases block by block; equal blocks are told by their leaves and not read.

    Raises
    ------
    TanbiaoError
        ``gwp_set_not_known``; ``release_hash_wrong``.
    """
    before, after = set(old.ids()), set(new.ids())
    gone = sorted(identifier for identifier in before - after if identifier not in new)
    changed = []
    for identifier in old.ids():
        target = new.canonical_id(identifier)
        if target is None or (target == identifier and old.leaf(identifier) == new.leaf(identifier)):
            continue
        providers = _providers(old.get(identifier), new.get(target), links_of(old, identifier), links_of(new, target))
        changed.append(_change(old.get(identifier), new.get(target), gwp_set, providers))
    moved = frozenset([*gone, *(item.id for item in changed if item.moved)])
    said = [{key: (item.sampling or {}).get(key) for key in ("count", "seed")} for item in (old, new)]
    return Comparison(
        gwp_set,
        tuple(sorted(after - before)),
        tuple(gone),
        tuple(changed),
        len(before) - len(gone) - len(changed),
        old.sampling is not None and said[0] == said[1],
        moved,
        _precedence(old, new),
        tuple(_relinked(old, new)),
    )


def _relinked(old: Release, new: Release) -> Iterator[LinkChange]:
    """Yield the exchanges of which the suppliers are the same and the grounds are not."""
    after = all_links(new)
    for identifier, links in all_links(old).items():
        now = {one.exchange: one for one in after.get(new.canonical_id(identifier) or "", ())}
        for link in links:
            other = now.get(link.exchange)
            if other is not None and other.providers == link.providers and other.grounds() != link.grounds():
                yield LinkChange(identifier, link.exchange, link, other)


def _precedence(old: Release, new: Release) -> tuple[PrecedenceChange, ...]:
    """Return whose dataset stands for an id where that changed; only between releases that were made of databases."""
    if not old.document("origins") or not new.document("origins"):
        return ()
    before, after = old.document("origins"), new.document("origins")
    found = []
    for identifier in sorted({*before, *after}):
        databases = []
        for release, origins in ((old, before), (new, after)):
            standing = release.canonical_id(identifier)
            databases.append(origins[standing][0] if standing in origins else "")
        if all(databases) and databases[0] != databases[1]:
            found.append(PrecedenceChange(identifier, *databases))
    return tuple(found)


def _providers(
    old: Dataset, new: Dataset, links_before: Iterable[Link], links_after: Iterable[Link]
) -> tuple[ProviderChange, ...]:
    before, after = _suppliers(old), _suppliers(new)
    was, now = ({one.exchange: one for one in links} for links in (links_before, links_after))
    return tuple(
        ProviderChange(old.id, name, before.get(name, ()), after.get(name, ()), was.get(name), now.get(name))
        for name in sorted(before.keys() | after.keys())
        if before.get(name, ()) != after.get(name, ())
    )


def _suppliers(item: Dataset) -> dict[str, tuple[str, ...]]:
    """Return exchange → who supplies it; a gap has nobody."""
    found: dict[str, tuple[str, ...]] = {gap.id: () for gap in item.gaps}
    for used in item.inputs:
        found[used.drawn_as] = tuple(sorted({*found.get(used.drawn_as, ()), used.dataset}))
    return found


def _change(old: Dataset, new: Dataset, gwp_set: str, providers: tuple[ProviderChange, ...]) -> Change:
    before, after = old.document(), new.document()
    parts = tuple(sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key)))
    if old.reference.unit != new.reference.unit:
        return Change(old.id, parts, f"{old.reference.unit} → {new.reference.unit}", None, None, providers)
    return Change(old.id, parts, old.reference.unit, _figure(old, gwp_set), _figure(new, gwp_set), providers)


def _figure(item: Dataset, gwp_set: str) -> float | None:
    found = item.weighed(gwp_set)
    return None if found.unweighed else found.total


def as_json(found: Comparison) -> dict[str, Any]:
    """Return the comparison as JSON values; changed datasets by the size of their move, the largest first."""
    ordered = sorted(found.changed, key=lambda item: (-abs(item.relative or 0.0), item.id))
    return {
        "gwp_set": found.gwp_set,
        "added": list(found.added),
        "removed": list(found.removed),
        "changed": [
            {
                "dataset": item.id,
                "parts": list(item.parts),
                "unit": item.unit,
                "old": item.old,
                "new": item.new,
                "relative": item.relative,
                "moved": item.moved,
                "only_described": set(item.parts) <= _QUIET,
                "providers": [_provider(one) for one in item.providers],
            }
            for item in ordered
        ],
        "precedence": [{"dataset": one.dataset, "before": one.before, "after": one.after} for one in found.precedence],
        "links": [
            {
                "dataset": one.dataset,
                "exchange": one.exchange,
                "before": link_json(one.before),
                "after": link_json(one.after),
            }
            for one in found.links
        ],
        "same": found.same,
        "shared_draws": found.sampled,
    }


def _provider(one: ProviderChange) -> dict[str, Any]:
    return {
        "exchange": one.exchange,
        "before": list(one.before),
        "after": list(one.after),
        "rank_before": None if one.link_before is None else one.link_before.rank.name.lower(),
        "rank_after": None if one.link_after is None else one.link_after.rank.name.lower(),
    }


def _told(link: Link) -> str:
    """Return rank and shares of a link for a cell: ``same_place: a 0.5, b 0.5``."""
    return f"{link.rank.name.lower()}: " + ", ".join(f"{one.dataset} {one.share:.6g}" for one in link.supplies)


def as_rows(found: Comparison) -> list[tuple[str | float | None, ...]]:
    """Return the comparison as rows of a table, the first of them its heads; one row per change of any sort."""
    rows: list[tuple[str | float | None, ...]] = [
        ("change", "dataset", "unit", "old", "new", "relative", "exchange", "before", "after", "parts")
    ]
    rows += [("added", name, *[None] * 8) for name in found.added]
    rows += [("removed", name, *[None] * 8) for name in found.removed]
    for item in sorted(found.changed, key=lambda item: (-abs(item.relative or 0.0), item.id)):
        parts = " ".join(item.parts)
        kind = "figure" if item.moved else "described"
        rows.append((kind, item.id, item.unit, item.old, item.new, item.relative, None, None, None, parts))
        rows += [
            ("provider", item.id, None, None, None, None, one.exchange, " ".join(one.before), " ".join(one.after), None)
            for one in item.providers
        ]
    rows += [
        ("precedence", one.dataset, None, None, None, None, None, one.before, one.after, None)
        for one in found.precedence
    ]
    rows += [
        ("link", one.dataset, None, None, None, None, one.exchange, _told(one.before), _told(one.after), None)
        for one in found.links
    ]
    return rows
