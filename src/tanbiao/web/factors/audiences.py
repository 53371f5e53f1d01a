"""Who may read a release: set when it is installed, changed by one command, every change a line of its history.

Databases and licences stand in features above; they say through :func:`limit` whom a release may be opened to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from tanbiao.core.findings import Severity, finding
from tanbiao.core.lca.release import Release as ReleaseFile
from tanbiao.core.study.package import may_be_passed_on
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Organisation
from tanbiao.web.commanding import Conflict, Invalid, NotFound, command
from tanbiao.web.factors.models import AudienceChange, Release, ReleaseReader
from tanbiao.web.factors.queries import installed_file
from tanbiao.web.ledger import commands as ledger

MOST = 500
"""Organisations that one release names (project default)."""
SHORTEST = 5
"""Characters of a stated right (project default)."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Everybody, or (where any are named) the organisations that may read a release, and by what right."""

    organisations: tuple[Organisation, ...] = ()
    basis: str = ""

    @property
    def is_public(self) -> bool:
        """Whether everybody may read it."""
        return not self.organisations


EVERYBODY = Audience()
Limit = Callable[[str], frozenset[UUID] | None]
_limits: list[Limit] = []


def limit(rule: Limit) -> Limit:
    """Register whom a release of a name may be opened to at most: organisations; None where the rule says nothing."""
    _limits.append(rule)
    return rule


def named(organisations: Iterable[str]) -> tuple[Organisation, ...]:
    """Return organisations by id or unified social credit code, each once, in their order.

    Raises
    ------
    Invalid
        ``audience_organisation_unknown``, one finding for each; ``audience_too_many``
    """
    asked = list(dict.fromkeys(text.strip() for text in organisations if text.strip()))
    if len(asked) > MOST:
        raise Invalid.of("audience_too_many", "only_for", count=len(asked), limit=MOST)
    found = {text: _organisation(text) for text in asked}
    unknown = [text for text, one in found.items() if one is None]
    if unknown:
        raise Invalid(
            *(finding("audience_organisation_unknown", Severity.ERROR, "only_for", named=text[:80]) for text in unknown)
        )
    return tuple({one.id: one for one in found.values() if one is not None}.values())


def _organisation(text: str) -> Organisation | None:
    try:
        return Organisation.objects.filter(id=UUID(text)).first()
    except ValueError:
        return Organisation.objects.filter(uscc=text.upper()).first()


def check(name: str, file: ReleaseFile, audience: Audience) -> None:
    """Refuse an audience that the data of a release do not have.

    Raises
    ------
    Conflict
        ``release_not_public``: it holds datasets whose licence forbids passing on, and everybody would read them;
        ``audience_too_wide``: an organisation that the licence or tier of its databases does not let use them.
    Invalid
        ``audience_basis_missing``: by what right the organisations use such datasets is not said.
    """
    closed = [item.id for item in file if not may_be_passed_on(item)]
    if closed and audience.is_public:
        raise Conflict.of("release_not_public", name, count=len(closed), names=", ".join(closed[:5]))
    if closed and len(audience.basis.strip()) < SHORTEST:
        raise Invalid.of("audience_basis_missing", "basis", count=len(closed))
    for rule in _limits:
        allowed = rule(name)
        strange = [one for one in audience.organisations if allowed is not None and one.id not in allowed]
        if strange or (allowed is not None and audience.is_public):
            names = ", ".join(one.name_zh for one in strange) or "—"
            raise Conflict.of("audience_too_wide", "only_for", release=name, names=names)


def keep(actor: Actor, row: Release, audience: Audience) -> None:
    """Write who may read a release from now on, with a line of its history and an entry of the log."""
    ReleaseReader.objects.filter(release=row).exclude(organisation__in=audience.organisations).delete()
    there = set(row.readers.values_list("organisation_id", flat=True))
    ReleaseReader.objects.bulk_create(
        ReleaseReader(release=row, organisation=one) for one in audience.organisations if one.id not in there
    )
    row.is_public = audience.is_public
    row.save(update_fields=["is_public"])
    told = [{"id": str(one.id), "zh": one.name_zh, "en": one.name_en} for one in audience.organisations]
    line = AudienceChange.objects.create(
        release=row,
        is_public=audience.is_public,
        organisations=told,
        basis=audience.basis.strip()[:500],
        person=actor.person,
        organisation=actor.organisation,
        at=clock.now(),
    )
    event = {"type": "release.audience", "release": row.name, "only_for": [one["id"] for one in told]}
    ledger.record(actor, type="dataset_event", subject=str(line.id), event=event | {"basis": line.basis})


@command("factors.install_release")
def change_audience(actor: Actor, *, name: str, only_for: Sequence[str] = (), basis: str = "") -> Release:
    """Open a release to other organisations than before, or (none named) to everybody.

    What was calculated on it stays with the studies that hold it; who is no longer named can't calculate on it again.

    Raises
    ------
    NotFound
        ``release_not_installed``
    Invalid
        ``audience_organisation_unknown``, ``audience_too_many``, ``audience_basis_missing``
    Conflict
        ``audience_same``; ``release_not_public``, ``audience_too_wide``
    """
    row = Release.objects.select_for_update().filter(name=name).first()
    if row is None:
        raise NotFound.of("release_not_installed", name, name=name or "—")
    wanted = Audience(named(only_for), basis)
    before = set(row.readers.values_list("organisation_id", flat=True))
    last = row.audiences.last()
    same = row.is_public == wanted.is_public and before == {one.id for one in wanted.organisations}
    if same and (last.basis if last else "") == basis.strip()[:500]:
        raise Conflict.of("audience_same", "only_for", release=name)
    check(name, installed_file(row), wanted)
    keep(actor, row, wanted)
    return row


def history(rows: Iterable[Release]) -> dict[UUID, list[AudienceChange]]:
    """Return the lines of each release's history, the oldest first; the caller may know that they exist."""
    told: dict[UUID, list[AudienceChange]] = {}
    lines = AudienceChange.objects.filter(release__in=[row.id for row in rows])
    for line in lines.select_related("person", "organisation"):
        told.setdefault(line.release_id, []).append(line)
    return told
