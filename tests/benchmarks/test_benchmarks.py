"""The benchmarks measure what they say: same answers as the peers, keys that others read, 200 activities."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks import engine, environment, exact, fresh, matrices, on_release, ours, peers, refusals, report, study  # noqa: E402
from tanbiao.core.lca import ProductSystem  # noqa: E402
from tanbiao.core.lca.release_find import find_release  # noqa: E402
from tanbiao.core.study import calculate  # noqa: E402
from tanbiao.formats import yaml_study  # noqa: E402

CONTRACT = {"task", "matrix", "ours_s", "peers", "fastest_peer", "ratio", "max_rel_error", "peak_mb"}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A seeded system as a file of the bench format."""
    (technosphere, gases, factors), spread = matrices.seeded(300)
    path = tmp_path_factory.mktemp("bench") / "small.npz"
    a = {"a_row": technosphere.row, "a_col": technosphere.col, "a_val": technosphere.data, "a_sigma": spread[0]}
    b = {"b_row": gases.row, "b_col": gases.col, "b_val": gases.data, "b_sigma": spread[1]}
    np.savez(path, n=300, cf=factors, **a, **b)
    return path


def test_a_seeded_system_is_the_same_on_every_run_and_has_a_loop():
    one, two = matrices.seeded(400), matrices.seeded(400)
    assert (one.arrays.technosphere.toarray() == two.arrays.technosphere.toarray()).all()
    assert (one.spread.technosphere == two.spread.technosphere).all()
    assert (one.spread.technosphere[one.arrays.technosphere.row == one.arrays.technosphere.col] == 0).all()
    solvers = {block.solver.split()[0] for block in ProductSystem(*one.arrays).plan()}
    assert len(solvers) == 2


def test_a_file_of_the_bench_format_is_read_back(small):
    system = matrices.load(str(small))
    assert (system.arrays.technosphere.toarray() == matrices.seeded(300).arrays.technosphere.toarray()).all()
    assert system.spread.interventions.shape == system.arrays.interventions.data.shape


def test_the_peer_of_scipy_gives_our_answer():
    system = matrices.seeded(400)
    ours = ProductSystem(*system.arrays).intensities()[0]
    theirs = peers.scipy_splu("no plan", system).call()
    assert exact.difference(theirs, ours) < 1e-8


def test_our_samples_are_measured_against_direct_solves(small, monkeypatch):
    monkeypatch.setattr(ours, "SAMPLES", 4)
    monkeypatch.setattr(ours, "CHECKED", 2)
    prepared = ours.prepare("samples", str(small), matrices.load(str(small)))
    assert prepared.call() is None
    assert prepared.per == 4
    assert 0 <= prepared.error() < 1e-8


def test_our_plan_on_disk_gives_the_same_footprints(small):
    system = matrices.load(str(small))
    prepared = ours.prepare("plan on disk", str(small), system)
    expected = ProductSystem(*system.arrays).intensities()[0]
    assert exact.difference(prepared.call(), expected) < 1e-12
    assert prepared.apart["hash_s"] > 0
    assert ours.prepare("no such task", str(small), system) is None


@pytest.mark.parametrize("task", ["edited", "edited again"])
def test_our_edit_is_measured_against_a_direct_solve(small, task):
    prepared = ours.prepare(task, str(small), matrices.load(str(small)))
    prepared.before()
    assert prepared.call() is None
    assert 0 <= prepared.error() < 1e-11


def test_a_portfolio_on_a_sampled_release_is_the_product_of_its_amounts(monkeypatch):
    monkeypatch.setattr(on_release, "STUDIES", 50)
    monkeypatch.setattr(on_release, "SAMPLES", 20)
    for task in on_release.ALLOWED:
        prepared = on_release.prepare(task)
        assert prepared.call() is None
        assert prepared.error() < 1e-12


def test_the_difference_is_relative_and_of_the_worst_product():
    assert exact.difference(np.array([1.0, 2.2]), np.array([1.0, 2.0])) == pytest.approx(0.1)
    assert exact.difference(np.array([1.0]), np.array([1.0, 2.0])) == float("inf")


def test_a_run_gives_the_keys_that_others_read_and_names_absent_peers(small, capsys, monkeypatch):
    monkeypatch.setattr(engine, "TOOLS", {"scipy splu of the transpose": None, "bw2calc nothing": None})
    monkeypatch.setattr(engine, "BARE", {})
    monkeypatch.setattr(engine, "GROUPS", (("no plan", ("no plan",)),))
    monkeypatch.setattr(engine, "_PAUSE", 0.0)
    engine.main(["--json", "--systems-only", "--rounds", "1", "--matrix", str(small), "--peers", sys.executable])
    result = json.loads(capsys.readouterr().out)
    (row,) = result["tasks"]
    assert set(row) >= CONTRACT
    assert (row["task"], row["matrix"], row["fastest_peer"]) == ("no plan", "small", "scipy splu of the transpose")
    assert row["max_rel_error"] < 1e-11
    assert row["ratio"] == pytest.approx(row["peers"][row["fastest_peer"]] / row["ours_s"])
    assert set(row["absent"]) == {"bw2calc nothing"}
    assert len(result["refusals"]["tanbiao"]) == len(refusals.CASES)
    (alone,) = result["fresh"]["without_compiler"].values()
    assert 0 < alone["peak_mb"] < fresh.ALLOWED_MB
    assert result["fresh"]["first_study_s"] > 0


def test_a_peer_needs_nothing_of_ours_but_numpy_and_scipy():
    code = "import sys, benchmarks.worker; print(sorted({name.split('.')[0] for name in sys.modules}))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"tanbiao", "yaml", "pydantic", "numba"} & set(ast.literal_eval(run.stdout))


def test_a_tool_that_takes_too_long_is_stopped_and_said_to_be_absent(small):
    tool = engine.Tool(sys.executable, "scipy splu of the transpose", "no plan", str(small), 0.001)
    tool.close()
    assert tool.absent == "not done within 0.001 s"


def test_the_peers_are_sought_where_they_are_named_first(monkeypatch):
    monkeypatch.setenv("TANBIAO_BENCH_PEERS", "/opt/peers/bin/python")
    assert engine.peer_python() == "/opt/peers/bin/python"
    monkeypatch.delenv("TANBIAO_BENCH_PEERS")
    monkeypatch.setattr(engine, "_PEER_CANDIDATE", ROOT / "nowhere")
    assert engine.peer_python() == sys.executable


def test_a_task_of_ours_that_fails_is_said_and_not_left_out(small, monkeypatch):
    monkeypatch.setattr(engine, "GROUPS", (("no plan", ("no plan",)),))
    with pytest.raises(SystemExit, match="not done within"):
        engine.main(["--limit", "0.001", "--rounds", "1", "--matrix", str(small), "--peers", sys.executable])


def test_a_file_that_is_not_there_is_named(capsys):
    with pytest.raises(SystemExit) as stopped:
        engine.main(["--matrix", "nowhere.npz"])
    assert stopped.value.code == 2
    assert "nowhere.npz" in capsys.readouterr().err


def test_ours_refuses_what_has_no_answer_and_answers_what_has_one():
    said = refusals.of_ours()
    for case, answer in zip(refusals.CASES, said, strict=True):
        assert answer.startswith("refused") if case.right is None else float(answer.split(",")[0]) == case.right


def test_the_report_shows_both_sides_and_the_refusals():
    row = {"task": "no plan", "matrix": "small", "ours_s": 0.01, "peers": {"slow": 2.0}, "fastest_peer": "slow"}
    row |= {
        "ratio": 200.0,
        "max_rel_error": 1e-15,
        "peak_mb": 70.0,
        "peer_errors": {"slow": 1e-9},
        "apart": {},
        "bare": {},
        "ratio_of_best": 150.0,
        "calls": 9,
        "nine_of_ten_s": None,
    }
    row |= {"absent": {"nobody": "not installed (nobody)"}}
    said = {"tanbiao": ["refused"] * len(refusals.CASES), "nobody": []}
    installed = {"first_study_s": 1.25, "without_compiler": {"small": {"seconds": 0.5, "peak_mb": 97.25}}}
    result = {"tasks": [row], "fresh": installed, "refusals": said, "environment": environment.describe()}
    text = "\n".join(report.lines(result))
    assert "nothing compiled before | 1.25 s | 3 s |" in text
    assert "| small: all footprints without the compiler, peak memory | 97.2 MB (500 ms) | 280 MB |" in text
    assert "| 10 ms | slow 2 s, error 1.0e-09; nobody: not installed (nobody) | 200 | 150 | 1.0e-15 | 70.0 MB |" in text
    assert "| unallocated co-product | none | refused | – |" in text
    result["tasks"] = [row | {"task": "edited", "calls": 180, "nine_of_ten_s": 0.02}]
    assert "| 10 ms (nine of ten of 180: 20 ms) |" in "\n".join(report.lines(result))


def test_a_turn_of_short_calls_counts_every_call_and_each_edits_another_process(small):
    tool = engine.Tool(sys.executable, engine.OURS, "edited", str(small), 60.0)
    tool.run()
    tool.run()
    tool.close()
    assert (len(tool.seconds), len(tool.turns)) == (40, 2)
    assert engine._nine_of_ten([float(number) for number in range(10, 0, -1)]) == 9.0


def test_the_study_to_time_has_200_activities_and_calculates():
    release = find_release("starter-2026.1")
    loaded = yaml_study.load(study.document(study.activities(release)))
    assert loaded.study is not None
    assert sum(1 for _ in loaded.study.rows()) == study.ACTIVITIES
    document = calculate(loaded.study, release, samples=0).document
    assert study._bare_numpy(document, 0)() == pytest.approx(document["total"]["value"], rel=1e-12)
