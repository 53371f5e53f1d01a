"""A certificate that a claim cites, as the register knows it on the day of the check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

FOOTPRINT = "certified"
"""Kind of a register's entry that is a certified footprint."""
BASIS = ("rule", "release", "unit", "declared_unit", "boundary", "gwp_set", "electricity_basis")
"""What two certified figures must share before their difference is a reduction: on another basis, a figure differs
without anything having been reduced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """A version of a certificate of this platform; days are ISO dates.

    Parameters
    ----------
    kind
        ``certified`` (a footprint), or the form of claim it rests on.
    state
        As the certificate's lifecycle names it: ``valid``, ``changed``, ``expired``.
    value, unit
        The certified figure as it is published (decimal text); empty where the certificate has none.
    credential
        Hash of its signed credential: exactly this one is cited.
    committed
        Whether a reduction commitment stands in the case behind it.
    rests_on
        Numbers of the certificates that it cites itself.
    """

    number: str
    version: int
    kind: str
    state: str
    valid_from: str
    valid_until: str
    holder_id: str
    product_zh: str
    product_en: str
    category: str
    credential: str
    scheme: str
    value: str = ""
    unit: str = ""
    declared_unit: str = ""
    boundary: str = ""
    gwp_set: str = ""
    electricity_basis: str = ""
    period_from: str = ""
    period_to: str = ""
    rule: str = ""
    release: str = ""
    committed: bool = False
    rests_on: tuple[str, ...] = ()

    def stands(self, day: str) -> bool:
        """Whether it is valid on a day, and no newer version or successor has taken its place."""
        return self.state == "valid" and self.valid_from <= day <= self.valid_until

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {**asdict(self), "rests_on": list(self.rests_on)}

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Cited:
        """Read :meth:`as_json` back."""
        known = {item.name for item in fields(cls)}
        return cls(**{**{key: body[key] for key in known}, "rests_on": tuple(body["rests_on"])})

    @property
    def basis(self) -> dict[str, str]:
        """What another figure must share with it to be compared."""
        return {name: str(getattr(self, name)) for name in BASIS}
