"""One small process in every format that is read, each as another program than the format's own would write it.

The process: 1.5 kg of steel from 0.5 kWh of electricity, with 1.8 kg of fossil CO2 to air, in China, in 2023. The
figures are invented. What is odd is said beside each file; nothing odd changes a number.
"""

import codecs
import io
import json
from typing import Any

import openpyxl

from ilcd_files import as_tidas

STEEL = "aaaaaaaa-1111-4111-8111-111111111111"
POWER = "aaaaaaaa-2222-4222-8222-222222222222"
CO2 = "aaaaaaaa-3333-4333-8333-333333333333"
MAKING = "aaaaaaaa-4444-4444-8444-444444444444"
MASS = "93a60a56-a3c8-11da-a746-0800200b9a66"
MASS_UNITS = "93a60a57-a4c8-11da-a746-0800200c9a66"


def _json(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False, indent=1).replace("\n", "\r\n").encode()


def openlca(schema: int) -> dict[str, bytes]:
    """Exchanges before names, capital ids, amounts as text with a comma, a mark, CRLF; electricity is no file; no mark
    of the schema, no types in references, no folder as openLCA names it."""
    inward, reference = ("isInput", "isQuantitativeReference") if schema == 2 else ("input", "quantitativeReference")
    process = {
        "exchanges": [
            {"amount": "0,5", inward: True, "flow": {"name": "electricity", "@id": POWER}, "unit": {"name": "kWh"}},
            {"unit": {"name": "kg"}, "flow": {"@id": STEEL.upper()}, reference: "true", "amount": "1,5"},
            {"amount": 1.8, "flow": {"@id": CO2}, "unit": {"name": "kg"}},
        ],
        "processDocumentation": {"validFrom": "2023-01-01", "technologyDescription": "电弧炉 EAF"},
        "location": {"name": "China", "code": "CN"},
        "name": "炼钢",
        "@id": MAKING,
        "@type": "Process",
    }
    flows = (
        {"name": "steel", "flowType": "PRODUCT_FLOW", "@id": STEEL, "@type": "Flow"},
        {
            "category": "Emissions/Emission to air" if schema == 2 else {"name": "Emission to air", "@id": "c"},
            "cas": "000124-38-9",
            "flowType": "ELEMENTARY_FLOW",
            "name": "Carbon dioxide, fossil",
            "@id": CO2,
            "@type": "Flow",
        },
    )
    files = {"Data/steel.JSON": codecs.BOM_UTF8 + _json(process)}
    return files | {f"Data/{number}.json": _json(one) for number, one in enumerate(flows)}


_INFORMATION = (
    "<time><common:referenceYear>2023</common:referenceYear></time>"
    '<geography><locationOfOperationSupplyOrProduction location="CN"/></geography>'
    '<technology><technologyDescriptionAndIncludedProcesses xml:lang="zh">电弧炉 EAF'
    "</technologyDescriptionAndIncludedProcesses></technology>"
)
_SPACE = 'xmlns:{0}="http://lca.jrc.it/ILCD/{1}" xmlns:common="http://lca.jrc.it/ILCD/Common"'


def _ilcd_flow(key: str, name: str, kind: str, extra: str = "") -> str:
    return (
        f"<f:flowDataSet {_SPACE.format('f', 'Flow')}><f:flowInformation><f:dataSetInformation>"
        f"<f:name><f:baseName>{name}</f:baseName></f:name><common:UUID>{key.upper()}</common:UUID>{extra}"
        "</f:dataSetInformation></f:flowInformation><f:modellingAndValidation><f:LCIMethod><f:typeOfDataSet>"
        f"{kind}</f:typeOfDataSet></f:LCIMethod></f:modellingAndValidation><f:flowProperties>"
        f"<f:flowProperty dataSetInternalID='4'><f:meanValue>1,0</f:meanValue><f:referenceToFlowPropertyDataSet "
        f"refObjectId='{MASS}'/></f:flowProperty></f:flowProperties></f:flowDataSet>"
    )


def _mass() -> dict[str, bytes]:
    property_ = (
        f"<flowPropertyDataSet xmlns='http://lca.jrc.it/ILCD/FlowProperty' {_SPACE.format('x', 'Process')}>"
        "<flowPropertiesInformation><quantitativeReference><referenceToReferenceUnitGroup "
        f"refObjectId='{MASS_UNITS}'/></quantitativeReference><dataSetInformation><common:UUID>{MASS}</common:UUID>"
        "</dataSetInformation></flowPropertiesInformation></flowPropertyDataSet>"
    )
    units = (
        f"<unitGroupDataSet xmlns='http://lca.jrc.it/ILCD/UnitGroup' {_SPACE.format('x', 'Process')}>"
        "<units><unit dataSetInternalID='3'><meanValue>1</meanValue><name>kg</name></unit></units>"
        "<unitGroupInformation><dataSetInformation>"
        f"<common:UUID>{MASS_UNITS}</common:UUID></dataSetInformation><quantitativeReference>"
        "<referenceToReferenceUnit>3</referenceToReferenceUnit></quantitativeReference></unitGroupInformation>"
        "</unitGroupDataSet>"
    )
    return {"daten/m1.xml": property_.encode(), "daten/m2.xml": units.encode()}


def _ilcd_exchange(number: int, key: str, amount: str, way: str) -> str:
    named = '<common:shortDescription xml:lang="en">electricity</common:shortDescription>' if key == POWER else ""
    return (
        f'<p:exchange dataSetInternalID="{number}"><p:resultingAmount>{amount}</p:resultingAmount>'
        f'<p:exchangeDirection>{way}</p:exchangeDirection><p:referenceToFlowDataSet refObjectId="{key.upper()}" '
        f'type="flow data set">{named}</p:referenceToFlowDataSet></p:exchange>'
    )


def _ilcd_process(more: str = "", kind: str = "Unit process, single operation") -> str:
    exchanges = (
        _ilcd_exchange(1, POWER, "0,5", "input")
        + _ilcd_exchange(2, STEEL, "1,5", "OUTPUT")
        + _ilcd_exchange(3, CO2, "1.8", "Output")
    )
    inner = _INFORMATION
    for tag in ("time", "geography", "technology", "locationOf", "technologyDescription"):
        inner = inner.replace(f"<{tag}", f"<p:{tag}").replace(f"</{tag}", f"</p:{tag}")
    return (
        '<?xml version="1.0" encoding="GB2312" standalone="no"?>\n<!-- another program -->\n'
        f"<p:processDataSet {_SPACE.format('p', 'Process')} "
        'xmlns:epd="http://www.iai.kit.edu/EPD/2013"><p:exchanges>'
        f"{exchanges}</p:exchanges>{more}<p:modellingAndValidation><p:LCIMethodAndAllocation><p:typeOfDataSet>{kind}"
        "</p:typeOfDataSet></p:LCIMethodAndAllocation></p:modellingAndValidation><p:processInformation>"
        f"<p:dataSetInformation><p:name><p:baseName xml:lang='en'>steel making</p:baseName>"
        f"<p:baseName xml:lang='zh'>炼钢</p:baseName></p:name><common:UUID>{MAKING}</common:UUID>"
        "</p:dataSetInformation><p:quantitativeReference><p:referenceToReferenceFlow>2</p:referenceToReferenceFlow>"
        f"</p:quantitativeReference>{inner}</p:processInformation></p:processDataSet>"
    ).replace("\n", "\r\n")


def ilcd() -> dict[str, bytes]:
    """Prefixes, sections in reverse, GB 18030 and UTF-16, CRLF, ids in capitals, amounts with a comma, levels of
    categories in reverse, electricity only named, no names of units, no versions, EPD's namespace for nothing."""
    gas = (
        "<f:CASNumber>000124-38-9</f:CASNumber><f:classificationInformation><common:elementaryFlowCategorization>"
        "<common:category level='1'>Emissions to air</common:category><common:category level='0'>Emissions"
        "</common:category></common:elementaryFlowCategorization></f:classificationInformation>"
    )
    return _mass() | {
        "daten/炼钢.xml": _ilcd_process().encode("gb18030"),
        "daten/s.xml": _ilcd_flow(STEEL, "steel", "Product flow").encode("utf-16"),
        "daten/c.xml": _ilcd_flow(CO2, "Carbon dioxide (fossil)", "Elementary flow", gas).encode(),
    }


def eilcd() -> dict[str, bytes]:
    """As :func:`ilcd`, with a life cycle model that names who supplies the electricity (and is not there itself)."""
    model = (
        "<lifeCycleModelDataSet xmlns='http://eplca.jrc.ec.europa.eu/ILCD/LifeCycleModel/2017' "
        "xmlns:common='http://lca.jrc.it/ILCD/Common'><lifeCycleModelInformation><technology><processes>"
        f"<processInstance dataSetInternalID='1'><referenceToProcess refObjectId='{POWER[:-1]}9'/><connections>"
        f"<outputExchange flowUUID='{POWER.upper()}'><downstreamProcess id='2'/></outputExchange></connections>"
        f"</processInstance><processInstance dataSetInternalID='2'><referenceToProcess refObjectId='{MAKING}'/>"
        "</processInstance></processes></technology></lifeCycleModelInformation></lifeCycleModelDataSet>"
    )
    return ilcd() | {"daten/m.xml": codecs.BOM_UTF8 + model.encode()}


def epd() -> dict[str, bytes]:
    """As :func:`ilcd`, with one indicator: A1-A3 with a comma, B1 a dash, C1 zero, D negative."""
    amounts = "".join(
        f"<epd:amount epd:module='{module}'>{text}</epd:amount>"
        for module, text in (("D", "-0,4"), ("A1-A3", "2,25"), ("B1", "-"), ("C1", "0"))
    )
    unit = "<epd:referenceToUnitGroupDataSet><common:shortDescription>kg CO2 eq.</common:shortDescription>"
    more = (
        "<p:LCIAResults><p:LCIAResult><common:other>"
        f"{amounts}{unit}</epd:referenceToUnitGroupDataSet></common:other><p:referenceToLCIAMethodDataSet "
        "refObjectId='6a37f984-a4b3-458a-a20a-64418c145fa2'><common:shortDescription xml:lang='de'>GWP-gesamt"
        "</common:shortDescription><common:shortDescription xml:lang='en'>GWP-total</common:shortDescription>"
        "</p:referenceToLCIAMethodDataSet></p:LCIAResult></p:LCIAResults>"
    )
    return ilcd() | {"daten/炼钢.xml": _ilcd_process(more, "EPD").encode("gb18030")}


def tidas() -> dict[str, bytes]:
    """As :func:`ilcd` in JSON: one element alone is an object, prefixes are gone, a byte order mark."""
    plain = {name: data.decode("gb18030") if "炼" in name else data.decode("utf-16") if name.endswith("s.xml") else
             data.decode() for name, data in ilcd().items()}  # fmt: skip
    bare = {name: text.partition("?>\r\n")[2] or text for name, text in plain.items()}
    made = as_tidas({name: text.encode() for name, text in bare.items()})
    return {name: codecs.BOM_UTF8 + data for name, data in made.items()}


def ecospold1() -> dict[str, bytes]:
    """Windows-1252 though UTF-8 is declared, a prefix, attributes in another order and quotes, CRLF, a comma, NaN as
    CAS number of the product, electricity without a number, no unit texts."""
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<e:ecoSpold xmlns:e="http://www.EcoInvent.org/EcoSpold01">\n'
        "<e:dataset number='7'><e:flowData>"
        "<e:exchange meanValue='0,5' unit='kWh' location='CN' name='electricity'><e:inputGroup>5</e:inputGroup>"
        "</e:exchange>\n<e:exchange CASNumber='NaN' unit='kg' meanValue='1,5' name='steel' location='CN' number='7'>"
        "<e:outputGroup>0</e:outputGroup></e:exchange>\n"
        "<e:exchange CASNumber='000124-38-9' subCategory='unspecified' category='air' unit='kg' meanValue='1.8' "
        "name='Carbon dioxide, fossil' number='8'><e:outputGroup>4</e:outputGroup></e:exchange></e:flowData>"
        "<e:metaInformation><e:processInformation><e:dataSetInformation type='1' languageCode='en' "
        "localLanguageCode='de'/><e:timePeriod><e:startYear>2023</e:startYear></e:timePeriod>"
        "<e:technology text='Lichtbogenofen für Stahl'/><e:geography location='CN'/>"
        "<e:referenceFunction localName='Stahl, flüssig' name='steel making' amount='1,5' unit='kg'/>"
        "</e:processInformation></e:metaInformation></e:dataset></e:ecoSpold>"
    )
    return {"STAHL.XML": text.replace("\n", "\r\n").encode("cp1252")}


def ecospold2() -> dict[str, bytes]:
    """UTF-16, a prefix, flows before the description, a comma, no ids of units, Chinese beside English, the gas without
    a subcompartment, dates with times."""
    text = (
        '<?xml version="1.0" encoding="utf-16"?>\n<s:ecoSpold xmlns:s="http://www.EcoInvent.org/EcoSpold02">'
        "<s:activityDataset><s:flowData>"
        f"<s:elementaryExchange amount='1.8' elementaryExchangeId='{CO2}' id='x3'><s:name>Carbon dioxide, fossil"
        "</s:name><s:unitName>kg</s:unitName><s:compartment><s:compartment>air</s:compartment></s:compartment>"
        "<s:outputGroup>4</s:outputGroup></s:elementaryExchange>"
        f"<s:intermediateExchange intermediateExchangeId='{POWER}' amount='0,5' id='x1'><s:name>electricity</s:name>"
        "<s:unitName>kWh</s:unitName><s:inputGroup>5</s:inputGroup></s:intermediateExchange>\n"
        f"<s:intermediateExchange amount='1,5' intermediateExchangeId='{STEEL.upper()}' id='x2'>"
        "<s:name xml:lang='zh'>钢</s:name><s:name xml:lang='en'>steel</s:name><s:unitName>kg</s:unitName>"
        "<s:outputGroup>0</s:outputGroup></s:intermediateExchange></s:flowData><s:activityDescription>"
        "<s:timePeriod endDate='2023-12-31T00:00:00' startDate='2023-01-01T00:00:00'/>"
        "<s:technology><s:comment><s:text index='1' xml:lang='en'>EAF</s:text></s:comment></s:technology>"
        "<s:geography><s:shortname>CN</s:shortname></s:geography>"
        f"<s:activity type='1' id='{MAKING.upper()}'><s:activityName xml:lang='zh'>炼钢</s:activityName>"
        "<s:activityName xml:lang='en'>steel making</s:activityName></s:activity></s:activityDescription>"
        "</s:activityDataset></s:ecoSpold>"
    )
    return {"a.spold": text.replace("\n", "\r\n").encode("utf-16")}


def simapro() -> dict[str, bytes]:
    """A spreadsheet's copy: GB 18030, CRLF, cells filled up to eight, a header without its decimal sign, tables in
    another order, no units and substances."""
    text = (
        "{SimaPro 9.5}\n{processes}\n{CSV separator: Semicolon}\n\nProcess\n\nProcess identifier\nM1\n\n"
        "Category type\nmaterial\n\nEmissions to air\nCarbon dioxide, fossil;;kg;1,8;Undefined;0;0;0\n\n"
        "Electricity/heat\nelectricity;kWh;0,5;Undefined;0;0;0\n\n"
        "Products\n钢 steel {CN}| making | U;kg;1,5;100;;Metals\n\n"
        "Time period\n2023 and after\n\nGeography\nChina\n\nTechnology\n电弧炉 EAF\n\nEnd\n"
    )
    wide = "\r\n".join(line + ";" * (8 - line.count(";")) if line else "" for line in text.split("\n"))
    return {"export.txt": wide.encode("gb18030")}


def workbook() -> dict[str, bytes]:
    """Sheets by their Chinese names only, columns in another order, half of them missing, a comma, a blank row."""
    book = openpyxl.Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    for title, rows in {
        "交换 Exchanges": [
            ["数量", "单位", "方向", "流", "过程", "参考产品"],
            ["0,5", "kWh", "输入", "electricity", "steel making", None],
            [None, None, None, None, None, None],
            [1.5, "kg", "output", "steel", "炼钢", "是"],
            [1.8, "kg", "输出", "Carbon dioxide, fossil", "炼钢", "否"],
        ],
        "过程 Processes": [
            ["技术说明", "有效期起", "地点", "英文名称", "中文名称"],
            ["电弧炉 EAF", 2023, "CN", "steel making", "炼钢"],
        ],
        "流 Flows": [
            ["CAS号", "分类或环境介质", "英文名称", "流类型"],
            ["000124-38-9", "air", "Carbon dioxide, fossil", "elementary"],
        ],
    }.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    return {"表.xlsx": _saved(book)}


def _saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def tables() -> dict[str, bytes]:
    """The same as CSV: semicolons, GB 18030 and UTF-16 side by side, CRLF, a comma, English headings."""
    exchanges = (
        "unit;amount;direction;flow;process;reference\nkWh;0,5;input;electricity;steel making;\n"
        "kg;1,5;output;steel;炼钢;yes\nkg;1.8;output;Carbon dioxide, fossil;炼钢;no\n"
    )
    processes = (
        "valid from;technology;location;name in Chinese;process id;name in English\n"
        "2023;电弧炉 EAF;CN;炼钢;making-csv;steel making\n"
    )
    flows = "CAS number;categories;name in English;flow type\n000124-38-9;air;Carbon dioxide, fossil;elementary\n"
    return {
        "ABOUT.CSV": b"key;value\r\nschema;tanbiao-dataset-tables/1\r\n",
        "exchanges.csv": exchanges.replace("\n", "\r\n").encode("gb18030"),
        "Processes.csv": processes.replace("\n", "\r\n").encode("utf-16"),
        "flows.csv": codecs.BOM_UTF8 + flows.encode(),
    }


def mapped() -> dict[str, bytes]:
    """A table of exchanges with a comma, quotes, a line before the heading, GB 18030, CRLF; a mapping with a mark."""
    rows = (
        '导出 export\n"流";"io";"量";"unit";"kind";"air";"x"\nelectricity;E;0,5;kWh;P;;\n"steel";A;"1,5";kg;P;;x\n'
        "Carbon dioxide, fossil;A;1.8;kg;N;air;\n"
    )
    mapping = (
        'tanbiao: csv-mapping/1\nrows: exchange\nseparator: ";"\ndecimal: ","\nskip_lines: 1\n'
        'process: {name: {en: "steel making", zh: "炼钢"}, location: CN, valid_from: "2023",'
        ' technology: "电弧炉 EAF"}\n'
        'exchange: {flow: "{流}", direction: "{io}", inputs: [E], amount: "{量}", unit: "{unit}", kind: "{kind}", '
        'kinds: {P: product, N: elementary}, categories: "{air}", reference: "{x}"}\n'
    )
    return {
        "表.csv": rows.replace("\n", "\r\n").encode("gb18030"),
        "map.yaml": codecs.BOM_UTF8 + mapping.replace("\n", "\r\n").encode(),
    }


FILES = {
    "openlca-jsonld-1": openlca(1),
    "openlca-jsonld-2": openlca(2),
    "ilcd": ilcd(),
    "eilcd": eilcd(),
    "ilcd-epd": epd(),
    "tidas": tidas(),
    "ecospold1": ecospold1(),
    "ecospold2": ecospold2(),
    "simapro-csv": simapro(),
    "tanbiao-workbook": workbook(),
    "tanbiao-tables": tables(),
    "mapped-csv": mapped(),
}
"""Format → members, of every format that is read."""
