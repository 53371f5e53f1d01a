"""ILCD and TIDAS put a dataset into several classifications: all are read, kept and written back."""

from __future__ import annotations

import pytest

from ilcd_files import CO2, STEEL, archive, as_tidas, exchange, flow, process
from sample_files import LCA, needs_samples
from tanbiao.core.dataset.inventory import Classified, Inventory, Level
from tanbiao.core.dataset.inventory_document import document_of, inventory_of
from tanbiao.core.lca.release_inventory import Terms, release_datasets
from tanbiao.formats import registry
from tanbiao.formats.archive import Members
from tanbiao.formats.writers import ilcd, openlca, tables_csv

TWO = (
    "<classificationInformation><common:classification>"
    '<common:class level="0">Materials production</common:class><common:class level="1">Metals</common:class>'
    '</common:classification><common:classification name="CPC 2.1" classes="../CPC.xml">'
    # The narrow class stands first, as programs that sort by code write it.
    '<common:class level="1" classId="412">Products of iron or steel</common:class>'
    '<common:class level="0" classId="41">Basic metals</common:class>'
    "</common:classification></classificationInformation>"
)
TOLD = (
    Classified((Level(0, "Materials production"), Level(1, "Metals"))),
    Classified((Level(0, "Basic metals", "41"), Level(1, "Products of iron or steel", "412")), "CPC 2.1", "../CPC.xml"),
)
AIR = (
    "<classificationInformation><common:elementaryFlowCategorization>"
    '<common:category level="0">Emissions</common:category>'
    '<common:category level="1">Emissions to air</common:category>'
    '</common:elementaryFlowCategorization><common:elementaryFlowCategorization name="Custom" categories="../own.xml">'
    '<common:category level="0" catId="a1">Air</common:category></common:elementaryFlowCategorization>'
    "</classificationInformation>"
)
COMPARTMENTS = (
    Classified((Level(0, "Emissions"), Level(1, "Emissions to air"))),
    Classified((Level(0, "Air", "a1"),), "Custom", "../own.xml"),
)


def files() -> dict[str, bytes]:
    """Return an archive whose product, gas and process stand in two classifications each."""
    made = process(exchange("0", STEEL, "1") + exchange("1", CO2, "2"))
    made = made.replace("</name></dataSetInformation>", f"</name>{TWO}</dataSetInformation>")
    names = ('<baseName xml:lang="en">steel</baseName>', '<baseName xml:lang="en">Carbon dioxide (fossil)</baseName>')
    found = archive(made)
    found["ILCD/flows/steel.xml"] = flow(STEEL, names[0], "Product flow", extra=TWO).encode()
    found["ILCD/flows/co2.xml"] = flow(CO2, names[1], "Elementary flow", extra=AIR).encode()
    return found


def read(data: dict[str, bytes] | bytes) -> Inventory:
    members = Members.of_bytes(data, "x.zip") if isinstance(data, bytes) else Members.of(data)
    return registry.read(members)


def stated(inventory: Inventory) -> list[tuple[tuple[str, ...], tuple[Classified, ...]]]:
    objects = [inventory.processes[0], inventory.flows[STEEL], inventory.flows[CO2]]
    return [(one.categories, one.classifications) for one in objects]


EXPECTED = [
    (("Materials production", "Metals"), TOLD),
    (("Materials production", "Metals"), TOLD),
    (("Emissions", "Emissions to air"), COMPARTMENTS),
]


@pytest.mark.parametrize("form", ["ilcd", "tidas"])
def test_every_classification_is_read_with_its_system_levels_and_codes(form: str) -> None:
    assert stated(read(files() if form == "ilcd" else as_tidas(files()))) == EXPECTED


def test_they_are_kept_in_the_stored_document() -> None:
    inventory = read(files())
    assert stated(inventory_of([document_of(inventory.processes[0], inventory)])) == EXPECTED


def test_they_are_written_back() -> None:
    inventory = read(files())
    for writer in (ilcd, tables_csv):
        assert stated(read(writer.write(inventory).data)) == EXPECTED
    lost = {item.params["what"]: item.params["count"] for item in openlca.write(inventory).findings}
    assert lost["classifications (the words of the first are kept)"] == 6


def test_one_that_says_no_more_than_its_words_is_not_kept_twice() -> None:
    plain = files()["ILCD/flows/steel.xml"].decode().replace(TWO, TWO[: TWO.index("</common:classification>")] + (
        "</common:classification></classificationInformation>"
    ))  # fmt: skip
    inventory = read(files() | {"ILCD/flows/steel.xml": plain.encode()})
    assert stated(inventory)[1] == (("Materials production", "Metals"), ())


def test_the_narrowest_code_of_a_known_classification_finds_the_dataset() -> None:
    made = release_datasets(read(files()), Terms(key="own", title="own", licence="CC0"))
    assert [[(one.scheme, one.code) for one in item.classifications] for item in made.datasets] == [[("CPC", "412")]]
    # A list without a name is not taken for one of ours, whatever its digits.
    nameless = {name: data.replace(b' name="CPC 2.1"', b"") for name, data in files().items()}
    made = release_datasets(read(nameless), Terms(key="own", title="own", licence="CC0"))
    assert [item.classifications for item in made.datasets] == [()]


@needs_samples
def test_the_samples_have_more_than_one() -> None:
    with Members.open(LCA / "epd" / "InDataWG_ILCD-EPD_sample_data.zip") as members:
        inventory = registry.read(members)
    (lime,) = [one for one in inventory.processes if one.where.endswith("Kalk_(CaO__Feinkalk).xml")]
    gabi, oekobau = lime.classifications
    assert (gabi.system, gabi.uri) == ("GaBiCategories", "../GaBiCategories.xml")
    assert lime.categories == ("Produktion", "Werkstoffherstellung", "Herstellung mineralischer Stoffe")
    assert oekobau == Classified(
        (Level(0, "Mineralische Baustoffe", "1"), Level(1, "Bindemittel", "1.1"), Level(2, "Kalk", "1.1.02")),
        "oekobau.dat",
    )
    with Members.open(LCA / "tidas") as members:
        (official,) = registry.read(members).processes
    assert [level.code for level in official.classifications[0].levels] == ["E", "38", "382", "3821"]
