"""How much a person has in hand, and how much a body lets one have.

Cases stand in a higher feature, which registers how they are counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from tanbiao.web.accounts.models import Organisation
from tanbiao.web.bodies.models import LoadLimit

CASES_MAX = 8
"""Open cases of one person; project default, not official. A body sets its own."""
MAN_DAYS_MAX = 40.0
"""Man-days of open cases of one person, two months of work; project default, not official."""


@dataclass(frozen=True, slots=True)
class Load:
    """Open cases and surveillances of a person, and that person's share of the cases' man-days."""

    cases: int = 0
    man_days: float = 0.0

    def with_one_more(self, man_days: float) -> Load:
        """Return the load with a further case."""
        return Load(self.cases + 1, self.man_days + man_days)


@dataclass(frozen=True, slots=True)
class Limit:
    """What one person of a body may have in hand; ``blocks``: more is refused, not only said."""

    cases: int = CASES_MAX
    man_days: float = MAN_DAYS_MAX
    blocks: bool = False
    is_default: bool = True

    def is_over(self, load: Load) -> bool:
        """Whether a load is more than the limit."""
        return load.cases > self.cases or load.man_days > self.man_days


Counter = Callable[[Organisation, Iterable[UUID]], Mapping[UUID, Load]]
_counters: list[Counter] = []


def counter(count: Counter) -> Counter:
    """Register how a higher feature counts what people of a body have in hand."""
    _counters.append(count)
    return count


def loads(body: Organisation, people: Iterable[UUID], without: Counter | None = None) -> dict[UUID, Load]:
    """Return what each person of a body has in hand, but for what one of the features counts."""
    wanted = list(people)
    found = dict.fromkeys(wanted, Load())
    for count in (one for one in _counters if one is not without):
        for person, more in count(body, wanted).items():
            known = found.get(person, Load())
            found[person] = Load(known.cases + more.cases, known.man_days + more.man_days)
    return found


def limit_of(body: Organisation) -> Limit:
    """Return the limit that a body has set, else the project's default."""
    row = LoadLimit.objects.filter(body=body).first()
    if row is None:
        return Limit()
    return Limit(row.cases, float(Decimal(row.man_days)), row.blocks, is_default=False)
