"""Stages, kinds, gases and contributions always add up to the total; the same bits in another process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from study_background import background, document, stages
from tanbiao.core.amounts import add
from tanbiao.core.study import Study, calculate

ROOT = Path(__file__).parents[3]
STAGES = ("raw_materials", "manufacturing", "distribution", "use", "end_of_life")

numbers = st.floats(1e-6, 1e6).map(lambda value: f"{value:.6g}")
activities = st.sampled_from(
    [
        ("kg", {"from": "dataset/steel"}),
        ("kg", {"from": "dataset/resin"}),
        ("kg", {"from": "dataset/weighed"}),
        ("kg", {"from": "dataset/no-gwp"}),
        ("kWh", {"electricity": {"supply": "grid", "region": "CN", "year": 2023}}),
        ("Nm3", {"fuel": "natural-gas"}),
        ("kg", {"transport": [{"distance": "50 km", "by": "dataset/lorry"}]}),
        ("g", {"gas": "CH4 fossil"}),
        ("kg", {"gas": "CO2 uptake"}),
        ("kg", {"gas": "CO2 biogenic"}),
        ("kg", {"gas": "CO2 land use change"}),
        ("kg", {"treatment": "dataset/landfill"}),
        ("kg", {"credit": "dataset/avoided"}),
        ("kg", {"from": "process/p"}),
        ("kg", {"from": "process/q"}),
    ]
)


@st.composite
def studies(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a study with rows in any stages and two processes in a loop."""
    body: dict[str, Any] = {}
    count = 0
    for name in STAGES:
        rows = []
        for unit, activity in draw(st.lists(activities, max_size=4)):
            rows.append({"id": f"r{count}", "amount": f"{draw(numbers)} {unit}", **activity})
            count += 1
        body[name] = rows or {"not_declared": "none drawn"}
    take = draw(st.floats(0.01, 0.9))
    processes = {
        "p": {
            "gives": "2 kg",
            "takes": [
                {"id": "p1", "amount": "1 kg", "from": "process/q"},
                {"id": "p2", "amount": "1.5 kg", "from": "dataset/resin"},
            ],
        },
        "q": {
            "gives": "1 kg",
            "takes": [
                {"id": "q1", "amount": f"{take:.4f} kg", "from": "process/p"},
                {"id": "q2", "amount": "3 kWh", "electricity": {"supply": "grid", "region": "CN", "year": 2024}},
            ],
            "emits": [{"id": "q3", "amount": "7 g", "gas": "N2O"}],
        },
    }
    return document(stages=body, processes=processes)


@settings(deadline=None, max_examples=80)
@given(body=studies())
def test_every_split_adds_up_to_the_total(body: dict[str, Any]) -> None:
    study, findings = Study.parse(body)
    assert study is not None, findings
    result = calculate(study, background(), samples=0).document
    values = [item["value"] for item in result["contributions"]]
    tolerance = 1e-12 * add(*(abs(value) for value in values)) if values else 0.0
    total = result["total"]["value"]
    stage_sum = add(*(value for value in result["stages"].values() if isinstance(value, float)))
    for name, split in (
        ("contributions", add(*values)),
        ("stages", stage_sum),
        ("kinds", add(*result["kinds"].values())),
        ("gases", add(*result["gases"].values())),
        ("own_processes", add(*(item["value"] for item in result["own_processes"]))),
        ("drivers", add(*(item["value"] for item in result["drivers"]))),
        ("sankey", add(*(link["value"] for link in result["sankey"]["links"] if link["to"] == "product"))),
    ):
        assert abs(split - total) <= tolerance * (1 if name != "sankey" else 100), name
    shares = result["total"]["interval_basis"]
    assert not values or abs(sum(shares.values()) - 1) < 1e-12 or total == 0
    for item in result["contributions"]:
        assert abs(item["amount"] * item["factor"] - item["value"]) <= 1e-12 * abs(item["value"])


SCRIPT = """
import json, sys
sys.path.insert(0, sys.argv[1])
from study_background import background
from tanbiao.core.canonical import canonical_bytes
from tanbiao.core.study import Study, calculate
study, _ = Study.parse(json.loads(sys.stdin.read()))
sys.stdout.buffer.write(canonical_bytes(calculate(study, background(), samples=300).canonical()))
"""


def test_the_same_bytes_in_other_processes_with_other_hash_seeds_and_no_vector_units() -> None:
    rows = [
        {"id": "a", "amount": "1.1 kg", "from": "dataset/resin", "data": {"kind": "primary", "pedigree": [2] * 5}},
        {"id": "b", "amount": "3 kWh", "electricity": {"supply": "grid", "region": "CN", "year": 2023}},
        {"id": "c", "amount": "2 Nm3", "fuel": "natural-gas"},
    ]  # fmt: skip
    body = json.dumps(document(stages=stages(raw_materials=rows)))
    answers = set()
    for seed, features in (("0", ""), ("1", "AVX512F AVX512_SKX"), ("2", "AVX2 FMA3")):
        environment = {"PYTHONHASHSEED": seed, "NPY_DISABLE_CPU_FEATURES": features, "PATH": ""}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(ROOT / "tests")],
            input=body.encode(),
            capture_output=True,
            env=environment,
            check=True,
        )
        answers.add(done.stdout)
    assert len(answers) == 1
    assert len(next(iter(answers))) > 1000


CONTRACT = {
    "total": {
        "value",
        "unit",
        "completeness",
        "absences",
        "excluding_uptake",
        "p2_5",
        "p50",
        "p97_5",
        "interval_basis",
        "quantile_errors",
    },
    "stages": set(STAGES),
    "kinds": {"fossil", "biogenic_emission", "biogenic_uptake", "land_use_change", "undivided"},
    "of_which": {"aircraft"},
    "versions": {"engine", "method", "release", "release_hash", "rule", "rule_hash", "gwp", "seed", "samples"},
    "study": {"hash", "name", "declared_unit", "declared_of", "boundary", "period", "model", "category"},
    "data_quality": {"score", "by", "assessed_share"},
    "credits": {"value", "rows"},
    "sankey": {"nodes", "links"},
}


def test_the_result_has_every_key_that_others_rely_on() -> None:
    study, _ = Study.parse(document())
    assert study is not None
    body = calculate(study, background()).as_json("en")
    for key, names in CONTRACT.items():
        assert names <= set(body[key]), key
    assert set(body["total"]["interval_basis"]) == {"stated", "scored", "assumed"}
    assert set(body["versions"]["gwp"]) == {"set", "share_same", "share_other", "share_unknown"}
    row = {"row", "name", "stage", "kind", "value", "share", "dataset", "version", "path", "stand_in", "source",
           "amount", "unit", "factor", "factor_unit", "geography", "licence"}  # fmt: skip
    assert row <= set(body["contributions"][0])
    assert body["solution"] is None  # no process of its own
    assert {"cut_off", "stand_ins", "unknown", "foreign_share", "primary_data_share", "findings", "gases"} <= set(body)
    json.dumps(body, allow_nan=False)
