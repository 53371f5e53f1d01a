"""A user imports a database with a singular loop: he reads which processes form it and gets all other footprints."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from factories import World, api_token, client_of
from tanbiao.cli.main import main
from tanbiao.core.lca.linking import INDICATORS
from tanbiao.web.datasets import handlers as imports
from tanbiao.web.datasets.models import DatasetImport, DatasetVersion
from tanbiao.web.governance import commands
from tanbiao.web.governance.handlers import carry_through
from tanbiao.web.governance.models import PlatformRelease
from web.governance.judging import Way

pytestmark = pytest.mark.django_db

MASS, GROUP = "93a60a56-a3c8-11da-a746-0800200b9a66", "93a60a57-a4c8-11da-a746-0800200c9a66"
CO2 = "aaaaaaaa-0000-4000-8000-0000000000c0"
NAMES = {"a": "loop first", "b": "loop second", "user": "user of the loop", "good": "good chain", "base": "base of it"}
USES = {"a": {"b": 1.0}, "b": {"a": 1.0}, "user": {"a": 0.5}, "good": {"base": 2.0}, "base": {}}
"""a takes 1 kg of b for 1 kg and b 1 kg of a: nothing is left to give. good: 0.25 + 2 × 1.5 = 3.25 kg CO2e per kg."""
EMITS = {"a": 1.0, "b": 1.0, "user": 0.0, "good": 0.25, "base": 1.5}


def key(kind: str, name: str) -> str:
    number = list(NAMES).index(name)
    return f"{kind * 8}-0000-4000-8000-{number:012d}"


def exchange(flow: str, amount: float, *, is_input: bool, reference: bool = False) -> dict[str, Any]:
    return {
        "flow": {"@type": "Flow", "@id": flow},
        "amount": amount,
        "isInput": is_input,
        "isQuantitativeReference": reference,
        "unit": {"@type": "Unit", "@id": "kg", "name": "kg"},
        "flowProperty": {"@type": "FlowProperty", "@id": MASS},
    }


def package() -> bytes:
    """Return an openLCA package of the five processes."""
    unit = {"@type": "Unit", "@id": "kg", "name": "kg", "conversionFactor": 1.0, "isRefUnit": True}
    files: dict[str, dict[str, Any]] = {
        "olca-schema.json": {"version": 2},
        f"unit_groups/{GROUP}.json": {"@type": "UnitGroup", "@id": GROUP, "name": "Units of mass", "units": [unit]},
        f"flow_properties/{MASS}.json": {
            "@type": "FlowProperty", "@id": MASS, "name": "Mass", "unitGroup": {"@type": "UnitGroup", "@id": GROUP},
        },
    }  # fmt: skip
    measured = [{"flowProperty": {"@id": MASS}, "conversionFactor": 1.0, "isRefFlowProperty": True}]
    gas = {"name": "Carbon dioxide, fossil", "flowType": "ELEMENTARY_FLOW", "category": "Emissions/Emission to air"}
    files[f"flows/{CO2}.json"] = {"@type": "Flow", "@id": CO2, "cas": "124-38-9", "flowProperties": measured, **gas}
    for name, words in NAMES.items():
        flow, process = key("f", name), key("d", name)
        files[f"flows/{flow}.json"] = {
            "@type": "Flow", "@id": flow, "name": words, "flowType": "PRODUCT_FLOW", "flowProperties": measured,
        }  # fmt: skip
        exchanges = [exchange(flow, 1.0, is_input=False, reference=True)]
        exchanges += [exchange(key("f", used), amount, is_input=True) for used, amount in USES[name].items()]
        if EMITS[name]:
            exchanges.append(exchange(CO2, EMITS[name], is_input=False))
        about = {"validFrom": "2024-01-01", "technologyDescription": "invented"}
        files[f"processes/{process}.json"] = {
            "@type": "Process", "@id": process, "name": words, "version": "1.0", "processType": "UNIT_PROCESS",
            "location": {"@type": "Location", "@id": "cn", "name": "China", "code": "CN"},
            "exchanges": exchanges, "processDocumentation": about,
        }  # fmt: skip
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        for name, body in files.items():
            made.writestr(name, json.dumps(body))
    return stream.getvalue()


def test_the_release_page_names_the_loop_and_the_rest_has_its_figures(world: World) -> None:
    way = Way(world)
    way.found()
    client = client_of(way.provider)
    client.post("/imports/", {"file": SimpleUploadedFile("loop.zip", package())})
    record = imports.carry_through(DatasetImport.objects.get().id)
    assert (record.state, record.counts["stored"]) == ("done", 5)
    for version in DatasetVersion.objects.order_by("name"):
        way.entry_id = commands.open_dataset(way.provider, database=way.key, version_id=version.id).id
        way.describe()
        way.onward("published")
    asked = {"name": "loop-1", "version": "1", "databases": [way.key], "standing": "demonstration", "samples": "0"}
    operator = client_of(way.secretariat, "en")
    assert operator.post("/governance/releases/", asked).status_code == 302
    row = carry_through(PlatformRelease.objects.get().id)
    assert row.state == "built"
    assert len(row.report["left_out"]) == 3
    inside = operator.get(f"/governance/releases/{row.id}/").content.decode()
    assert "/factors/releases/loop-1/#findings" in inside
    assert "{&#x27;" not in inside
    for lang, words in (("en", ("Mend the processes", "no answer")), ("zh", ("请修正问题中点名的过程", "无法计算"))):
        page = client_of(way.secretariat, lang).get(f"/governance/releases/{row.id}/").content.decode()
        for word in (*words, "?code=singular#findings-list", "?code=depends_on_refused#findings-list"):
            assert word in page, word
    token: Any = api_token(way.secretariat)
    ready = Client().get(f"/api/v1/platform-releases/{row.id}/readiness", **token).json()
    # By hand: four inputs (a of b, b of a, the user of a, good of base) and four emissions. What touches the loop has
    # no answer: three inputs and two emissions; good's input, its emission and the base's are covered.
    (database,) = ready["databases"]
    assert (database["exchanges"], database["complete"], database["incomplete"], database["refused"]) == (8, 2, 0, 3)
    assert all(
        (row["covered"], row["refused"], sum(row.values())) == (3, 5, 8) for row in database["coverage"].values()
    )
    assert set(database["coverage"]) == set(INDICATORS)
    assert {one["cover"]: (one["exchanges"], one["codes"]) for one in ready["states"]} == {
        "covered": (3, []),
        "refused": (5, ["singular", "depends_on_refused"]),
    }
    assert {one["code"]: one["count"] for one in ready["gaps"]}["singular"] == 1
    assert all(one["remedy"] for one in ready["gaps"])

    visitor = client_of(None, "en")
    public = visitor.get("/api/v1/releases/loop-1/readiness").json()
    assert public["databases"] == ready["databases"]
    numbers = [[(one["cover"], one["exchanges"], one["codes"]) for one in told["states"]] for told in (public, ready)]
    assert numbers[0] == numbers[1]
    assert "loop first" in {one["code"]: one["message"] for one in public["gaps"]}["singular"]
    assert visitor.get("/api/v1/releases/nothing/readiness").status_code == 404
    page = visitor.get("/factors/releases/loop-1/").content.decode()
    assert "62.5 %" in page  # 5 of 8 exchanges
    assert "8 exchanges · figures: 2 complete, 0 incomplete, 3 without an answer" in page
    assert "singular" in page
    assert "loop first (CN)" in page
    assert "loop second (CN)" in page
    assert "depends_on_refused" in page
    found = visitor.get("/api/v1/releases/loop-1/findings").json()
    told = {one["code"]: one["message"] for one in found}
    assert "loop first" in told["singular"]
    assert "loop second" in told["singular"]
    assert "user of the loop" in told["depends_on_refused"]
    listed = visitor.get("/api/v1/datasets?release=loop-1").json()["items"]
    assert {one["name_en"]: float(one["value"]) for one in listed} == {
        "good chain": pytest.approx(3.25),
        "base of it": pytest.approx(1.5),
    }


def test_the_command_tells_the_same_without_a_platform(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "loop.zip"
    path.write_bytes(package())
    assert main(["inspect", str(path), "--link", "--json", "--lang", "en"]) == 1
    body = json.loads(capsys.readouterr().out)
    codes = {one["code"]: one["message"] for one in body["findings"]}
    assert "loop first (CN), loop second (CN)" in codes["singular"]
    figures = {one["name"]: one["co2e"] for one in body["link"]["footprints"]}
    assert figures["good chain (CN)"] == pytest.approx(3.25)
    assert figures["loop first (CN)"] is None
    assert figures["user of the loop (CN)"] is None
