"""The carbon footprint declaration of Regulation (EU) 2023/1542, Article 7(1): its items, in a structure of our own."""

from __future__ import annotations

from typing import Any, Final

from tanbiao.formats.forms.basis import Basis
from tanbiao.formats.forms.battery import declaration

STATEMENT: Final = {
    "zh": "内容按欧盟电池法规第七条第一款列示；结构由本项目自定，非官方格式，不能代替欧盟规定的声明。",
    "en": "The items of Article 7(1) of the Batteries Regulation in this project's own structure; not an official form "
    "and no substitute for the declaration that Union law prescribes.",
}
SOURCE: Final = "Regulation (EU) 2023/1542, Article 7(1) and Annex II"


def write(basis: Basis) -> dict[str, Any]:
    """Return the declaration; what the study leaves out is said through the basis."""
    battery = basis.battery
    conformity = basis.need(
        battery.declaration_of_conformity, "declaration_of_conformity", "forms.battery.declaration_of_conformity"
    )
    study = basis.need(battery.public_study, "public_study", "forms.battery.public_study")
    return {
        **declaration(basis, STATEMENT, SOURCE),
        "declaration_of_conformity": conformity,
        "public_study": study,
    }
