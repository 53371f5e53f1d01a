"""The quality assessment of a rule: a checklist as data, and the share of its points that an assessor gives."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

from pydantic import Field

from tanbiao.core.findings import Severity, TanbiaoError, finding
from tanbiao.core.rules.load import read_model
from tanbiao.core.rules.parts import Id, Line, Part, Title, Version
from tanbiao.core.strict_text import parse_text

CHECKLIST = "assessment-checklist"


class ChecklistItem(Part):
    """One thing that is looked at."""

    id: Id
    zh: Line
    en: Line

    def name(self, lang: str) -> str:
        """Return the words of a language."""
        return self.en if lang == "en" else self.zh


class Checklist(Part):
    """What an assessor looks at; each item gets 0 up to ``points``."""

    tanbiao: Line
    id: Id
    version: Version
    standing: Line
    title: Title
    points: int = Field(ge=1, le=10)
    items: tuple[ChecklistItem, ...] = Field(min_length=1)

    @property
    def reference(self) -> str:
        """Return ``id@version``."""
        return f"{self.id}@{self.version}"


@cache
def checklist(name: str = CHECKLIST) -> Checklist:
    """Return a packaged checklist."""
    data = resources.files("tanbiao.data").joinpath("rulebook", f"{name}.yaml").read_bytes()
    return read_model(Checklist, parse_text(data)[0], "checklist_malformed")


def share_of_points(listed: Checklist, points: Mapping[str, int]) -> float:
    """Return the points given over the most that there are, 0…1.

    Raises
    ------
    TanbiaoError
        ``assessment_item_missing``, ``assessment_item_unknown``, ``assessment_points_wrong``: one for each item.
    """
    names = {item.id for item in listed.items}
    strange = sorted(set(points) - names)
    wrong = [finding("assessment_item_unknown", Severity.BLOCKING, key[:60], item=key[:60]) for key in strange]
    for name in sorted(names):
        if name not in points:
            wrong.append(finding("assessment_item_missing", Severity.BLOCKING, name, item=name))
        elif not 0 <= points[name] <= listed.points:
            wrong.append(finding("assessment_points_wrong", Severity.BLOCKING, name, item=name, most=listed.points))
    if wrong:
        raise TanbiaoError(*wrong)
    return sum(points.values()) / (listed.points * len(listed.items))
