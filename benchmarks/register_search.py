"""The searches that the register is asked for: a readers' mix, and every kind of search by itself."""

from __future__ import annotations

import random
import urllib.parse
from typing import Any

from benchmarks import register_fill, register_load

DISTINCT = 20_000
Asked = dict[str, str]


def mix(rng: random.Random, n: int) -> list[str]:
    """Return a mix of searches: words of two and more characters, models, numbers, facets, sorts."""
    made = []
    for _ in range(n):
        thing, mark = rng.choice(register_fill.THINGS), rng.choice(register_fill.MARKS)
        region, body = rng.choice(register_fill.REGIONS), rng.choice(register_fill.BODIES)[0]
        asked: Asked = rng.choice(
            (
                {"q": thing},
                {"q": thing[-2:]},
                {"q": f"{mark} {thing[:2]}"},
                {"q": f"演示{mark}{thing[-2:]}"},
                {"q": register_fill.number_of(0, rng.randrange(DISTINCT))},
                {"q": f"{rng.choice('ABCDEFGH')}{rng.randrange(100, 999)}"},
                {"q": thing[:2], "region": region, "state": "valid"},
                {"region": region, "body": body},
                {"category": f"demo-{rng.randrange(30):02d}", "sort": "holder,product"},
                {"state": "suspended", "sort": "product"},
                {"q": "电池", "sort": "body,holder,product"},
            )
        )
        made.append(address(asked))
    return made


def address(asked: Asked) -> str:
    """Return the address of a search."""
    return "/?" + urllib.parse.urlencode(asked)


def kinds(rng: random.Random) -> dict[str, Asked]:
    """Return one search of every kind."""
    thing, mark = rng.choice(register_fill.THINGS), rng.choice(register_fill.MARKS)
    region, body = rng.choice(register_fill.REGIONS), rng.choice(register_fill.BODIES)[0]
    category = f"demo-{rng.randrange(30):02d}"
    return {
        "two characters": {"q": thing[-2:]},
        "word": {"q": thing},
        "two words": {"q": f"{mark} {thing[:2]}"},
        "company": {"q": f"演示{mark}{thing[-2:]}"},
        "word of every entry": {"q": "演示"},
        "number": {"q": register_fill.number_of(0, rng.randrange(DISTINCT))},
        "beginning of numbers": {"q": rng.choice(("DEMO", "demo00s", "DEMO07S0001"))},
        "model": {"q": f"{rng.choice('ABCDEFGH')}{rng.randrange(100, 999)}"},
        "barcode, not there": {"q": str(rng.randrange(6_900_000_000_000, 7_000_000_000_000))},
        "word, region, state": {"q": thing[:2], "region": region, "state": "valid"},
        "facet": {"body": body},
        "two facets": {"region": region, "body": body},
        "facet, two keys": {"category": category, "sort": "holder,product"},
        "facet, three keys": {"region": region, "sort": "category,product,-issued"},
        "state, sorted": {"state": "suspended", "sort": "product"},
        "word, three keys": {"q": "电池", "sort": "body,holder,product"},
        "word, three keys, found at the end": {"q": "冰箱", "sort": "category,product,-issued"},
        "word, keys without an index": {"q": thing[-2:], "sort": "-valid_until,holder,-product"},
        "nothing": {"q": "不存在的产品"},
        "home": {},
    }


def by_kind(url: str, rng: random.Random, each: int = 15) -> dict[str, tuple[float, float]]:
    """Return the median and the 95th percentile of each kind, in milliseconds, one reader at a time."""
    asked: dict[str, list[str]] = {}
    for _ in range(each):
        for name, one in kinds(rng).items():
            asked.setdefault(name, []).append(address(one))
    found = {}
    for name, paths in asked.items():
        load = register_load.run(url, paths, seconds=60, connections=1, limit=2 * each)
        found[name] = (1000 * load.quantile(0.5), 1000 * load.quantile(0.95))
    return found


def lines(found: dict[str, Any]) -> list[str]:
    """Return the table of kinds for people."""
    rows = ["", "| kind of search, one reader | median, ms | p95, ms |", "|---|---|---|"]
    return [*rows, *(f"| {name} | {median:.0f} | {late:.0f} |" for name, (median, late) in found.items())]
