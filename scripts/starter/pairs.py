"""Twins: what burns or drives, and the well-to-tank row of the same fuel or vehicle."""

from __future__ import annotations

from typing import Any

Document = dict[str, Any]

_TWINS = {
    "Fuels": "WTT- fuels",
    "Bioenergy": "WTT- bioenergy",
    "Freighting goods": "WTT- delivery vehs & freight",
}


def _key(document: Document) -> tuple[str, str]:
    parts = [part.strip().lower().removeprefix("wtt- ") for part in document["name_original"].split(" | ")[1:]]
    return " | ".join(parts), document["reference"]["unit"]


def pair_uk(documents: list[Document]) -> list[str]:
    """Enter ``pair`` on both sides of every UK twin; return the ids that have none."""
    uk = [item for item in documents if item["source"]["title"].startswith("UK DESNZ")]
    alone: list[str] = []
    for sheet, twin_sheet in _TWINS.items():
        direct = {_key(item): item for item in uk if item["categories"][0] == sheet}
        upstream = {_key(item): item for item in uk if item["categories"][0] == twin_sheet}
        for key, item in direct.items():
            twin = upstream.get(key) or upstream.get((key[0].replace(" | without rf", " | with rf"), key[1]))
            if twin is None:
                alone.append(item["id"])
                continue
            item["pair"] = twin["id"]
            twin.setdefault("pair", item["id"])
        alone.extend(item["id"] for item in upstream.values() if "pair" not in item)
    return alone
