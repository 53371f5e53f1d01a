"""Damaged copies of every format's samples on the way that a user's file goes: inspected, some linked and solved.

``PYTHONPATH=src:tests python tests/mutated_way.py [COPIES]`` makes so many copies of all formats together (10,000) and
prints the table of docs/formats.md.
"""

from __future__ import annotations

import argparse
import codecs
import io
import json
import math
import re
import string
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from types import SimpleNamespace

from foreign_files import FILES
from mutations import copies
from sample_files import LCA
from tanbiao.cli.offline import inspect_link
from tanbiao.core import zip_guard
from tanbiao.core.canonical import canonical_bytes
from tanbiao.core.dataset.inventory import Inventory
from tanbiao.core.dataset.inventory_document import document_of
from tanbiao.core.findings import Finding, TanbiaoError, catalogue, render
from tanbiao.formats import inspection, registry
from tanbiao.formats.archive import Members
from tanbiao.formats.writers import tables_csv, workbook

Files = Mapping[str, bytes]
SLOWEST = 20.0
"""Seconds of the processor for one damaged copy: a hang, not a speed."""
PACKED_EVERY, NAMED_EVERY, LINKED_EVERY = 5, 3, 5
"""Of so many copies one is damaged as a zip, one read in the format that the user names; of so many that give datasets
one is linked and solved."""
PER_FOLDER, LARGEST = 4, 60_000
SAMPLES: dict[str, str] = {
    "openlca-jsonld-1": "olca/uslci_olca1_5_0_schema1.zip",
    "openlca-jsonld-2": "olca/uslci-transport_v1.1_schema2.zip",
    "ilcd": "ilcd/tiangong_ilcd_subset_120.zip",
    "eilcd": "ilcd/olca-ilcd_sdk_samples.zip",
    "ilcd-epd": "epd/InDataWG_ILCD-EPD_sample_data.zip",
    "tidas": "tidas",
}
"""Archives and folders that are read as one."""
SINGLE = {"ecospold1": "ecospold1", "ecospold2": "ecospold2", "simapro-csv": "simapro"}
"""Folders whose files are read one by one."""
SHEETS = "sheets/"
"""What stands in this folder is packed into one workbook: damage inside, where a whole zip shows none."""
LANGUAGES = ("zh", "en")
_UUID = re.compile(rb"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_COMMAND = argparse.ArgumentParser()
inspect_link.add_arguments(_COMMAND)
_LINKING = [_COMMAND.parse_args(["--link", "--coproducts", one]) for one in ("refuse", "mass", "reference")]


@dataclass
class Tally:
    """What became of the copies of one format."""

    copies: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    """``refused``, ``no dataset``, ``told`` (datasets and findings that the whole sample has not), ``as before``."""
    linked: int = 0
    standings: Counter[str] = field(default_factory=Counter)
    codes: set[str] = field(default_factory=set)
    slowest: float = 0.0


def some_of(path: str) -> dict[str, bytes]:
    """Return the smaller files of each folder of a sample, so that ten thousand copies take minutes, not days."""
    kept: dict[str, bytes] = {}
    with Members.open(LCA / path) as members:
        folders: dict[str, list[str]] = {}
        for name in members:
            if members.size(name) <= LARGEST:
                folders.setdefault(name.rpartition("/")[0], []).append(name)
        for names in folders.values():
            middle = sorted(names, key=lambda name: (members.size(name), name))
            start = max(len(middle) // 2 - PER_FOLDER, 0)  # middling ones: the smallest hold nothing to break
            chosen = [*middle[start : start + PER_FOLDER], *(one for one in names if one.endswith("_process.xml"))]
            kept |= {name: members[name] for name in chosen}
        needed = {name: data for name, data in kept.items() if is_process(name)}
        while needed:  # what the processes rest on, so that there is something to calculate
            wanted = {one.decode().lower() for data in needed.values() for one in _UUID.findall(data)}
            more = [name for name in members if PurePosixPath(name).stem.lower()[:36] in wanted and name not in kept]
            needed = {name: members[name] for name in more if not is_process(name) and members.size(name) <= LARGEST}
            kept |= needed
    return kept


def is_process(name: str) -> bool:
    """Whether a member of an archive is a process, by its folder."""
    return "processes/" in name


def originals(form: str) -> list[Files]:
    """Return the files of a format that are damaged: those made by hand, and of the samples what is here."""
    found: list[Files] = [opened(FILES[form]) if form == "tanbiao-workbook" else FILES[form]]
    if form in ("tanbiao-workbook", "tanbiao-tables"):
        inventory = registry.read(Members.of(FILES["openlca-jsonld-2"]))
        made = (workbook if form == "tanbiao-workbook" else tables_csv).write(inventory).data
        found.append(opened({"export.xlsx": made}) if form == "tanbiao-workbook" else unpacked(made))
    plain = {name: one_byte_each(data) for name, data in found[0].items()}
    if plain != found[0]:
        found.append(plain)
    if (LCA / SAMPLES.get(form, "?")).exists():
        found.append(some_of(SAMPLES[form]))
    elif (LCA / SINGLE.get(form, "?")).exists():
        paths = sorted((LCA / SINGLE[form]).iterdir())
        found += [{path.name: path.read_bytes()} for path in paths if path.stat().st_size <= LARGEST]
    return found


def one_byte_each(data: bytes) -> bytes:
    """Return a text in UTF-16 as UTF-8: damage of a byte leaves no XML in UTF-16 well formed."""
    if not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data
    return data.decode("utf-16").replace('"utf-16"', '"utf-8"').replace('"UTF-16"', '"UTF-8"').encode()


def unpacked(data: bytes) -> dict[str, bytes]:
    """Return the files of a zip."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def opened(files: Files) -> Files:
    """Return the parts of the one workbook among the files."""
    (data,) = files.values()
    return {SHEETS + name: part for name, part in unpacked(data).items()}


def handed_over(files: Files, *, packed: bytes | None) -> Members:
    """Return what a user hands over: files, or the bytes of a zip or workbook."""
    if packed is not None:
        return Members.of_bytes(packed, "damaged.zip")
    if all(name.startswith(SHEETS) for name in files):
        book = zip_guard.pack({name.removeprefix(SHEETS): data for name, data in files.items()})
        return Members.of_bytes(book, "damaged.xlsx")
    return Members.of(files, "damaged")


def packed(files: Files) -> bytes:
    """Return the files in one zip; a workbook's parts make the workbook."""
    return zip_guard.pack({name.removeprefix(SHEETS): data for name, data in files.items()})


def damaged(form: str, count: int, seed: str) -> Iterator[tuple[str, Files, bytes | None]]:
    """Yield (what was done, files, the damaged zip instead of them or None)."""
    sources = originals(form)
    made = [copies(one, -(-count // len(sources)), f"{seed}:{form}:{at}") for at, one in enumerate(sources)]
    zips = copies({"zip": packed(min(sources, key=len))}, count, f"{seed}:{form}:zip")
    for number in range(count):
        if number % PACKED_EVERY == 0:
            what, files = next(zips)
            yield f"zip {what}", {}, files["zip"]
        else:
            what, files = next(made[number % len(sources)])
            yield what, files, None


def run(form: str, count: int, seed: str) -> Tally:
    """Damage a format's files so many times; every copy gives datasets or findings that say what, where and what to do.

    Raises
    ------
    AssertionError
        With what was done to the copy; any other exception is what a user would see as a traceback.
    """
    tally, known = Tally(), usual(form)
    for number, (what, files, zipped) in enumerate(damaged(form, count, seed)):
        started = time.process_time()
        tally.copies += 1
        try:
            outcome = inspected(form if number % NAMED_EVERY == 0 else "", files, zipped)
            if isinstance(outcome, TanbiaoError):
                tally.outcomes["refused"] += 1
                told(outcome.findings, "")
            else:
                codes = {item.code for item in outcome.findings}
                tally.codes |= codes
                told(outcome.findings, outcome.label)
                tally.outcomes[kind_of(outcome, codes - known)] += 1
                sound(outcome.inventory)
                read = tally.outcomes["told"] + tally.outcomes["as before"]
                if outcome.inventory.processes and read % LINKED_EVERY == 1:
                    tally.linked += 1
                    tally.standings += linked_and_solved(outcome, tally.linked)
        except BaseException as error:
            error.add_note(f"{form}, seed {seed}: {what}")
            raise
        taken = time.process_time() - started
        tally.slowest = max(tally.slowest, taken)
        assert taken < SLOWEST, (form, what, taken)
    return tally


def usual(form: str) -> set[str]:
    """Return the codes that the undamaged files have."""
    whole = [inspected(form, files, None) for files in originals(form)]
    read = [one for one in whole if not isinstance(one, TanbiaoError)]
    assert len(read) == len(whole)
    assert any(one.inventory.processes for one in read)
    return {item.code for one in read for item in one.findings}


def inspected(form: str, files: Files, zipped: bytes | None) -> inspection.Inspection | TanbiaoError:
    """Return what ``tanbiao inspect`` and an import make of the files, or the refusal that they show."""
    try:
        with handed_over(files, packed=zipped) as members:
            return inspection.inspect(members, form)
    except TanbiaoError as error:
        return error


def kind_of(found: inspection.Inspection, news: set[str]) -> str:
    """Return the name of an outcome."""
    if not found.inventory.processes:
        assert any(item.code == "dataset_file_without_process" for item in found.findings)
        return "no dataset"
    return "told" if news else "as before"


def told(findings: Iterable[Finding], label: str) -> None:
    """Check that each finding says what, where and what to do, in both languages, and can be sent and stored."""
    seen: set[str] = set()
    for item in findings:
        assert label or item.where, item.code
        texts = [render(item, lang) for lang in LANGUAGES]
        json.dumps(texts, ensure_ascii=False).encode()
        if item.code in seen:
            continue
        seen.add(item.code)
        for lang, text in zip(LANGUAGES, texts, strict=True):
            assert item.code in catalogue(), item.code
            assert text["message"].strip(), (item.code, lang)
            assert text["remedy"].strip(), (item.code, lang)
            for template in catalogue()[item.code][lang]:
                wanted = {name for _, name, _, _ in string.Formatter().parse(template) if name}
                assert wanted <= {*item.params, "where"}, (item.code, lang, wanted)


def sound(inventory: Inventory) -> None:
    """Check that the datasets can be kept, and hold no number that no file can mean."""
    for process in inventory.processes:
        numbers = [one.value for one in process.results] + [one.value for one in process.allocation]
        assert not any(map(math.isinf, numbers)), process.where
        for one in process.exchanges:
            assert one.flow in inventory.flows, process.where
            assert not math.isinf(one.amount), process.where
        canonical_bytes(document_of(process, inventory))


def linked_and_solved(found: inspection.Inspection, number: int) -> Counter[str]:
    """Link and solve as ``tanbiao inspect --link`` does; return how many figures have which standing."""
    whole = inspect_link.link_all([found.inventory], _LINKING[number % len(_LINKING)])
    told(whole.report.findings, found.label)
    standings: Counter[str] = Counter()
    for lang in LANGUAGES:
        body = inspect_link.document(whole, SimpleNamespace(lang=lang))
        standings = Counter(one["standing"] for one in body["footprints"])
        for one in body["footprints"]:
            assert (one["co2e"] is None) == (one["standing"] == "refused"), one
            assert one["co2e"] is None or math.isfinite(one["co2e"]), one
        json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    for refusal in whole.solved.refusals.values():
        told([refusal.reason], found.label)
    return standings


def table(found: Mapping[str, Tally]) -> list[str]:
    """Return the counts as a table of the documentation."""
    lines = [
        "| format | copies | refused | no dataset | datasets, findings | datasets, as before | linked "
        "| figures: complete, incomplete, refused | kinds of findings | slowest |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for form, one in found.items():
        counts = [one.outcomes[key] for key in ("refused", "no dataset", "told", "as before")]
        figures = ", ".join(str(one.standings[key]) for key in ("complete", "incomplete", "refused"))
        told_counts = " | ".join(f"{count:,}" for count in counts)
        lines.append(
            f"| `{form}` | {one.copies:,} | {told_counts} | {one.linked} | {figures} | {len(one.codes)} "
            f"| {one.slowest:.1f} s |"
        )
    return lines


def main(total: int) -> None:
    """Print the table."""
    each = -(-total // len(FILES))
    found = {}
    for form in FILES:
        found[form] = run(form, each, "docs")
        sys.stdout.write(table({form: found[form]})[-1] + "\n")
        sys.stdout.flush()
    sys.stdout.write("\n".join(table(found)) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
