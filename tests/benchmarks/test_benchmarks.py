"""The benchmarks measure what they say: same answers as the peers, keys that others read, 200 activities."""

import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks import engine, environment, matrices, study, tools  # noqa: E402
from tanbiao.core.lca import ProductSystem  # noqa: E402
from tanbiao.core.lca.release_find import find_release  # noqa: E402
from tanbiao.core.study import calculate  # noqa: E402
from tanbiao.formats import yaml_study  # noqa: E402

CONTRACT = {"task", "matrix", "ours_s", "peers", "fastest_peer", "ratio", "max_rel_error", "peak_mb"}


def test_a_seeded_system_is_the_same_on_every_run_and_has_a_loop():
    one, two = matrices.seeded(400), matrices.seeded(400)
    assert (one.technosphere.toarray() == two.technosphere.toarray()).all()
    solvers = {block.solver.split()[0] for block in ProductSystem(*one).plan()}
    assert solvers == {"substitution", "sparse"}


@pytest.mark.parametrize("task", tools.TASKS)
def test_every_tool_at_hand_gives_our_answer(task):
    arrays = matrices.seeded(400)
    ours = tools.TOOLS[tools.OURS](task, arrays)()
    for name, tool in tools.TOOLS.items():
        call = None if tools.missing(name) else tool(task, arrays)
        if call is not None:
            np.testing.assert_allclose(call(), ours, rtol=1e-6, err_msg=name)


def test_an_absent_peer_is_named_and_never_timed(monkeypatch, tmp_path):
    monkeypatch.setattr(engine, "TOOLS", {tools.OURS: None, "nobody": None})
    monkeypatch.setattr(engine, "missing", lambda tool: "not installed" if tool == "nobody" else None)

    def ours(tool, task, matrix, answer, limit):
        np.save(answer, np.ones(1))
        return {"seconds": 0.5, "peak_mb": 1.0}

    monkeypatch.setattr(engine, "_in_child", ours)
    row = engine.compare("first product", "seeded-2k", 1.0, tmp_path, {})
    assert set(row) >= CONTRACT
    assert row["absent"] == {"nobody": "not installed"}
    assert row["peers"] == {}
    assert row["ratio"] is None
    assert "nobody: not installed" in engine.table({"tasks": [row], "environment": environment.describe()})[-1]


def test_the_study_to_time_has_200_activities_and_calculates():
    release = find_release("starter-2026.1")
    loaded = yaml_study.load(study.document(study.activities(release)))
    assert loaded.study is not None
    assert sum(1 for _ in loaded.study.rows()) == study.ACTIVITIES
    document = calculate(loaded.study, release, samples=0).document
    assert study._bare_numpy(document, 0)() == pytest.approx(document["total"]["value"], rel=1e-12)
