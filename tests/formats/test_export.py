"""What may go out, in which format, and what is said with it."""

from dataclasses import replace

import pytest

from tanbiao.core.dataset.inventory import Exchange, Flow, FlowKind, Inventory, Process, ProcessKind
from tanbiao.core.dataset.licences import redistribution
from tanbiao.core.findings import TanbiaoError
from tanbiao.formats import registry
from tanbiao.formats.archive import Members
from tanbiao.formats.export import OWN_USE, TARGETS, export

MADE = Exchange("f", False, 1.0, "kg", is_reference=True)
OPEN = Process("p1", {"zh": "钢"}, ProcessKind.UNIT, (MADE,), licence="CC BY 4.0")
CLOSED = Process(
    "p2", {"en": "glass"}, ProcessKind.UNIT, (MADE,), licence="isCopyrightProtected: true; accessRestrictedTo: 1"
)
FLOWS = {"f": Flow("f", {"en": "thing"}, FlowKind.PRODUCT, unit="kg")}


def of(*processes: Process) -> Inventory:
    return Inventory("ilcd", processes, FLOWS)


@pytest.mark.parametrize(
    ("licence", "standing"),
    [
        ("", "unknown"),
        ("CC BY 4.0", "not_forbidden"),
        ("copyright: true; Free of charge for all users and uses", "not_forbidden"),
        ("copyright: true; License fee", "forbidden"),  # ILCD LicenseTypeValues
        ("isCopyrightProtected: true; accessRestrictedTo: 0 (public)", "not_forbidden"),
        ("isCopyrightProtected: true; accessRestrictedTo: 2 (results only)", "forbidden"),  # EcoSpold 2
        ("本数据仅供内部使用，不得转让", "forbidden"),
        ("The data may\nnot be redistributed.", "forbidden"),
    ],
)
def test_what_a_licence_says_of_passing_on(licence: str, standing: str) -> None:
    assert redistribution(licence) == standing


@pytest.mark.parametrize("target", TARGETS, ids=lambda one: one.name)
def test_a_dataset_that_must_not_be_passed_on_is_refused_by_name(target: object) -> None:
    with pytest.raises(TanbiaoError) as caught:
        export(of(OPEN, CLOSED), target.name)  # type: ignore[attr-defined]
    assert [(item.code, item.params["name"]) for item in caught.value.findings] == [("export_licence_forbids", "glass")]


READ_BACK = [one for one in TARGETS if one.name != "brightway"]


@pytest.mark.parametrize("target", READ_BACK, ids=lambda one: one.name)
def test_a_holder_takes_it_for_own_use_and_the_file_says_so(target: object) -> None:
    made = export(of(OPEN, CLOSED), target.name, own=True)  # type: ignore[attr-defined]
    assert [item.params["name"] for item in made.findings if item.code == "export_own_use"] == ["glass"]
    read = registry.read(Members.of_bytes(made.data, f"x{made.target.ending}"))
    assert {OWN_USE in one.licence: OWN_USE in one.licence for one in read.processes} == {False: False, True: True}


def test_a_dataset_without_licence_is_said() -> None:
    made = export(of(replace(OPEN, licence="")), "csv")
    assert [(item.code, item.params["count"]) for item in made.findings] == [("export_licence_unknown", 1)]


def test_two_versions_of_one_dataset_do_not_fit_into_a_file() -> None:
    other = replace(OPEN, version="2")
    with pytest.raises(TanbiaoError) as caught:
        export(of(OPEN, other), "csv")
    assert caught.value.code == "export_two_versions"
    assert export(of(OPEN, replace(OPEN, where="elsewhere")), "csv").processes == 1


def test_nothing_and_unknown_formats_are_refused() -> None:
    for inventory, name, code in ((of(), "csv", "export_empty"), (of(OPEN), "doc", "export_format_unknown")):
        with pytest.raises(TanbiaoError) as caught:
            export(inventory, name)
        assert caught.value.code == code
