"""Every format that is named has a reader, which answers an empty archive with findings and its own name's family."""

import pytest

from tanbiao.core.findings import TanbiaoError
from tanbiao.formats import registry
from tanbiao.formats.archive import Members


@pytest.mark.parametrize("form", registry.FORMATS, ids=lambda form: form.name)
def test_every_format_has_a_reader_that_answers_with_findings(form: registry.Format) -> None:
    inventory = registry.read(Members.of({"a.bin": b"nothing of the kind"}), form.name)
    assert inventory.processes == ()
    assert inventory.findings


@pytest.mark.parametrize(
    ("short", "name"),
    [("openLCA", "openlca-jsonld-2"), ("epd", "ilcd-epd"), ("simapro", "simapro-csv"), ("csv", "mapped-csv")],
)
def test_short_names_are_understood(short: str, name: str) -> None:
    assert registry.find(short).name == name


def test_an_unknown_format_names_the_known_ones() -> None:
    with pytest.raises(TanbiaoError) as caught:
        registry.find("doc")
    assert caught.value.code == "format_unknown"
    assert "ecospold2" in str(caught.value.findings[0].params["known"])
