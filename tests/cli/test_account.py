"""``tanbiao account`` on an empty platform: the first operator can sign in; bad input leaves nothing behind."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

CODE_WITHOUT_CHECK = "91999999DEMA00010X"


def account(folder: Path, *words: str, password: str | None = "long-enough-1") -> subprocess.CompletedProcess[str]:
    environ = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "TANBIAO_PASSWORD")}
    if password is not None:
        environ["TANBIAO_PASSWORD"] = password
    command = [sys.executable, "-m", "tanbiao", "account", *words, "--data", str(folder), "--lang", "en", "--json"]
    return subprocess.run(
        command, env=environ, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=120
    )


def test_the_first_operator_is_made_and_a_second_person_joins(tmp_path: Path) -> None:
    about = ["--name", "李明", "--organisation", "某某中心", "--jurisdiction", "HK", "--foreign-id", "HK BR 12345678"]
    made = account(tmp_path, "li.ming", *about)
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["username"] == "li.ming"
    assert account(tmp_path, "wang.hua", *about).returncode == 0
    again = account(tmp_path, "li.ming", *about)
    assert again.returncode == 2
    assert json.loads(again.stdout)["findings"][0]["code"] == "username_taken"
    with sqlite3.connect(tmp_path / "tanbiao.sqlite3") as database:
        assert database.execute("select count(*) from accounts_organisation").fetchone() == (1,)
        assert database.execute("select count(*) from accounts_account").fetchone() == (2,)


def test_bad_input_is_told_and_makes_nobody(tmp_path: Path, laid_platform: Callable[[Path], None]) -> None:
    laid_platform(tmp_path)
    about = ["--name", "李明", "--organisation", "某某中心"]
    wrong_code = account(tmp_path, "li.ming", *about, "--uscc", CODE_WITHOUT_CHECK)
    abroad = [*about, "--jurisdiction", "HK", "--foreign-id", "HK BR 12345678"]
    no_password = account(tmp_path, "li.ming", *abroad, password=None)
    wrong_role = account(tmp_path, "li.ming", *abroad, "--role", "emperor")
    codes = [json.loads(run.stdout)["findings"][0]["code"] for run in (wrong_code, no_password, wrong_role)]
    assert codes == ["uscc_organisation_check", "password_missing", "role_unknown"]
    assert {run.returncode for run in (wrong_code, no_password, wrong_role)} == {2}
    with sqlite3.connect(tmp_path / "tanbiao.sqlite3") as database:
        assert database.execute("select count(*) from accounts_account").fetchone() == (0,)
