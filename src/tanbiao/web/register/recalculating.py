"""Sealed studies calculated again on another factor release, so that figures of two releases can stand side by side.

Nothing here changes a certificate: what comes out is indicative and says so. A recalculation is known by the hash of
what it rests on (package, release, engine) and is made once, by a worker, when somebody asks for it. Only releases that
everybody may read are taken, so that no figure tells of data that are licensed to some.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tanbiao import __version__
from tanbiao.core.canonical import content_hash
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding, from_json, to_json
from tanbiao.web import clock
from tanbiao.web.accounts.actor import ANONYMOUS, Actor, system_actor
from tanbiao.web.commanding import Conflict, NotFound, command
from tanbiao.web.factors import queries as factors
from tanbiao.web.factors.models import Release
from tanbiao.web.ledger.commands import enqueue
from tanbiao.web.register.models import Certificate
from tanbiao.web.register.models_public import Recalculation
from tanbiao.web.studies.queries import read_json

if TYPE_CHECKING:
    from tanbiao.core.study.background import Background

SYSTEM = system_actor("register")
ENDS = ("p2_5", "p50", "p97_5")


@dataclass(frozen=True, slots=True)
class Side:
    """A certificate in a comparison: the figure that is compared, its interval, whether it is a recalculated one."""

    certificate: Certificate
    value: str
    interval: Mapping[str, Any]
    recalculated: bool = False


def readable(name: str) -> Release | None:
    """Return an installed release that everybody may read; None where there is none of this name."""
    try:
        return factors.release(ANONYMOUS, name) if name else None
    except NotFound:
        return None


def key_of(certificate: Certificate, release: Release) -> str:
    """Return the hash by which the recalculation of a certificate's package on a release is known."""
    return content_hash({"package": certificate.package_hash, "release": release.hash, "engine": __version__})


def known(certificate: Certificate, release: Release) -> Recalculation | None:
    """Return the recalculation of a certificate's package on a release, if anybody has asked for it."""
    return Recalculation.objects.filter(key=key_of(certificate, release)).first()


def request(certificate: Certificate, release: Release) -> Recalculation:
    """Ask a worker for a recalculation, in the caller's transaction; a refused one is tried again another day."""
    made, _ = Recalculation.objects.get_or_create(
        key=key_of(certificate, release),
        defaults={
            "package": certificate.package_hash,
            "release": release.name,
            "release_hash": release.hash,
            "state": "waiting",
            "asked_at": clock.now(),
        },
    )
    if made.state != "done":
        payload = {"key": made.key, "certificate": str(certificate.id)}
        enqueue("register.recalculate", key=f"recalculate/{made.key}/{clock.today()}", payload=payload)
    return made


def carry_out(key: str, certificate_id: str) -> Recalculation:
    """Recalculate what was asked for, outside any transaction, and record what came out."""
    row = Recalculation.objects.get(key=key)
    if row.state == "done":
        return row
    certificate = Certificate.objects.select_related("issue").get(id=certificate_id)
    try:
        package = read_json(certificate.issue.order["package_blob"])
        figure = again(package, factors.open_release(ANONYMOUS, row.release))
    except TanbiaoError as error:
        return record(SYSTEM, key=key, value="", interval=None, findings=error.findings)
    return record(SYSTEM, key=key, value=figure[0], interval=figure[1], findings=())


def again(package: Mapping[str, Any], release: Background) -> tuple[str, dict[str, Any]]:
    """Return (declared figure as its rule rounds it, 95 % interval) of a sealed study on another release.

    Study, rule, seed and number of samples are the package's.

    Raises
    ------
    TanbiaoError
        What a calculation raises; ``recalculation_not_alike``: other stages count than in the sealed result, or no
        figure that may be declared comes out; ``recalculation_without_interval``.
    """
    from tanbiao.core.rules.load import parse_rule
    from tanbiao.core.study import calculate
    from tanbiao.core.study.model import Study
    from tanbiao.core.study.package import check_root

    check_root(package)
    study, told = Study.parse(package["study"])
    if study is None:
        raise TanbiaoError(*told)
    rule = None if package["rule"] is None else parse_rule(package["rule"])
    found = calculate(study, release, rule, samples=package["samples"], seed=package["seed"]).canonical()
    sealed = package["result"]
    alike = counted(found["stages"]) == counted(sealed["stages"]) and (
        found["total"]["completeness"] == sealed["total"]["completeness"]
    )
    if not alike or not found["declared"]["label"] or found["total"]["unit"] != sealed["total"]["unit"]:
        raise TanbiaoError.of("recalculation_not_alike", "total", release=release.name)
    interval = {name: found["total"].get(name) for name in ENDS}
    if None in interval.values():
        raise TanbiaoError.of("recalculation_without_interval", "total", release=release.name)
    return str(found["declared"]["text"]), interval


def counted(stages: Mapping[str, Any]) -> frozenset[str]:
    """Return the stages that carry a number."""
    return frozenset(name for name, value in stages.items() if not isinstance(value, Mapping))


@command("register.system")
def record(
    actor: Actor,  # noqa: ARG001 (checked by the decorator)
    *,
    key: str,
    value: str,
    interval: Mapping[str, Any] | None,
    findings: Sequence[Finding],
) -> Recalculation:
    """Keep what a recalculation gave, or why it gave nothing."""
    row = Recalculation.objects.select_for_update().get(key=key)
    row.state, row.value, row.interval = ("done" if interval else "refused"), value, interval
    row.findings, row.done_at = [to_json(item) for item in findings], clock.now()
    row.save()
    return row


def ways(one: Certificate, other: Certificate) -> list[tuple[Certificate, Release]]:
    """Return what may be recalculated on which release for a comparison, the release installed last first."""
    found = [(one, readable(other.claims["release"])), (other, readable(one.claims["release"]))]
    open_ones = [(certificate, release) for certificate, release in found if release is not None]
    return sorted(open_ones, key=lambda item: item[1].installed_at, reverse=True)


def common(one: Certificate, other: Certificate) -> tuple[Side, Side, str]:
    """Return both sides on one release, and its name.

    Raises
    ------
    Conflict
        ``comparison_release``: nobody has asked yet; ``comparison_release_waiting``; ``comparison_release_closed``:
        neither release is open to everybody here; ``comparison_not_recalculable`` with what stood against it.
    """
    tried = [(certificate, release, known(certificate, release)) for certificate, release in ways(one, other)]
    for certificate, release, row in tried:
        if row is not None and row.state == "done":
            made = {certificate.id: Side(certificate, row.value, row.interval or {}, recalculated=True)}
            sides = [made.get(side.id) or as_certified(side) for side in (one, other)]
            return sides[0], sides[1], release.name
    names = {"one": one.claims["release"], "other": other.claims["release"]}
    if not tried:
        raise Conflict.of("comparison_release_closed", other.number, **names)
    if any(row is None for _, _, row in tried):
        raise Conflict.of("comparison_release", other.number, **names)
    if any(row is not None and row.state == "waiting" for _, _, row in tried):
        raise Conflict.of("comparison_release_waiting", other.number, **names)
    raise Conflict(*(item for certificate, release, row in tried if row for item in why_not(certificate, release, row)))


def why_not(certificate: Certificate, release: Release, row: Recalculation) -> list[Finding]:
    """Return why a certificate's package could not be recalculated on a release: no row of the study is named."""
    codes = ", ".join(dict.fromkeys(from_json(item).code for item in row.findings))
    params = {"release": release.name, "reason": codes}
    return [finding("comparison_not_recalculable", Severity.ERROR, certificate.number, **params)]


def as_certified(certificate: Certificate) -> Side:
    """Return a certificate with the figure that it certifies and its published interval."""
    return Side(certificate, certificate.claims["value"], certificate.shown.get("interval") or {})
