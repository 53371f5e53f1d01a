"""Writes the engine's measurements as Markdown."""

from __future__ import annotations

from typing import Any

from benchmarks import environment, fresh
from benchmarks.refusals import CASES

WORDS = {
    "no plan": "arrays in memory → all footprints, no plan yet",
    "plan on disk": "the same with the plan on disk, found by a hash given with the file",
    "samples": "Monte Carlo, per sample, all products (peers: one product)",
    "edited": "one process edited → all footprints",
    "study": "a study of 200 activities, 1,000 samples, on a sampled release",
    "portfolio": "100,000 studies of 50 activities on a new sampled release, nominal and interval",
    "edited again": "the same process edited once more → all footprints",
}
_STEPS = ("import", "read", "hash", "prepare", "first")
_ABOUT = (
    "Medians of interleaved runs, every tool in a process of its own; greenhouse gas rows only for both sides. ×"
    " above 1: ours is faster than the fastest mode of any peer; on a machine that others use as well, the ratio"
    " of the shortest runs says what it would be alone. Ours answers all products and includes every refusal test;"
    " Brightway's FastScoresOnlyMultiLCA answers 1,000 products by its adjoint (for samples one product, forward:"
    " its adjoint does not sample), LCA and IterativeLCA one product. Bare SciPy is no peer: it tests nothing and"
    " stands beside for what that costs. The error is the largest relative difference of any product from a direct"
    " solve with partial pivoting and refinement, for samples over the first hundred. For an edited process"
    " FastScoresOnlyMultiLCA calculates anew, LCA and IterativeLCA solve again for one product after a change in"
    " their matrix; ours edits another process each time, because what an edit takes depends on how much of the"
    " system uses it, and the shortest run is that of a turn's median."
)


def lines(result: dict[str, Any]) -> list[str]:
    """Return the result as Markdown lines."""
    found = ["# Linked systems", "", *environment.header(result["environment"]), _ABOUT, ""]
    found += ["| system | task | ours | peers | × | × of the shortest runs | our error | our peak memory |"]
    found += ["|---|---|---|---|---|---|---|---|"]
    for row in result["tasks"]:
        ratio = f"{row['ratio']:.3g}" if row["ratio"] else "–"
        cells = (
            row["matrix"],
            WORDS.get(row["task"], row["task"]),
            _ours(row),
            _peers(row),
            ratio,
            f"{row['ratio_of_best']:.3g}" if row["ratio_of_best"] else "–",
            _error(row["max_rel_error"]),
            f"{row['peak_mb']} MB",
        )
        found.append("| " + " | ".join(cells) + " |")
    return [
        *found,
        "",
        *fresh.lines(result["fresh"]),
        "",
        *_apart(result["tasks"]),
        "",
        *_refusals(result["refusals"]),
    ]


def _ours(row: dict[str, Any]) -> str:
    """Return our median, and where a turn has many calls how long nine of ten of them took at most."""
    said = environment.seconds(row["ours_s"])
    if row["nine_of_ten_s"] is None:
        return said
    return f"{said} (nine of ten of {row['calls']}: {environment.seconds(row['nine_of_ten_s'])})"


def _peers(row: dict[str, Any]) -> str:
    """Return the peers' medians, the fastest first, with their errors where they give figures to compare."""
    said = [_timed(name, value, row) for name, value in sorted(row["peers"].items(), key=lambda item: item[1])]
    said += [f"{name}: {reason}" for name, reason in row["absent"].items()]
    said += [f"(bare {_timed(name, value, row)})" for name, value in row["bare"].items()]
    if "allowed_s" in row:
        said.append(f"none; allowed {environment.seconds(row['allowed_s'])}")
    return "; ".join(said) or "none"


def _timed(name: str, value: float, row: dict[str, Any]) -> str:
    error = row["peer_errors"].get(name)
    return f"{name} {environment.seconds(value)}" + (f", error {_error(error)}" if error is not None else "")


def _error(value: float | None) -> str:
    return "–" if value is None else f"{value:.1e}"


def _apart(rows: list[dict[str, Any]]) -> list[str]:
    """Return what is not in the medians."""
    found = [
        "## Not in the medians",
        "",
        "Import of the library, reading of the file, hashing it (for the plan on disk), bringing the data into"
        " the tool's own container (for samples and edits: with a first solution), and the first call of the task"
        " with whatever is compiled in it.",
        "",
        "| system | task | tool | import | read | hash | prepare | first call | peak memory |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        for name, said in row["apart"].items():
            times = (environment.seconds(said.get(f"{key}_s")) for key in _STEPS)
            cells = (row["matrix"], row["task"], name, *times, f"{said['peak_mb']} MB")
            found.append("| " + " | ".join(cells) + " |")
    return found


def _refusals(said: dict[str, list[str]]) -> list[str]:
    """Return the table of systems that have no trustworthy answer."""
    found = ["## What each side says where there is no trustworthy answer", ""]
    found += [f"| system | right | {' | '.join(said)} |", "|---|---|" + "---|" * len(said)]
    for at, case in enumerate(CASES):
        right = "none" if case.right is None else f"{case.right:g}"
        found.append(
            f"| {case.what} | {right} | " + " | ".join(rows[at] if rows else "–" for rows in said.values()) + " |"
        )
    return found
