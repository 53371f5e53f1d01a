"""The core alone: what it weighs on disk, and what it does where no extra is installed."""

from __future__ import annotations

import importlib
import json
import runpy
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from core.release.test_readiness_codes import CASES
from tanbiao.cli.main import main

ROOT = Path(__file__).parents[2]
SCRIPT = runpy.run_path(str(ROOT / "scripts" / "check_size.py"), run_name="check_size")
STUDY = ROOT / "src" / "tanbiao" / "examples" / "cement-clinker.yaml"
# Everything that is installed here and that the core does not need is made impossible to import.
ALONE = """
import json, sys
barred = set(json.loads(sys.argv[1]))
class Bar:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in barred:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
for name in barred:
    sys.modules[name] = None
sys.meta_path.insert(0, Bar())
from tanbiao.cli.main import main
raise SystemExit(main(json.loads(sys.argv[2])))
"""


def _barred() -> list[str]:
    core = {dist.name for dist in SCRIPT["closure"](SCRIPT["core_dependencies"]()).values()}
    names = {name for name, owners in metadata.packages_distributions().items() if not core & set(owners)}
    return sorted(name for name in names if name.isidentifier() and name not in ("tanbiao", "__pycache__"))


def _alone(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", ALONE, json.dumps(_barred()), json.dumps([*words, "--lang", "en"])]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def test_the_core_stays_below_its_limit_and_the_typesetter_is_no_part_of_it() -> None:
    sizes = SCRIPT["installed"]()
    assert sum(sizes.values()) < SCRIPT["LIMIT"] * 2**20
    assert sizes["scipy"] > 50 * 2**20, "the files of a distribution are not seen"
    assert sizes["tanbiao"] > 20 * 2**20
    assert not {"typst", "numba", "django"} & set(sizes)


def test_the_barred_list_holds_the_extras_and_nothing_of_the_core() -> None:
    barred = set(_barred())
    assert {"typst", "numba", "django", "ninja", "distributed"} <= barred
    assert not {"numpy", "scipy", "pydantic", "openpyxl", "cryptography", "yaml"} & barred


def test_a_study_is_calculated_and_reported_by_the_core_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["calculate", str(STUDY), "--samples", "100", "--json", "--lang", "en"]
    with_everything = main(words)
    expected = json.loads(capsys.readouterr().out)
    for form in ("html", "docx", "xlsx"):
        report = tmp_path / f"report.{form}"
        done = _alone(*words[:-2], "--report", str(report))
        assert done.returncode == with_everything, done.stderr
        told = json.loads(done.stdout)
        assert told["total"] == expected["total"], "the same bits without the compiler"
        assert report.stat().st_size > 5_000


@pytest.mark.parametrize(("form", "suffix"), [("openlca", "zip"), ("workbook", "xlsx"), ("ilcd", "zip")])
def test_a_file_is_inspected_by_the_core_alone(form: str, suffix: str, tmp_path: Path) -> None:
    file = tmp_path / f"lime.{suffix}"
    file.write_bytes(importlib.import_module(f"tanbiao.formats.writers.{form}").write(CASES["unlinked_input"]).data)
    done = _alone("inspect", str(file), "--link", "--json")
    assert '"unlinked_input"' in done.stdout, done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("calculate", str(STUDY), "--report", "{}"),
        ("declare", str(STUDY), "--out", "{}"),
        ("review", "no-such-record.yaml", "--out", "{}"),
    ],
)
def test_a_pdf_without_its_extra_is_refused_before_anything_is_calculated(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    file = tmp_path / "report.pdf"
    done = _alone(*(word.format(file) for word in words), "--json")
    assert done.returncode == 2
    (told,) = json.loads(done.stdout)["findings"]
    assert told["code"] == "typesetting_needs_extra"
    assert "tanbiao[pdf]" in told["remedy"]
    assert not file.exists()


def test_a_command_of_the_platform_says_which_extra_it_needs() -> None:
    done = _alone("serve")
    assert done.returncode == 2
    assert "tanbiao[web]" in done.stderr
