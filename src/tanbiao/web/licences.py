"""Licences that are asked for when datasets are brought, and which of them let others read the data.

Open licences as listed by the Open Definition (opendefinition.org/licenses, conformant licences); identifiers of SPDX.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tanbiao.core.dataset.licences import redistribution
from tanbiao.core.findings import Lang


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence: its code, its words, and whether data under it may be shown to others."""

    code: str
    zh: str
    en: str
    may_be_shared: bool

    def name(self, lang: Lang) -> str:
        """Return its words."""
        return self.zh if lang == "zh" else self.en


LICENCES: Final = (
    Licence("own", "本单位自有数据", "The organisation's own data", True),
    Licence("commercial", "商业许可，不得再分发", "Commercial licence, not to be passed on", False),
    Licence("CC0-1.0", "CC0 1.0", "CC0 1.0", True),
    Licence("CC-BY-4.0", "CC BY 4.0（署名）", "CC BY 4.0", True),
    Licence("CC-BY-SA-4.0", "CC BY-SA 4.0（署名—相同方式共享）", "CC BY-SA 4.0", True),
    Licence("ODbL-1.0", "ODbL 1.0（开放数据库）", "ODbL 1.0", True),
    Licence("ODC-By-1.0", "ODC-By 1.0", "ODC-By 1.0", True),
    Licence("OGL-UK-3.0", "英国开放政府许可 3.0", "UK Open Government Licence 3.0", True),
    Licence("etalab-2.0", "法国开放许可 2.0（Etalab）", "French Open Licence 2.0 (Etalab)", True),
    Licence("public-domain", "公有领域", "Public domain", True),
    Licence("other", "其他（请写明）", "Another (please name it)", False),
)
_OPEN = re.compile(
    r"\bcc0\b|\bcc[ -]by(-sa)?\b(?![ -]?n[cd])|creative ?commons\.org/(publicdomain|licenses/by(-sa)?/)|\bodbl\b|odc-by"
    r"|open government licen[cs]e|licence ouverte|etalab|public domain|公有领域|free public use",
    re.IGNORECASE,
)
_RESTRICTED = re.compile(r"\b(?:by-)?n[cd]\b|non-?commercial|no ?derivat", re.IGNORECASE)


def licence(code: str) -> Licence | None:
    """Return the licence of a code."""
    return next((one for one in LICENCES if one.code == code), None)


def lets_others_read(code: str, words: str = "") -> bool:
    """Whether a licence of the list, and the data's own words where there are any, let others read the data."""
    known = licence(code)
    return known is not None and known.may_be_shared and redistribution(words) != "forbidden"


def is_open_text(text: str) -> bool:
    """Whether the words of a dataset's own licence name an open one; what is not recognised is not open."""
    is_open = _OPEN.search(text) and not _RESTRICTED.search(text)
    return bool(is_open) and redistribution(text) != "forbidden"
