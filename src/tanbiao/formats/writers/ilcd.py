"""ILCD 1.1 out of an inventory: processes, flows, flow properties, unit groups, sources and contacts in a zip.

Format: https://eplca.jrc.ec.europa.eu/LCDN/developerILCDDataFormat.xhtml. Amounts are written in the reference unit of
the flow's reference property, as the format has it: the same quantity in another unit. Spreads are written as bounds
(of log-normal and normal values the 2.5 and 97.5 % values, mean·SDg² and mean ± 2·SD), which hold more digits than the
format's percentage. What ILCD has no place for is not written, and said so. The same inventory gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final
from xml.sax.saxutils import quoteattr

from tanbiao.core import zip_guard
from tanbiao.core.dataset.inventory import Citation, Flow, FlowKind, FlowProperty, Inventory, UnitGroup
from tanbiao.core.findings import Severity, finding
from tanbiao.formats.writers import Written
from tanbiao.formats.writers.identity import uuid_of
from tanbiao.formats.writers.ilcd_process import ProcessWriter
from tanbiao.formats.writers.ilcd_xml import SHORT, STRING, Text, dataset, member, wrapped

__all__ = ["write"]

_KINDS: Final = {
    FlowKind.PRODUCT: "Product flow",
    FlowKind.WASTE: "Waste flow",
    FlowKind.ELEMENTARY: "Elementary flow",
    FlowKind.OTHER: "Other flow",
}


def write(inventory: Inventory) -> Written:
    """Return a zip with the inventory as ILCD, and findings for what it could not hold."""
    text = Text()
    measured = _measured(inventory)
    files: dict[str, bytes] = {}
    writer = ProcessWriter(measured, text)
    for process in measured.processes:
        files[member("process", uuid_of("process", process.id))] = writer.write(process)
    for kind, key, data in _parts(measured, text):
        files[member(kind, key)] = data
    lost = tuple(
        finding("ilcd_cannot_hold", Severity.INFO, "", what=what, count=count)
        for what, count in sorted(text.lost.items())
    )
    return Written(zip_guard.pack(files), lost)


def _parts(inventory: Inventory, text: Text) -> Iterator[tuple[str, str, bytes]]:
    """Yield (kind, id, bytes) of everything but processes."""
    for flow in inventory.flows.values():
        yield "flow", uuid_of("flow", flow.id), _flow(flow, inventory, text)
    for one in inventory.flow_properties.values():
        yield "flow property", uuid_of("flow_property", one.id), _flow_property(one, inventory, text)
    for group in inventory.unit_groups.values():
        yield "unit group", uuid_of("unit_group", group.id), _unit_group(group, text)
    for cited in inventory.citations.values():
        if cited.kind == "source":
            yield "source", uuid_of("source", cited.id), _source(cited, text)
        elif cited.kind == "actor":
            yield "contact", uuid_of("actor", cited.id), _contact(cited, text)


def _measured(inventory: Inventory) -> Inventory:
    """Return the inventory with a flow property and unit group of its own for each unit that has none."""
    properties, groups = dict(inventory.flow_properties), dict(inventory.unit_groups)
    used = {one.flow: one.unit for process in inventory.processes for one in process.exchanges if one.unit}
    flows: dict[str, Flow] = {}
    for key, flow in inventory.flows.items():
        if flow.reference_property:
            flows[key] = flow
            continue
        unit = flow.unit or used.get(key, "") or "unit"
        group, prop = f"units/{unit}", f"unit/{unit}"
        groups.setdefault(group, UnitGroup(group, f"Units like {unit}", unit, {unit: 1.0}))
        properties.setdefault(prop, FlowProperty(prop, f"Amount in {unit}", group))
        flows[key] = replace(flow, reference_property=prop, properties={prop: 1.0})
    return replace(inventory, flows=flows, flow_properties=properties, unit_groups=groups)


def _flow(flow: Flow, inventory: Inventory, text: Text) -> bytes:
    head, _, rest = flow.cas.partition("-")
    information = wrapped(
        "dataSetInformation",
        f"<common:UUID>{uuid_of('flow', flow.id)}</common:UUID>"
        + wrapped("name", text.many("baseName", flow.name, STRING) or text.one("baseName", flow.id))
        + text.one("common:synonyms", "; ".join(flow.synonyms))
        + text.classes(flow)
        + text.one("CASNumber", f"{head:0>6}-{rest}" if flow.cas else "")
        + text.one("sumFormula", flow.formula),
    )
    if any(";" in one for one in flow.synonyms):
        text.lost["synonyms with a semicolon"] += 1
    if not flow.name:
        text.lost["flows without a name (named by id)"] += 1
    properties = [flow.reference_property, *(key for key in flow.properties if key != flow.reference_property)]
    rows = "".join(
        f'<flowProperty dataSetInternalID="{number}">{_property_reference(key, inventory, text)}'
        f"<meanValue>{flow.properties.get(key, 1.0)!r}</meanValue></flowProperty>"
        for number, key in enumerate(properties)
    )
    place = wrapped("geography", text.one("locationOfSupply", flow.location))
    reference = "<referenceToReferenceFlowProperty>0</referenceToReferenceFlowProperty>"
    return dataset(
        "flowDataSet",
        "Flow",
        (
            wrapped("flowInformation", information + wrapped("quantitativeReference", reference) + place),
            wrapped(
                "modellingAndValidation",
                wrapped("LCIMethod", text.one("typeOfDataSet", _KINDS[flow.kind])),
            ),
            text.administration(flow.version),
            wrapped("flowProperties", rows),
        ),
    )


def _property_reference(key: str, inventory: Inventory, text: Text) -> str:
    known = inventory.flow_properties.get(key)
    words = {"en": known.name} if known else {}
    return text.reference("referenceToFlowPropertyDataSet", "flow property", uuid_of("flow_property", key), words)


def _flow_property(one: FlowProperty, inventory: Inventory, text: Text) -> bytes:
    group = inventory.unit_groups.get(one.unit_group)
    words = {"en": group.name} if group else {}
    reference = text.reference(
        "referenceToReferenceUnitGroup", "unit group", uuid_of("unit_group", one.unit_group), words
    )
    information = _named(uuid_of("flow_property", one.id), "common:name", one.name, text)
    return dataset(
        "flowPropertyDataSet",
        "FlowProperty",
        (
            wrapped(
                "flowPropertiesInformation",
                information + (wrapped("quantitativeReference", reference) if one.unit_group else ""),
            ),
            text.administration(one.version),
        ),
    )


def _named(key: str, tag: str, name: str, text: Text, more: str = "") -> str:
    return wrapped("dataSetInformation", f"<common:UUID>{key}</common:UUID>{text.one(tag, name, STRING)}{more}")


def _unit_group(group: UnitGroup, text: Text) -> bytes:
    names = [group.reference_unit, *(name for name in group.units if name != group.reference_unit)]
    rows = "".join(
        f'<unit dataSetInternalID="{number}">{text.one("name", name)}'
        f"<meanValue>{group.units.get(name, 1.0)!r}</meanValue></unit>"
        for number, name in enumerate(names)
    )
    reference = "<referenceToReferenceUnit>0</referenceToReferenceUnit>"
    information = _named(uuid_of("unit_group", group.id), "common:name", group.name, text)
    return dataset(
        "unitGroupDataSet",
        "UnitGroup",
        (
            wrapped("unitGroupInformation", information + wrapped("quantitativeReference", reference)),
            text.administration(group.version),
            wrapped("units", rows),
        ),
    )


def _source(one: Citation, text: Text) -> bytes:
    file = "" if not one.url else f"<referenceToDigitalFile uri={quoteattr(one.url)}/>"
    more = text.one("sourceCitation", one.text, SHORT) + file
    information = _named(uuid_of("source", one.id), "common:shortName", one.name, text, more)
    return dataset(
        "sourceDataSet", "Source", (wrapped("sourceInformation", information), text.administration(one.version))
    )


def _contact(one: Citation, text: Text) -> bytes:
    more = (
        text.one("common:name", one.name, STRING)
        + text.one("contactAddress", one.text, SHORT)
        + text.one("WWWAddress", one.url)
    )
    information = _named(uuid_of("actor", one.id), "common:shortName", one.name, text, more)
    return dataset(
        "contactDataSet", "Contact", (wrapped("contactInformation", information), text.administration(one.version))
    )
