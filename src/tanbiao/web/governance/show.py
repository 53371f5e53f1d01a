"""How governance says a notice, on the page and on the desk, and how ready a release is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from tanbiao.core.dataset.derived_document import FORMAT, formula_of
from tanbiao.core.findings import Lang
from tanbiao.web.datasets.models import DatasetVersion
from tanbiao.web.datasets.queries import document
from tanbiao.web.factors.readiness import ReleaseReadinessOut, gaps_by_code, readiness
from tanbiao.web.governance import words
from tanbiao.web.governance.acts import LIFECYCLE
from tanbiao.web.governance.models import DatasetNotice, GovernedDataset, PlatformRelease
from tanbiao.web.language import current


def word_of(event: str) -> str:
    """Return the word of an event of the lifecycle, or of an act within a state."""
    if event in words.NOTE_WORDS:
        return str(words.NOTE_WORDS[event])
    return str(getattr(LIFECYCLE.document.events.get(event), current(), event))


def notices(rows: Iterable[DatasetNotice]) -> list[dict[str, Any]]:
    """Return each notice with the word of its event and the state in which the dataset is now."""
    return [
        {
            "row": row,
            "event": word_of(row.event),
            "state": getattr(LIFECYCLE.state_name(row.entry.state), current()),
            "tone": words.TONES.get(row.entry.state, "wait"),
        }
        for row in rows
    ]


def release_readiness(row: PlatformRelease, lang: Lang) -> ReleaseReadinessOut:
    """Return how ready a release is, by what its report counts; empty before it was built."""
    reports = row.report.get("readiness", {}).get("databases", {})
    titles = {one["key"]: one["title"] for one in row.report.get("databases", ())}
    codes: Counter[str] = Counter()
    for counts in reports.values():
        codes.update(counts.get("codes", {}))
    listed = [(key, titles.get(key, key), counts) for key, counts in reports.items()]
    return readiness(listed, gaps_by_code(codes, lang))


def state(row: GovernedDataset) -> dict[str, str]:
    """Return word and tone of a dataset's state."""
    return {"word": getattr(LIFECYCLE.state_name(row.state), current()), "tone": words.TONES.get(row.state, "wait")}


def derived(version: DatasetVersion | None, lang: Lang | None = None) -> dict[str, Any] | None:
    """Return how a version follows from its inputs, and which of those still stand; None for what was imported.

    Parameters
    ----------
    lang
        Of the inputs' names; by default the reader's.
    """
    if version is None or version.source.format != FORMAT:
        return None
    told = document(version)["derivation"]
    hashes = [one["hash"] for one in told["inputs"]]
    rows = GovernedDataset.objects.filter(content_hash__in=hashes, number__gt=0).select_related("database", "version")
    known = {(row.database.key, row.version.dataset_id, row.content_hash): row for row in rows.order_by("number")}
    lines, lang = [], lang or current()
    for one in told["inputs"]:
        row = known.get((one["database"], one["dataset"], one["hash"]))
        name = one["name_en"] if lang == "en" else one["name"]
        amount = "–" if one["amount"] is None else f"{one['amount']:.6g} {one['unit']}"
        co2e = "–" if one["co2e"] is None else f"{one['co2e']:.6g}"
        stands = row is not None and row.state == "published"
        entry = row.id if row is not None else None
        lines.append(one | {"name": name, "amount": amount, "co2e": co2e, "current": stands, "entry": entry})
    figures = told["figures"]
    return {
        "formula": formula_of(told, lang),
        "inputs": lines,
        "word": words.OPERATION_WORDS[told["definition"]["operation"]],
        "source": told["definition"]["source"],
        "figure": f"{figures['co2e']:.6g} kg CO2e/{figures['unit']} ({figures['gwp_set']})",
    }
