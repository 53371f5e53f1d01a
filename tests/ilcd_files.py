"""Small ILCD archives, written by hand: XML text, and the same as TIDAS JSON."""

import json
import re
from typing import Any
from xml.etree.ElementTree import Element, fromstring

STEEL = "11111111-1111-4111-8111-111111111111"
SLAG = "22222222-2222-4222-8222-222222222222"
CO2 = "33333333-3333-4333-8333-333333333333"
MASS = "93a60a56-a3c8-11da-a746-0800200b9a66"
GROUP = "93a60a57-a4c8-11da-a746-0800200c9a66"
PROCESS = "44444444-4444-4444-8444-444444444444"
_SPACES = (
    'xmlns="http://lca.jrc.it/ILCD/{0}" xmlns:common="http://lca.jrc.it/ILCD/Common" '
    'xmlns:epd="http://www.iai.kit.edu/EPD/2013" xmlns:epd2="http://www.indata.network/EPD/2019"'
)


def dataset(root: str, space: str, body: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} {_SPACES.format(space)}>\n{body}\n</{root}>'


def administration(version: str = "01.00.000", extra: str = "") -> str:
    return (
        "<administrativeInformation><publicationAndOwnership>"
        f"<common:dataSetVersion>{version}</common:dataSetVersion>{extra}"
        "</publicationAndOwnership></administrativeInformation>"
    )


def unit_group(factor: str = "1000") -> str:
    body = (
        f"<unitGroupInformation><dataSetInformation><common:UUID>{GROUP}</common:UUID>"
        '<common:name xml:lang="en">Units of mass</common:name></dataSetInformation>'
        "<quantitativeReference><referenceToReferenceUnit>0</referenceToReferenceUnit></quantitativeReference>"
        "</unitGroupInformation>"
        + administration()
        + '<units><unit dataSetInternalID="0"><name>kg</name><meanValue>1.0</meanValue></unit>'
        f'<unit dataSetInternalID="1"><name>t</name><meanValue>{factor}</meanValue></unit></units>'
    )
    return dataset("unitGroupDataSet", "UnitGroup", body)


def flow_property() -> str:
    body = (
        f"<flowPropertiesInformation><dataSetInformation><common:UUID>{MASS}</common:UUID>"
        '<common:name xml:lang="en">Mass</common:name></dataSetInformation><quantitativeReference>'
        f'<referenceToReferenceUnitGroup type="unit group data set" refObjectId="{GROUP.upper()}"/>'
        "</quantitativeReference></flowPropertiesInformation>" + administration()
    )
    return dataset("flowPropertyDataSet", "FlowProperty", body)


def flow(key: str, name: str, kind: str, mean: str = "1.0", version: str = "01.00.000", extra: str = "") -> str:
    body = (
        f"<flowInformation><dataSetInformation><common:UUID>{key}</common:UUID><name>{name}</name>{extra}"
        "</dataSetInformation><quantitativeReference>"
        "<referenceToReferenceFlowProperty>0</referenceToReferenceFlowProperty></quantitativeReference>"
        f"</flowInformation><modellingAndValidation><LCIMethod><typeOfDataSet>{kind}</typeOfDataSet></LCIMethod>"
        "</modellingAndValidation>" + administration(version) + '<flowProperties><flowProperty dataSetInternalID="0">'
        f'<referenceToFlowPropertyDataSet refObjectId="{MASS}"/><meanValue>{mean}</meanValue>'
        "</flowProperty></flowProperties>"
    )
    return dataset("flowDataSet", "Flow", body)


def exchange(number: str, target: str, amount: str, direction: str = "Output", extra: str = "") -> str:
    return (
        f'<exchange dataSetInternalID="{number}">'
        f'<referenceToFlowDataSet type="flow data set" refObjectId="{target}">'
        f'<common:shortDescription xml:lang="en">short {number}</common:shortDescription></referenceToFlowDataSet>'
        f"<exchangeDirection>{direction}</exchangeDirection>"
        f"<meanAmount>{amount}</meanAmount><resultingAmount>{amount}</resultingAmount>{extra}</exchange>"
    )


def process(
    exchanges: str,
    reference: str = "<referenceToReferenceFlow>0</referenceToReferenceFlow>",
    *,
    information: str = "",
    modelling: str = "",
    kind: str = "Unit process, single operation",
    more: str = "",
    key: str = PROCESS,
    licence: str = "",
    version: str = "01.00.000",
) -> str:
    name = '<baseName xml:lang="en">Steel making</baseName><baseName xml:lang="zh">炼钢</baseName>'
    name += '<mixAndLocationTypes xml:lang="en">at plant</mixAndLocationTypes>'
    body = (
        f"<processInformation><dataSetInformation><common:UUID>{key}</common:UUID><name>{name}</name>"
        f"</dataSetInformation><quantitativeReference>{reference}</quantitativeReference>{information}"
        f"</processInformation><modellingAndValidation><LCIMethodAndAllocation><typeOfDataSet>{kind}</typeOfDataSet>"
        f"{modelling}</LCIMethodAndAllocation></modellingAndValidation>"
        + administration(version, licence)
        + f"<exchanges>{exchanges}</exchanges>{more}"
    )
    return dataset("processDataSet", "Process", body)


def archive(*processes: str, **others: str) -> dict[str, bytes]:
    """Return a whole archive of the processes: mass, and the flows steel, slag and carbon dioxide."""
    files = {
        "ILCD/unitgroups/g.xml": unit_group(),
        "ILCD/flowproperties/m.xml": flow_property(),
        "ILCD/flows/steel.xml": flow(STEEL, '<baseName xml:lang="en">steel</baseName>', "Product flow"),
        "ILCD/flows/slag.xml": flow(SLAG, '<baseName xml:lang="en">slag</baseName>', "Waste flow"),
        "ILCD/flows/co2.xml": flow(CO2, '<baseName xml:lang="en">carbon dioxide</baseName>', "Elementary flow"),
    }
    files |= {f"ILCD/processes/p{count}.xml": text for count, text in enumerate(processes)}
    files |= {name.replace("__", "/").replace("_DOT_", "."): text for name, text in others.items()}
    return {name: text.encode() for name, text in files.items()}


def as_tidas(files: dict[str, bytes]) -> dict[str, bytes]:
    """Return the archive in TIDAS's JSON: one element alone is an object, several are a list."""
    made = {}
    for name, data in files.items():
        root = fromstring(data)
        body = {_plain(root.tag): {"@version": "1.1", **_object(root)}}
        made[name.replace(".xml", ".json")] = json.dumps(body, ensure_ascii=False).encode()
    return made


def _plain(tag: str) -> str:
    space, _, local = tag.rpartition("}")
    return f"common:{local}" if space.endswith("Common") else local


def _object(element: Element) -> dict[str, Any]:
    found: dict[str, Any] = {f"@{re.sub(r'{.*XML.*}', 'xml:', key)}": value for key, value in element.attrib.items()}
    for child in element:
        key = _plain(child.tag)
        text = (child.text or "").strip()
        value: Any = text if not child.attrib and not len(child) else _object(child)
        if key in found:
            found[key] = [*found[key], value] if isinstance(found[key], list) else [found[key], value]
        else:
            found[key] = value
    if (element.text or "").strip():
        found["#text"] = (element.text or "").strip()
    return found
