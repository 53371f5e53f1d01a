"""openLCA JSON-LD (schema 1 of openLCA 1.x, schema 2 of openLCA 2.x), one reader for both.

Each dataset is a file with ``@type`` and ``@id``; folders are a habit, the type decides. Schema-1 keys are translated
before anything else looks at them. Format: https://github.com/GreenDelta/olca-schema, tag v1.2 for schema 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from tanbiao.core.dataset.inventory import FlowProperty, Inventory, Parameter, Process
from tanbiao.formats.json_values import contents, json_object, named, text_of
from tanbiao.formats.openlca_parts import (
    Categories,
    Document,
    QualitySystem,
    citation,
    flow,
    flow_property,
    id_of,
    name_of,
    unit_group,
)
from tanbiao.formats.openlca_process import Archive, ProcessReader, parameters_of, place_of
from tanbiao.formats.reading import Log

_KEPT: Final = frozenset(
    ("UnitGroup", "FlowProperty", "Flow", "Category", "Location", "Source", "Actor", "DQSystem", "Parameter")
)
_MARKERS: Final = ("olca-schema.json", "openlca.json")
NEWEST: Final = 2


def read(files: Mapping[str, bytes]) -> Inventory:
    """Read an openLCA JSON-LD archive. Never raises for bad content: everything wrong is a finding."""
    log = Log()
    kept: dict[str, dict[str, tuple[str, Document]]] = {kind: {} for kind in sorted(_KEPT)}
    strays: list[tuple[str, Document]] = []
    ignored: dict[str, list[str]] = {}
    schema = 0
    later = [name for name in sorted(named(files, ".json")) if "processes" in name.split("/")[:-1]]
    first = sorted(set(named(files, ".json")).difference(later))
    for name, data in contents(files, first, log):
        base = name.rsplit("/", 1)[-1].lower()
        if base in _MARKERS:
            schema = _version(data, log, name)
            continue
        if base == "context.json":
            schema = schema or 1
            continue
        document = json_object(data, log, name)
        if document is not None:
            _sort(document, name, kept, strays, ignored, log)
    for kind, members in sorted(ignored.items()):
        log.info("openlca_type_not_read", members[0], type=kind, count=len(members))
    archive, properties, parameters = _archive(kept, log)
    processes: dict[str, Process] = {}
    for where, document in _processes(files, later, strays, log):
        key = id_of(document)
        if not key:
            log.error("dataset_without_id", where, taken="")
        elif key in processes:
            log.error("uuid_clash", where, id=key, first=processes[key].where, second=where)
        else:
            processes[key] = ProcessReader(archive, document, where).read()
    if not processes:
        log.error("no_processes")
    _check_providers(processes, log)
    old = schema == 1 or (not schema and archive.old_keys)
    return Inventory(
        "openlca-jsonld-1" if old else "openlca-jsonld-2",
        tuple(processes.values()),
        archive.flows,
        properties,
        archive.unit_groups,
        parameters,
        archive.citations,
        log.close(),
    )


def _version(data: bytes, log: Log, where: str) -> int:
    document = json_object(data, log, where) or {}
    version = document.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or not 1 <= version <= NEWEST:
        log.warn("openlca_schema_unknown", where, version=text_of(version))
        return NEWEST
    return version


def _sort(
    document: Document,
    where: str,
    kept: dict[str, dict[str, tuple[str, Document]]],
    strays: list[tuple[str, Document]],
    ignored: dict[str, list[str]],
    log: Log,
) -> None:
    kind, key = text_of(document.get("@type")), id_of(document)
    document.pop("geometry", None)  # outlines of countries: large, and of no use here
    if kind == "Process":
        strays.append((where, document))
    elif kind not in _KEPT:
        ignored.setdefault(kind or "?", []).append(where)
    elif not key:
        log.error("dataset_without_id", where)
    elif key in kept[kind]:
        first = kept[kind][key][0]
        if kept[kind][key][1] == document:
            log.info("dataset_twice", where, id=key, first=first)
        else:
            log.error("uuid_clash", where, id=key, first=first, second=where)
    else:
        kept[kind][key] = (where, document)


def _archive(
    kept: Mapping[str, Mapping[str, tuple[str, Document]]], log: Log
) -> tuple[Archive, dict[str, FlowProperty], tuple[Parameter, ...]]:
    archive = Archive(log)
    for key, (where, document) in kept["UnitGroup"].items():
        group, units = unit_group(document, log, where)
        archive.unit_groups[key] = group
        archive.unit_names |= {unit: (key, name) for unit, name in units.items()}
    properties = {}
    for key, (where, document) in kept["FlowProperty"].items():
        properties[key] = flow_property(document, log, where)
        archive.property_groups[key] = properties[key].unit_group
    archive.categories = Categories(document for _, document in kept["Category"].values())
    for key, (_, document) in kept["Location"].items():
        archive.places[key] = text_of(document.get("code")) or name_of(document)
    for key, (_, document) in kept["DQSystem"].items():
        archive.quality[key] = QualitySystem.of(document)
    for kind in ("Source", "Actor"):
        archive.citations |= {key: citation(document, kind) for key, (_, document) in kept[kind].items()}
    for key, (where, document) in kept["Flow"].items():
        place = place_of(archive, document.get("location"))
        archive.flows[key] = flow(document, archive.categories, place, log, where)
    own = [document for _, document in kept["Parameter"].values()]
    parameters, archive.scope = parameters_of(own, None, "", log, "parameters")
    return archive, properties, parameters


def _processes(
    files: Mapping[str, bytes], later: list[str], strays: list[tuple[str, Document]], log: Log
) -> Iterator[tuple[str, Document]]:
    """Yield processes one at a time, so that a large archive is never held whole."""
    for name, data in contents(files, later, log):
        document = json_object(data, log, name)
        if document is None:
            continue
        if text_of(document.get("@type")) not in ("Process", ""):
            log.warn("openlca_not_a_process", name, type=text_of(document.get("@type")))
            continue
        yield name, document
    yield from strays


def _check_providers(processes: Mapping[str, Process], log: Log) -> None:
    for process in processes.values():
        missing = {one.provider for one in process.exchanges if one.provider and one.provider not in processes}
        if missing:
            log.info("provider_not_included", process.where, count=len(missing), first=min(missing))
