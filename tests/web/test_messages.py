"""Every word of a page is there in Chinese, and what Django reads is what people wrote."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def messages() -> ModuleType:
    pytest.importorskip("babel")
    spec = importlib.util.spec_from_file_location("messages_script", ROOT / "scripts" / "messages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["messages_script"] = module
    spec.loader.exec_module(module)
    return module


def test_every_message_has_chinese_and_is_compiled(messages: ModuleType) -> None:
    wrong = [line for part in messages.parts() for line in messages.problems(part)]
    assert wrong == []


def test_no_two_catalogues_translate_the_same_words_differently(messages: ModuleType) -> None:
    assert messages.conflicts() == []
