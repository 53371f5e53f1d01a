"""QR codes: the modules are the symbol's, with its quiet zone and a fixed error level."""

from __future__ import annotations

import re

import pytest
import segno
from defusedxml import ElementTree

from tanbiao.core.findings import TanbiaoError
from tanbiao.documents import qr

URL = "https://tanbiao.example/p/DEMO-CFP-2026-000123"


def modules(code: qr.Code) -> list[list[int]]:
    """Return the matrix that the path draws, quiet zone included."""
    grid = [[0] * code.side for _ in range(code.side)]
    for x, y, run in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", code.path):
        for at in range(int(x), int(x) + int(run)):
            grid[int(y)][at] = 1
    return grid


def test_the_path_draws_exactly_the_symbol_within_its_quiet_zone() -> None:
    symbol = segno.make(URL, error="m", micro=False, boost_error=False)
    drawn = modules(qr.code(URL))
    inner = [row[qr.QUIET : -qr.QUIET] for row in drawn[qr.QUIET : -qr.QUIET]]
    assert inner == [list(row) for row in symbol.matrix]
    assert not any(map(any, drawn[: qr.QUIET] + drawn[-qr.QUIET :]))
    assert not any(any(row[: qr.QUIET] + row[-qr.QUIET :]) for row in drawn)


def test_the_picture_is_dark_on_white_whatever_the_page_is() -> None:
    root = ElementTree.fromstring(qr.svg(URL))
    fills = [node.get("fill") for node in root.iter() if node.get("fill")]
    assert fills == ["#FFFFFF", "#000000"]


def test_the_picture_says_what_the_code_holds() -> None:
    assert ElementTree.fromstring(qr.svg("a&b<c")).findtext("{http://www.w3.org/2000/svg}desc") == "a&b<c"


def test_a_text_that_is_too_long_is_refused() -> None:
    with pytest.raises(TanbiaoError) as caught:
        qr.code("x" * (qr.LIMIT + 1))
    assert caught.value.code == "qr_too_long"
