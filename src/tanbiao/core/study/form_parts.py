"""What the forms of partners and authorities ask beside the footprint: who states it, for which product, on what terms.

None of it enters the calculation. A form that needs a field which the study leaves out is refused by the name of that
field; nothing is filled in by guess.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

from tanbiao.core.study.model_base import Date, Line, Part

Urn = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, pattern=r"^[uU][rR][nN]:[A-Za-z0-9][A-Za-z0-9-]{1,31}:.+$", max_length=500
    ),
]
Link = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^https://[^\s]+$", max_length=1000)]


class Company(Part):
    """Who states the footprint."""

    name: Line
    ids: tuple[Urn, ...] = ()
    """Identifiers as URN (RFC 8141)."""
    address: Line | None = None


class FormProduct(Part):
    """The product as its buyer knows it."""

    ids: tuple[Urn, ...] = ()
    description: Line | None = None


class MassBalance(Part):
    """How materials under a mass balance are certified."""

    scheme: Line
    free_attribution: bool = False


class BatteryDetails(Part):
    """What the declarations of a battery ask."""

    category: Literal["M1", "N1", "M2", "M3", "N2", "N3", "L"] | None = None
    """Category of the vehicle."""
    chemistry: Line | None = None
    plant: Line | None = None
    """Where the battery is made: place, region, country."""
    declaration_of_conformity: Line | None = None
    """Identification number of the EU declaration of conformity of the battery."""
    public_study: Link | None = None
    """Where the public version of the study stands."""
    verifier: Line | None = None


class FormDetails(Part):
    """The section ``forms`` of a study."""

    company: Company | None = None
    product: FormProduct | None = None
    standards: tuple[Line, ...] = ()
    """Standards across sectors by which the study was made, as their own forms spell them: ``ISO14067``."""
    packaging: Literal["included", "not_included"] | None = None
    """Whether the emissions of the product's packaging are among the study's rows."""
    valid_until: Date | None = None
    waste_incineration: Literal["cut-off", "reverse cut-off", "system expansion", "polluter pays principle"] | None = (
        None
    )
    """How waste that is burnt with recovery of energy is allocated, in the words of Catena-X."""
    mass_balance: MassBalance | None = None
    battery: BatteryDetails | None = None
