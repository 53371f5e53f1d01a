"""ILCD and eILCD (life cycle models): processes, flows, flow properties, unit groups, sources, contacts.

Format: ILCD 1.1 (https://eplca.jrc.ec.europa.eu/LCDN/developerILCDDataFormat.xhtml) and eILCD 2017. The root element
tells what a dataset is; folders are a habit. Amounts are in the reference unit of the flow's reference property.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar
from xml.etree.ElementTree import Element

from tanbiao.core.dataset.inventory import (
    Citation,
    Exchange,
    Flow,
    FlowProperty,
    Inventory,
    Process,
    ProcessKind,
    UnitGroup,
)
from tanbiao.formats.ilcd_parts import contact, flow, flow_property, source, unit_group
from tanbiao.formats.ilcd_process import Archive, ProcessReader
from tanbiao.formats.ilcd_tree import Reference, attribute, from_xml, spot
from tanbiao.formats.json_values import contents, named
from tanbiao.formats.reading import Log

Parse = Callable[[bytes, Log, str], Element | None]
Dataset = TypeVar("Dataset", Flow, FlowProperty, UnitGroup, Citation, Process)
_PROCESS: Final = "processDataSet"
_MODEL: Final = "lifeCycleModelDataSet"
_SILENT: Final = frozenset(("ILCDLocations", "CategorySystem", "ILCDClassification", "ILCDFlowCategorization"))
"""Lists that archives carry along and no dataset."""


def read(files: Mapping[str, bytes]) -> Inventory:
    """Read ILCD or eILCD datasets. Never raises for bad content: everything wrong is a finding."""
    return assemble(files, named(files, ".xml", ".ilcd", ".ilcdx"), from_xml, "ilcd")


@dataclass(slots=True)
class _Found:
    """Datasets that have to wait until all others are read."""

    processes: list[tuple[str, Element]] = field(default_factory=list)
    models: list[tuple[str, Element]] = field(default_factory=list)
    ignored: dict[str, list[str]] = field(default_factory=dict)
    """Type that is not read → members."""


def assemble(files: Mapping[str, bytes], names: list[str], parse: Parse, form: str) -> Inventory:
    """Read the named members of ILCD's structure, whichever way their trees are written.

    Parameters
    ----------
    form
        The format's name; ``ilcd`` becomes ``eilcd`` where there is a life cycle model and ``ilcd-epd`` where there
        is an EPD.
    """
    log = Log()
    archive = Archive(log)
    found = _Found()
    later = [name for name in sorted(names) if "processes" in name.lower().split("/")[:-1]]
    first = sorted(set(names).difference(later))
    for name, data in contents(files, first, log):
        root = parse(data, log, name)
        if root is not None:
            _sort(root, name, archive, found, log)
    for kind, members in sorted(found.ignored.items()):
        log.info("ilcd_type_not_read", members[0], type=kind, count=len(members))
    processes: dict[str, Process] = {}
    for where, root in _waiting(files, later, parse, archive, found, log):
        _add(ProcessReader(archive, root, where).read(), processes, where, archive)
    if not processes:
        log.error("no_processes")
    connected = _connected(processes, _connections(found.models, log), log)
    if form == "ilcd" and found.models:
        form = "eilcd"
    elif form == "ilcd" and any(one.kind is ProcessKind.EPD for one in connected):
        form = "ilcd-epd"
    return Inventory(
        form,
        connected,
        archive.flows,
        archive.properties,
        archive.unit_groups,
        (),
        archive.citations,
        log.close(),
    )


def _sort(root: Element, where: str, archive: Archive, found: _Found, log: Log) -> None:
    """Read a dataset at once, or put it aside."""
    if root.tag == _PROCESS:
        found.processes.append((where, root))
    elif root.tag == _MODEL:
        found.models.append((where, root))
    elif root.tag == "flowDataSet":
        one, value = flow(root, where, log)
        _add(one, archive.flows, where, archive)
        if value != 1.0 and archive.flows.get(one.id) is one:
            archive.reference_values[one.id] = value
    elif root.tag == "flowPropertyDataSet":
        _add(flow_property(root, where, log), archive.properties, where, archive)
    elif root.tag == "unitGroupDataSet":
        _add(unit_group(root, where, log), archive.unit_groups, where, archive)
    elif root.tag in ("sourceDataSet", "contactDataSet"):
        _add((source if root.tag == "sourceDataSet" else contact)(root, where, log), archive.citations, where, archive)
    elif root.tag not in _SILENT:
        found.ignored.setdefault(root.tag, []).append(where)


def _add(one: Dataset, kept: dict[str, Dataset], where: str, archive: Archive) -> None:
    """Keep a dataset by its id: the newest version, of one version the first."""
    if not one.id:
        return
    log, key = archive.log, (type(one).__name__, one.id)
    known = kept.setdefault(one.id, one)
    first = archive.members.setdefault(key, where)
    if known is one:
        return
    if _version(known.version) != _version(one.version):
        newer = max(known, one, key=lambda each: _version(each.version))
        kept[one.id] = newer
        archive.members[key] = where if newer is one else first
        log.info("dataset_version_superseded", where, id=one.id, kept=newer.version)
    elif known == one:
        log.info("dataset_twice", where, id=one.id, first=first)
    else:
        log.error("uuid_clash", where, id=one.id, first=first, second=where)


def _version(text: str) -> tuple[int, ...]:
    """Return 01.02.003 as numbers; what is no version comes before all."""
    parts = text.split(".")
    return tuple(int(part) for part in parts) if all(part.isdecimal() and len(part) < 10 for part in parts) else ()


def _waiting(
    files: Mapping[str, bytes], later: list[str], parse: Parse, archive: Archive, found: _Found, log: Log
) -> Iterator[tuple[str, Element]]:
    """Yield processes one at a time, so that a large archive is never held whole."""
    for name, data in contents(files, later, log):
        root = parse(data, log, name)
        if root is None:
            continue
        if root.tag == _PROCESS:
            yield name, root
        else:
            log.warn("ilcd_not_a_process", name, type=root.tag)
            _sort(root, name, archive, found, log)
    yield from found.processes


_Providers = Mapping[tuple[str, str], str]
"""(process, flow that it takes) → process that supplies it."""


def _connections(models: list[tuple[str, Element]], log: Log) -> _Providers:
    """Return which process supplies which input, as life cycle models connect them."""
    providers: dict[tuple[str, str], str] = {}
    for where, root in models:
        instances = {}
        for one in root.iter("processInstance"):
            process = Reference.of(one.find("referenceToProcess"))
            if process is not None:
                instances[attribute(one, "dataSetInternalID")] = process.id
            if one.find("scalingFactor") is not None or one.find("parameters/parameter") is not None:
                log.info("eilcd_settings_not_used", spot(where, one), process=process.name if process else "")
        for one in root.iter("processInstance"):
            supplier = instances.get(attribute(one, "dataSetInternalID"))
            for output in one.iterfind("connections/outputExchange"):
                for down in output.iterfind("downstreamProcess"):
                    user = instances.get(attribute(down, "id"))
                    flow_id = (attribute(down, "flowUUID") or attribute(output, "flowUUID")).lower()
                    if supplier is None or user is None or not flow_id:
                        log.warn("eilcd_connection_incomplete", spot(where, down))
                    elif providers.setdefault((user, flow_id), supplier) != supplier:
                        log.warn("eilcd_connection_conflict", spot(where, down), process=user, flow=flow_id)
    return providers


def _connected(processes: Mapping[str, Process], providers: _Providers, log: Log) -> tuple[Process, ...]:
    """Return the processes with the suppliers that the models name."""
    used: set[tuple[str, str]] = set()

    def supplied(process: str, one: Exchange) -> Exchange:
        key = (process, one.flow)
        if not one.is_input or key not in providers:
            return one
        used.add(key)
        return replace(one, provider=providers[key])

    made = []
    users = {process for process, _ in providers}
    for process in processes.values():
        if process.id in users:
            exchanges = tuple(supplied(process.id, one) for one in process.exchanges)
            made.append(replace(process, exchanges=exchanges))
        else:
            made.append(process)
    unused = len(providers.keys() - used)
    if unused:
        log.info("eilcd_connections_not_used", "", count=unused)
    return tuple(made)
