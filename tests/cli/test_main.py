"""The command itself: help, unknown commands, languages, and how fast it starts."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tanbiao.cli.main import COMMANDS, main


def test_help_lists_every_command_in_both_languages(capsys: pytest.CaptureFixture[str]) -> None:
    for lang, word in (("zh", "用法"), ("en", "usage")):
        assert main(["--help", "--lang", lang]) == 0
        told = capsys.readouterr().out
        assert word in told
        assert all(command.name in told for command in COMMANDS)


def test_an_unknown_command_is_an_error_of_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verifi", "--lang", "en"]) == 2
    assert "there is no command verifi" in capsys.readouterr().err


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.extra is None])
def test_every_offline_command_explains_itself(command: object, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main([command.name, "--help"])  # type: ignore[attr-defined]
    assert stop.value.code == 0
    assert "--json" in capsys.readouterr().out


def test_requirements_prints_one_json_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["requirements", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["total"] == 310
    assert sum(count["total"] for count in told["by_module"].values()) == 310
    assert told["met"] == sum(count["met"] for count in told["by_module"].values())
    assert all(row["tests"] and row["met_by"] for row in told["requirements"] if row["met"])


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from tanbiao.cli.main import main; main(['--help']); "
        "print([name for name in ('numpy','pydantic','django','pint','scipy') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.rstrip().endswith("[]")
