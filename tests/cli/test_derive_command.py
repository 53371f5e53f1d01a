"""``tanbiao derive``: a definition from a file, its figure and its versions as JSON; what is wrong is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from factories import World
from tanbiao.cli.console import Console
from tanbiao.cli.site import derive
from tanbiao.core.findings import TanbiaoError
from web.governance.judging import Way, steel

pytestmark = pytest.mark.django_db

TEXT = """
database: demo-db
key: mix
name_zh: 虚构混合
name_en: invented mix
geography: CN-32
valid_from: "2024"
technology: invented
legal_basis: own data
licence: CC-BY-4.0
derivation:
  operation: mix
  source: invented shares
  inputs:
    - {dataset: demo-db:p-one, share: 0.6}
    - {dataset: demo-db:p-two, share: 0.4}
"""


@pytest.fixture(autouse=True)
def platform(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command runs on the tests' own database."""
    for name in ("prepare_environment", "start_django", "migrate"):
        monkeypatch.setattr(derive, name, lambda **_: None)


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    import argparse

    parser = argparse.ArgumentParser()
    derive.add_arguments(parser)
    capsys.readouterr()
    code = derive.run(parser.parse_args(words), Console("en", as_json=True))
    return code, json.loads(capsys.readouterr().out)


def test_a_file_defines_a_dataset_and_says_how_it_follows(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    way = Way(world)
    way.found()
    way.until("published", steel(1.8, key="p-one"))
    way.until("published", steel(0.8, key="p-two"))
    path = tmp_path / "mix.yaml"
    path.write_text(TEXT, encoding="utf-8")
    code, said = run(capsys, str(path))
    (one,) = said["derivations"]
    # 0.6 · 1.8 + 0.4 · 0.8
    assert (code, one["figure"], one["version"]) == (0, "1.4 kg CO2e/kg (AR6)", "1")
    assert one["formula"] == "1 kg = 0.6 kg × invented steel making + 0.4 kg × invented steel making"
    assert run(capsys, "--now")[1] == said, "nothing changed: nothing new"


def test_what_a_file_lacks_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mix.yaml"
    path.write_text(TEXT.replace("legal_basis: own data\n", ""), encoding="utf-8")
    with pytest.raises(TanbiaoError, match="legal_basis") as caught:
        run(capsys, str(path))
    assert caught.value.findings[0].params["field"] == "legal_basis"
    with pytest.raises(TanbiaoError) as caught:
        run(capsys, str(tmp_path / "none.yaml"))
    assert caught.value.code == "dataset_file_unreadable"
