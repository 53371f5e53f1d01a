"""Who supplies each exchange of a release's datasets, and on what grounds: the section ``links``.

Linking decides for every exchange who supplies it (:class:`~tanbiao.core.lca.linking_model.Choice`); precedence and gap
filling may lead it to another database's dataset. What came of both stands in the release beside ``precedence``::

    {"names": [dataset id, …],
     "datasets": {dataset id: [[exchange, rank, [[provider, share], …], {…}], …]}}

``rank`` is a number of :class:`~tanbiao.core.lca.linking_model.Rank`, a provider the place of its id in ``names``, with
the place of the dataset that it stands for by precedence behind its share. The last part is left out where it is empty:
``weighting``, ``passed_over`` {why: how many}, ``filled`` (a gap, by another database), ``by`` and ``reason`` (of a
person who chose). A release of which nothing was linked has no such section.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca.linking_model import Choice, Rank, Weighting

if TYPE_CHECKING:
    from tanbiao.core.dataset import Dataset
    from tanbiao.core.findings import Lang
    from tanbiao.core.lca.release import Release
    from tanbiao.core.lca.release_databases import Contribution, Merged

SECTION: Final = "links"
RANK_WORDS: Final[Mapping[Rank, Mapping[Lang, str]]] = {
    Rank.CHOSEN: {"zh": "指定", "en": "chosen"},
    Rank.NAMED: {"zh": "文件指定", "en": "named by the file"},
    Rank.SAME_PLACE: {"zh": "同产品同地", "en": "same product, same place"},
    Rank.MARKET: {"zh": "市场", "en": "market"},
    Rank.WIDER_REGION: {"zh": "更大区域", "en": "wider region"},
    Rank.STAND_IN: {"zh": "代用", "en": "stand-in"},
}
_WEIGHTING_WORDS: Final[Mapping[Weighting, Mapping[Lang, str]]] = {
    "single": {"zh": "", "en": ""},
    "production_volumes": {"zh": "按产量加权", "en": "weighted by production volume"},
    "equal_shares": {"zh": "等份（有多个供应者而未指定）", "en": "equal shares (several could supply, none is chosen)"},
}
ROLE_WORDS: Final[Mapping[str, Mapping[Lang, str]]] = {
    "release_author": {"zh": "发布版编制者", "en": "the release's author"},
    "command": {"zh": "命令使用者", "en": "whoever ran the command"},
    "data_provider": {"zh": "数据提供方", "en": "the data provider"},
    "operator": {"zh": "平台运营方", "en": "the platform's operator"},
    "authority_officer": {"zh": "主管部门", "en": "the authority"},
}
"""In which role somebody decides on a supplier."""
_PASSED_WORDS: Final[Mapping[str, Mapping[Lang, str]]] = {
    "farther": {"zh": "{count} 个较远或排序靠后", "en": "{count} farther away or lower in rank"},
    "not_the_market": {"zh": "{count} 个不是市场", "en": "{count} not the market"},
    "treats_not_makes": {
        "zh": "{count} 个是处理而非生产（或相反）",
        "en": "{count} treating instead of making, or the reverse",
    },
    "itself": {"zh": "使用者自身", "en": "the user itself"},
}


@dataclass(frozen=True, slots=True)
class Supply:
    """A provider of an exchange with its share; ``instead_of`` is the dataset that it stands for by precedence."""

    dataset: str
    share: float
    instead_of: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """Who supplies one exchange of a dataset, at which rank, and what was passed over (why → how many)."""

    exchange: str
    rank: Rank
    supplies: tuple[Supply, ...]
    weighting: Weighting = "single"
    passed_over: Mapping[str, int] = field(default_factory=dict)
    filled: bool = False
    """Whether another database fills what the dataset's own lacks."""
    by: str = ""
    """Role of the person who chose, at rank ``CHOSEN``."""
    reason: str = ""

    @property
    def providers(self) -> tuple[str, ...]:
        """Ids of who supplies it, sorted."""
        return tuple(sorted({one.dataset for one in self.supplies}))

    def grounds(self) -> tuple[Any, ...]:
        """Return on what it was chosen, for comparison: rank and shares, not what was passed over."""
        shares: dict[str, float] = {}
        for one in self.supplies:
            shares[one.dataset] = shares.get(one.dataset, 0.0) + one.share
        return self.rank, tuple(sorted(shares.items())), self.weighting, self.filled, self.by, self.reason


Links = Mapping[str, tuple[Link, ...]]
"""Dataset id → its exchanges that somebody supplies, in the order of its inputs."""


def link_of(choice: Choice, exchange: str, ids: Mapping[str, str]) -> Link:
    """Return a choice of linking as it is kept; ``ids`` says activity id → dataset id."""
    return Link(
        exchange,
        choice.rank,
        tuple(Supply(ids[key], share) for key, share in choice.providers),
        choice.weighting,
        dict(sorted(Counter(one.why for one in choice.passed_over).items())),
        by=choice.decision.role if choice.decision else "",
        reason=choice.decision.reason if choice.decision else "",
    )


def in_release(contributions: Iterable[Contribution], merged: Merged, standing: Container[str]) -> dict[str, Any]:
    """Return the section of a release from several databases; empty where nothing of it was linked.

    Parameters
    ----------
    standing
        Ids of the datasets that the release holds.
    """
    winner = {one.dataset: one.by for one in merged.superseded}
    found: dict[str, tuple[Link, ...]] = {}
    for one in contributions:
        for user, links in one.links.items():
            if user in standing and merged.origins.get(user) == one.database.key:
                found[user] = tuple(_led(link, user, winner) for link in links)
    for gap in merged.filled:
        if gap.allowed and gap.dataset in standing:
            link = Link(gap.exchange, Rank[gap.rank.upper()], (Supply(gap.by, 1.0),), filled=True)
            found[gap.dataset] = (*found.get(gap.dataset, ()), link)
    return document(found)


def _led(link: Link, user: str, winner: Mapping[str, str]) -> Link:
    """Return a link with the datasets that stand in the place of those that gave way."""
    supplies = tuple(
        one
        if (by := winner.get(one.dataset)) is None or by == user
        else Supply(by, one.share, one.instead_of or one.dataset)
        for one in link.supplies
    )
    return link if supplies == link.supplies else replace(link, supplies=supplies)


def carried(old: Release, datasets: Sequence[Dataset], said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the section of a release that follows another: what is new, and what still holds of the old one's.

    A record of the old release holds for an exchange that the same datasets supply.
    """
    kept = dict(_decoded(said, "links"))
    for item in datasets:
        if item.id in kept or item.id not in old:
            continue
        suppliers: dict[str, set[str]] = {}
        for used in item.inputs:
            suppliers.setdefault(used.drawn_as, set()).add(used.dataset)
        still = tuple(one for one in links_of(old, item.id) if suppliers.get(one.exchange) == set(one.providers))
        if still:
            kept[item.id] = still
    return document(kept)


def document(links: Links) -> dict[str, Any]:
    """Return links as the section's JSON values; empty where there are none."""
    if not any(links.values()):
        return {}
    named = {one for rows in links.values() for link in rows for one in link.supplies}
    names = sorted({key for one in named for key in (one.dataset, one.instead_of) if key})
    place = {key: number for number, key in enumerate(names)}
    rows = {key: [_row(link, place) for link in links[key]] for key in sorted(links) if links[key]}
    return {"names": names, "datasets": rows}


def _row(link: Link, place: Mapping[str, int]) -> list[Any]:
    supplies = [
        [place[one.dataset], one.share, *([place[one.instead_of]] if one.instead_of else [])] for one in link.supplies
    ]
    more: dict[str, Any] = {}
    if link.weighting != "single":
        more["weighting"] = link.weighting
    if link.passed_over:
        more["passed_over"] = dict(link.passed_over)
    if link.filled:
        more["filled"] = True
    more |= {key: text for key, text in (("by", link.by), ("reason", link.reason)) if text}
    return [link.exchange, int(link.rank), supplies, *([more] if more else [])]


def links_of(release: Release, dataset: str) -> tuple[Link, ...]:
    """Return who supplies the exchanges of a release's dataset (by id); empty where nothing is recorded of it.

    Raises
    ------
    TanbiaoError
        ``release_malformed``
    """
    said = release.document("links")
    return _rows(said, dataset, release.path) if said else ()


def all_links(release: Release) -> Links:
    """Return all that a release records, as :func:`links_of` does."""
    return _decoded(release.document("links"), release.path)


def _decoded(said: Mapping[str, Any], where: str) -> Links:
    return {key: _rows(said, key, where) for key in said.get("datasets", ())}


def _rows(said: Mapping[str, Any], dataset: str, where: str) -> tuple[Link, ...]:
    try:
        names = said["names"]
        return tuple(_read(names, *row) for row in said["datasets"].get(dataset, ()))
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise TanbiaoError.of("release_malformed", where, reason=f"section {SECTION}: {error}") from error


def _read(
    names: Sequence[str],
    exchange: str,
    rank: int,
    supplies: Sequence[Sequence[Any]],
    more: Mapping[str, Any] | None = None,
) -> Link:
    said = more or {}
    return Link(
        str(exchange),
        Rank(rank),
        tuple(
            Supply(str(names[one[0]]), float(one[1]), str(names[one[2]]) if len(one) > 2 else "") for one in supplies
        ),
        said.get("weighting", "single"),
        {str(why): int(count) for why, count in said.get("passed_over", {}).items()},
        bool(said.get("filled", False)),
        str(said.get("by", "")),
        str(said.get("reason", "")),
    )


def as_json(link: Link) -> dict[str, Any]:
    """Return a link for a reader: ``{exchange, rank, providers, weighting, passed_over, filled, by, reason, why}``."""
    return {
        "exchange": link.exchange,
        "rank": link.rank.name.lower(),
        "providers": [
            {"dataset": one.dataset, "share": one.share, "instead_of": one.instead_of or None} for one in link.supplies
        ],
        "weighting": link.weighting,
        "passed_over": dict(link.passed_over),
        "filled": link.filled,
        "by": link.by or None,
        "reason": link.reason or None,
        "why": {"zh": why(link, "zh"), "en": why(link, "en")},
    }


def _rank(link: Link, lang: Lang) -> str:
    """Return the rank in words; of a person's decision, in which role he chose."""
    if not link.by:
        return RANK_WORDS[link.rank][lang]
    role = ROLE_WORDS.get(link.by, {}).get(lang, link.by)
    return f"由{role}指定" if lang == "zh" else f"chosen by {role}"


def why(link: Link, lang: Lang) -> str:
    """Return on what grounds an exchange has its supplier, in words."""
    said = [_rank(link, lang)]
    if link.reason:
        said.append(link.reason)
    if link.filled:
        said.insert(0, "由其他数据库补缺" if lang == "zh" else "fills a gap from another database")
    if link.weighting != "single":
        said.append(_WEIGHTING_WORDS[link.weighting][lang])
    if link.passed_over:
        comma = "、" if lang == "zh" else ", "
        words = ((_PASSED_WORDS.get(key), count) for key, count in link.passed_over.items())
        parts = [word[lang].format(count=count) for word, count in words if word is not None]
        said.append(("未取：" if lang == "zh" else "passed over: ") + comma.join(parts))
    replaced = [one.instead_of for one in link.supplies if one.instead_of]
    if replaced:
        names = ", ".join(replaced)
        said.append(f"按数据库优先级代替 {names}" if lang == "zh" else f"by precedence in the place of {names}")
    return ("；" if lang == "zh" else "; ").join(said)
