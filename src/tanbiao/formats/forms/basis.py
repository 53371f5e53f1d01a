"""What every form is filled from: the study under a scheme's parameter set, its fields, and what the study states."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import numpy as np

from tanbiao import __version__
from tanbiao.core.amounts import AbsenceKind, add
from tanbiao.core.canonical import content_hash, decimal12
from tanbiao.core.findings import Finding, Lang, Severity, TanbiaoError, finding
from tanbiao.core.rules.model import Rule
from tanbiao.core.standing import rule_notice
from tanbiao.core.study.amount_reader import AmountReader
from tanbiao.core.study.background import Background
from tanbiao.core.study.form_parts import BatteryDetails, Company, FormDetails
from tanbiao.core.study.model import Absent, Study
from tanbiao.core.study.parameter_sets import View, parameter_sets, view
from tanbiao.core.study.scheme_fields import Fields, fields
from tanbiao.core.study.shares import primary_part
from tanbiao.core.units import Unit, convert, parse_amount, parse_unit

SUBDIVISION: Final = re.compile(r"^([A-Z]{2}-[A-Z0-9]{1,3})(?:$|-)")
UNDIVIDED: Final = "undivided"
LEFT_OUT: Final = (AbsenceKind.BELOW_CUT_OFF, AbsenceKind.EXCLUDED)


@dataclass(slots=True)
class Basis:
    """A study under the form's parameter set; writers read it and say what they miss."""

    form: str
    study: Study
    release: Background
    rule: Rule | None
    view: View
    fields: Fields
    created: datetime
    lang: Lang
    findings: list[Finding] = field(default_factory=list)

    # --- what is missing ---------------------------------------------------------------------------------------

    def missing(self, key: str, study_field: str) -> None:
        """Say that a field of the form can't be filled because the study leaves a field out."""
        params = {"form": self.form, "field": key, "study_field": study_field}
        self.findings.append(finding("form_field_missing", Severity.BLOCKING, study_field, **params))

    def need(self, value: Any, key: str, study_field: str) -> Any:
        """Return the value; where there is none, say which field of the study would hold it."""
        if value is None or value in ("", (), []):
            self.missing(key, study_field)
        return value

    def unfit(self, key: str, where: str, reason: str) -> None:
        """Say that the form has no place for a figure as it is."""
        self.findings.append(finding("form_unfit", Severity.BLOCKING, where, form=self.form, field=key, reason=reason))

    def refuse(self) -> None:
        """Raise what keeps the form from being filled in."""
        grave = [item for item in self.findings if item.severity is Severity.BLOCKING]
        if grave:
            raise TanbiaoError(*grave)

    # --- what the study states ---------------------------------------------------------------------------------

    @property
    def details(self) -> FormDetails:
        """The study's section ``forms``; empty where it has none."""
        return self.study.forms or FormDetails()

    def company(self, key: str = "companyName") -> Company | None:
        """Return who states the footprint, or say that nobody does."""
        found: Company | None = self.need(self.details.company, key, "forms.company.name")
        return found

    @property
    def battery(self) -> BatteryDetails:
        """What the study states for declarations of a battery."""
        return self.details.battery or BatteryDetails()

    @property
    def description(self) -> str | None:
        """The product in words."""
        stated = self.details.product
        if stated is not None and stated.description is not None:
            return stated.description
        function = self.study.product.function
        return None if function is None else function.best(self.lang)

    @property
    def name(self) -> str:
        """The product's name."""
        return self.study.product.name.best(self.lang)

    def identifier(self) -> str:
        """Return the document's id: the same study, release, rule and form have the same one, new figures a new one.

        It has the form of a version 4 UUID; its bits are the head of the SHA-256 of what it stands for.
        """
        rule = None if self.rule is None else self.rule.hash
        body = {"form": self.form, "study": self.study.hash, "release": self.release.hash, "rule": rule}
        digest = bytes.fromhex(content_hash({**body, "engine": __version__}).removeprefix("sha256:"))
        return str(uuid.UUID(bytes=digest[:16], version=4))

    def place(self) -> tuple[str, str | None]:
        """Return (country, subdivision): the subdivision where all the study's sites name the same one."""
        country = self.study.product.country
        matches = [SUBDIVISION.match(site) for site in self.study.product.sites]
        found = {None if match is None else match.group(1) for match in matches}
        subdivision = found.pop() if len(found) == 1 else None
        return country, subdivision if subdivision and subdivision.startswith(f"{country}-") else None

    def mass(self) -> float | None:
        """Return kg of product per declared unit, without packaging; None where the study does not tell."""
        kilogram = parse_unit("kg")
        texts = [self.study.unit.declared]
        if self.study.unit.reference_flow is not None:
            texts.insert(0, self.study.unit.reference_flow.amount)
        if "mass" in self.study.product.properties:
            texts.insert(0, self.study.product.properties["mass"])
        return next((found for text in texts if (found := amount_in(text, kilogram)) is not None), None)

    def carbon(self, key: str) -> Decimal | None:
        """Return kg C per declared unit of ``carbon_content``."""
        stated = None if self.study.carbon_content is None else getattr(self.study.carbon_content, key)
        if stated is None:
            return None
        reader = AmountReader(self.study)
        reader.read_parameters()
        value, unit = reader.pure(stated, f"carbon_content.{key}")
        number = float(np.ravel(value)[0])
        return decimal(convert(number, unit, parse_unit("kg"), where=f"carbon_content.{key}"))

    # --- what the figures rest on ------------------------------------------------------------------------------

    @property
    def undivided(self) -> bool:
        """Whether a factor of the total does not tell its kinds: a part that is 0 is then not known to be 0."""
        return any(self.view.table.get((stage, UNDIVIDED), 0.0) for stage in self.view.stages)

    def told(self, key: str) -> str | None:
        """Return a field's figure; None where it is not known: its stages are not whole, or 0 for want of a split."""
        row = next(item for item in self.fields.rows if item.id == key)
        if row.state != "complete" or (row.value == 0 and self.undivided):
            return None
        return plain(row.value)

    def primary_share(self) -> str | None:
        """Return the per cent of the figure that rests on primary data; None where the figure is not above 0."""
        whole = add(0.0, *(abs(value) for _, value in self.view.counted))
        if whole <= 0:
            return None
        own = add(0.0, *(abs(value) * primary_part(item) for item, value in self.view.counted))
        return plain(decimal(100 * own / whole))

    def stored(self) -> tuple[float, str] | None:
        """Return (kg of fossil CO2 per declared unit kept in a store, where it is); None where none lowers the figure.

        A row lowers the figure by a capture only where the study's rule counts it.
        """
        held, places = [], dict[str, None]()
        for item, _ in self.view.counted:
            stated = item.flow.row.capture
            if stated is None or stated.fate != "stored" or not item.part.capture_counts:
                continue
            if item.part.gas == "CO2 fossil":
                held.append(float(item.times[0]) * float(item.flow.amount[0]) * item.part.captured)
                places[f"fossil CO2 of {item.flow.row.id}; {stated.site}; {stated.certificate}"] = None
        return (add(0.0, *held), "; ".join(places)) if held else None

    def gwp_sets(self) -> list[str]:
        """Return every GWP set that the figures rest on, the study's own first."""
        found: dict[str, None] = {self.study.gwp: None}
        for item, _ in self.view.counted:
            if item.part.intensity.gwp_basis == "other" and item.part.dataset is not None:
                found.update({str(name): None for name in item.part.dataset.co2e})
        return list(found)

    def unknown_gwp(self) -> float:
        """Return the share of the figure whose factors do not tell their GWP set."""
        whole = add(0.0, *(abs(value) for _, value in self.view.counted))
        part = (abs(value) for item, value in self.view.counted if item.part.intensity.gwp_basis == "unknown")
        return add(0.0, *part) / whole if whole else 0.0

    def secondary_sources(self) -> list[tuple[str, str]]:
        """Return (title, version) of the sources of every factor used, in the order of their titles."""
        found = {
            (item.part.dataset.source.title, item.part.dataset.source.version or item.part.dataset.version)
            for item, _ in self.view.counted
            if item.part.dataset is not None
        }
        return sorted(found)

    def exempted(self) -> tuple[str, str] | None:
        """Return (per cent of the emissions left out, why); None where the study does not tell how much it left out.

        The entries of the cut-off list state an upper bound of their emission; the share is bound over figure plus
        bound.
        """
        left_out = self.study.cut_off
        below = [
            where
            for where, row in self.study.rows()
            if isinstance(row.amount, Absent) and row.amount.absent in LEFT_OUT and self._counts(where)
        ]
        for entry in left_out:
            if entry.emission is None:
                self.missing("exemptedEmissionsPercent", f"cut_off.{entry.id}.emission")
        for where in below:
            self.missing("exemptedEmissionsPercent", where)
        if below or any(entry.emission is None for entry in left_out):
            return None
        kilogram = parse_unit("kg")
        bounds = [amount_in(entry.emission or "", kilogram) or 0.0 for entry in left_out]
        bound, total = add(0.0, *bounds), abs(float(self.view.total))
        share = 100 * bound / (bound + total) if bound else 0.0
        return plain(decimal(share)), "; ".join(entry.reason for entry in left_out)

    def _counts(self, where: str) -> bool:
        """Whether a place lies in a stage of the figure, or in a process."""
        part, _, rest = where.partition(".")
        return part != "stages" or rest.partition(".")[0] in self.view.stages

    def allocation(self) -> str | None:
        """Return how the study's own processes with several products share their burden."""
        said = [
            f"{key}: {process.allocation.by} ({process.allocation.reason})"
            for key, process in sorted(self.study.processes.items())
            if process.allocation is not None
        ]
        return "; ".join(said) or None

    def mass_balanced(self) -> bool:
        """Whether a row counts recycled content under a mass balance."""
        return any(row.circular is not None and row.circular.custody == "mass_balance" for _, row in self.study.rows())

    def comment(self) -> str:
        """Return of what standing the figure is and what it was made with."""
        share = self.unknown_gwp()
        rule = "—" if self.rule is None else self.rule.reference
        if self.rule_notice is not None:
            rule = f"{rule}（{self.rule_notice['zh']}）" if self.lang == "zh" else f"{rule} ({self.rule_notice['en']})"
        if self.lang == "zh":
            more = f"其中 {100 * share:.3g} % 所用因子未说明 GWP 数值集。" if share else ""
            return f"企业自行计算，未经认证。Tanbiao {__version__}，因子库 {self.release.name}，规则 {rule}。{more}"
        more = f" {100 * share:.3g} % of it rests on factors whose GWP set is not stated." if share else ""
        head = "Calculated by the company itself; not certified."
        return f"{head} Tanbiao {__version__}, factor release {self.release.name}, rule {rule}.{more}"

    @property
    def rule_notice(self) -> Mapping[str, str] | None:
        """What must be said of the rule's standing; None where there is nothing to say."""
        return None if self.rule is None else rule_notice(self.rule.reference, self.rule.standing)

    def versions(self) -> dict[str, str]:
        """Return the version of record of everything the figures rest on."""
        found = {
            "engine": __version__,
            "release": self.release.name,
            "release_hash": self.release.hash,
            "gwp": self.study.gwp,
            "study": self.study.hash,
            "parameter_set": self.view.set.id,
        }
        return (
            found if self.rule is None else {**found, "rule": self.rule.reference, "rule_standing": self.rule.standing}
        )


def basis_of(
    study: Study, release: Background, rule: Rule | None, wanted: str, *, created: datetime, lang: Lang, form: str
) -> Basis:
    """Calculate a study under a form's parameter set.

    Raises
    ------
    TanbiaoError
        As :func:`tanbiao.core.study.parameter_sets.view`, ``fields_do_not_add_up``.
    """
    made = view(study, release, rule, parameter_sets()[wanted])
    table = fields(made)
    if table is None:
        raise ValueError(f"the set {wanted} has no fields")
    basis = Basis(form, study, release, rule, made, table, created, lang)
    for name, state in made.states.items():
        if name in made.stages and state != "complete":
            params = {"form": form, "stage": name, "state": state}
            basis.findings.append(finding("form_incomplete", Severity.BLOCKING, f"stages.{name}", **params))
    for item in (*made.findings, *table.findings):
        if item.severity.blocks:
            stated = item.params
            basis.unfit(
                str(stated.get("field", "")), item.where, f"{stated.get('value', '')} ({stated.get('sign', '')})"
            )
        else:
            basis.findings.append(item)
    return basis


def amount_in(text: str, unit: Unit) -> float | None:
    """Return an amount in a unit; None where it is another kind of quantity."""
    try:
        return convert(*parse_amount(text), unit)
    except TanbiaoError:
        return None


def decimal(value: float) -> Decimal:
    """Return a figure with 12 significant digits."""
    return Decimal(decimal12(value)).normalize() + 0


def plain(value: Decimal) -> str:
    """Return a figure as decimal text without an exponent."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def first_moment(day: str) -> str:
    """Return the first moment of a day."""
    return f"{day}T00:00:00Z"


def moment_after(day: str) -> str:
    """Return the first moment after a day."""
    return first_moment((date.fromisoformat(day) + timedelta(days=1)).isoformat())


def last_moment(day: str) -> str:
    """Return the last second of a day."""
    return f"{day}T23:59:59Z"


def stamp(moment: datetime) -> str:
    """Return a moment in UTC with ``Z``."""
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def slug(text: str) -> str:
    """Return a text as a part of a URN."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def urns(study: Study) -> list[str]:
    """Return the product's classifications as URNs of the form that PACT recommends."""
    pairs: Iterable[tuple[str, str]] = ((slug(item.scheme), item.code) for item in study.product.classifications)
    return list(dict.fromkeys(f"urn:pact:productclassification:{scheme}:{code}" for scheme, code in pairs if scheme))


def without(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the mapping without what is not known."""
    return {key: value for key, value in values.items() if value is not None and value != [] and value != ""}
