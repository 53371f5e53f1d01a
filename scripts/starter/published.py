"""The datasets of the starter release beside published values: rows of ``data-sources/starter_published.csv``.

A row names a published value by the id of a table's row in the release (value and source then come from there), or
states it with its document. What stands for a dataset of the US LCI stands for its adapted version as well.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any, Final

from starter.adapted import adapted_id
from starter.tables import DATA, ROOT, Row, json_text, read_table
from starter.uslci import KEY
from tanbiao.core import units
from tanbiao.core.dataset import Dataset
from tanbiao.core.lca.published import FAR

JSON: Final = DATA / "releases" / "published.json"
CSV: Final = ROOT / "docs" / "data" / "starter-published.csv"
HEADER: Final = [
    "dataset",
    "name",
    "our value",
    "published value",
    "unit",
    "ratio",
    "source",
    "row or page",
    "our GWP set",
    "published GWP set",
    "our place and year",
    "published place and year",
    "what differs",
]
Known = Mapping[str, Dataset]
Document = dict[str, Any]


def document(known: Known) -> Document:
    """Return dataset id → its published values, and the words that say how they differ.

    Raises
    ------
    KeyError
        A row names a dataset or a way of differing that does not exist.
    TanbiaoError
        ``unit_mismatch``: the published value is not per a unit of the dataset.
    """
    words = {row["key"]: {"zh": row["zh"], "en": row["en"]} for row in read_table("starter_published_words.csv")}
    values: dict[str, list[Document]] = {}
    for row in read_table("starter_published.csv"):
        for name, differs in _standing_for(row, known):
            if unknown := [key for key in differs if key not in words]:
                raise KeyError(f"{name}: {', '.join(unknown)}")
            values.setdefault(name, []).append(_entry(row, known, known[name]) | {"differs": differs})
    return {"values": values, "words": words}


def _standing_for(row: Row, known: Known) -> Iterator[tuple[str, list[str]]]:
    """Yield the datasets that a row is about, each with how it differs."""
    differs, name = row["differs"].split(), row["dataset"]
    if ":" in name and name.startswith(KEY):
        yield name, differs
        return
    base = f"{KEY}:{name}"
    yield base, differs
    if adapted_id(base) in known:
        # The same study's chain is American in all its parts; what was re-linked is a difference of its own.
        yield adapted_id(base), ["adapted", *differs]


def _entry(row: Row, known: Known, dataset: Dataset) -> Document:
    if not row["published"]:
        value, unit = float(row["value"]), row["unit"]
        told = {
            "geography": row["place"],
            "year": int(row["year"]) if row["year"] else None,
            "gwp_set": row["gwp"],
            "source": row["source"],
            "short": row["short"],
            "row": "",
            "url": row["url"],
        }
        return told | _value(value, unit, row["factor"], dataset)
    parts = [known[name] for name in row["published"].split("+")]
    first = parts[0]
    told = {
        "geography": first.geography,
        "year": first.time.year,
        "gwp_set": first.gwp_set,
        "source": " ".join(filter(None, [first.source.title.removesuffix(": "), first.source.version])),
        "short": row["published"].replace("+", " + "),
        "row": row["published"].replace("+", " + "),
        "url": first.source.url,
    }
    return told | _value(sum(one.total for one in parts), first.reference.unit, row["factor"], dataset)


def _value(value: float, unit: str, factor: str, dataset: Dataset) -> Document:
    """Return the value per reference unit of the dataset, and as it is printed."""
    wanted = dataset.reference.unit
    printed = f"{value:.6g} kg CO2e/{unit}"
    if factor:
        value, printed = value * float(factor), f"{printed} × {factor}"
    elif unit != wanted:
        value /= dataset.amount_in_reference(1.0, units.parse_unit(unit))
    return {"value": float(f"{value:.6g}"), "unit": wanted, "printed": printed}


def texts(known: Known) -> dict[Any, str]:
    """Return the files that follow from the comparisons: path → text."""
    made = document(known)
    return {JSON: json_text(_without_short(made)), CSV: _csv(made, known)}


def _without_short(made: Document) -> Document:
    """Leave out what only the documentation's table prints."""
    values = {
        name: [{key: value for key, value in entry.items() if key != "short"} for entry in entries]
        for name, entries in made["values"].items()
    }
    return made | {"values": values}


def _csv(made: Document, known: Known) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for name, dataset, entry in _pairs(made, known):
        writer.writerow(
            [
                name,
                dataset.name.best("en"),
                f"{dataset.total:.4g}",
                f"{entry['value']:.4g}",
                entry["unit"],
                f"{dataset.total / entry['value']:.2f}",
                entry["source"],
                entry["row"] or entry["url"],
                dataset.gwp_set,
                entry["gwp_set"],
                _place(dataset.geography, dataset.time.year),
                _place(entry["geography"], entry["year"]),
                "; ".join(made["words"][key]["en"] for key in entry["differs"]),
            ]
        )
    return text.getvalue()


def _pairs(made: Document, known: Known) -> Iterator[tuple[str, Dataset, Document]]:
    ordered = sorted(made["values"], key=lambda name: (known[name].name.best("en"), name))
    yield from ((name, known[name], entry) for name in ordered for entry in made["values"][name])


def _place(geography: str, year: int | None) -> str:
    return f"{geography} {year}" if year is not None else geography


def table(known: Known) -> str:
    """Return the table for the documentation: what is adapted stands in its base's line."""
    made = document(known)
    lines = ["| product (US LCI, linked) | ours | adapted | published | ratio | where published | GWP | place, year |"]
    lines.append("|---|---:|---:|---:|---:|---|---|---|")
    for name, dataset, entry in _pairs(made, known):
        if name.startswith(f"{KEY}-cn:") and _has_base(made, name, entry):
            continue
        adapted = known.get(adapted_id(name)) if name.startswith(f"{KEY}:") else None
        ratio = dataset.total / entry["value"]
        mark = "" if 1 / FAR <= ratio <= FAR else " (!)"
        shown = dataset.name.best("en").removesuffix(" (linked)").replace("|", "/")
        lines.append(
            f"| {shown} | {dataset.total:.3g} | {'' if adapted is None else f'{adapted.total:.3g}'} "
            f"| {entry['value']:.3g} {entry['unit'].replace('|', ' ')} | {ratio:.2f}{mark} "
            f"| {entry['short']} | {entry['gwp_set']} | {_place(entry['geography'], entry['year'])} |"
        )
    return "\n".join(lines)


def _has_base(made: Document, name: str, entry: Document) -> bool:
    base = made["values"].get(name.replace(f"{KEY}-cn:", f"{KEY}:", 1), [])
    return any(
        (one["source"], one["row"]) == (entry["source"], entry["row"]) and one["value"] == entry["value"]
        for one in base
    )
