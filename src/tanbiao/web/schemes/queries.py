"""The readers of label schemes: everybody sees all of it, and a scheme is always read as it stands here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from tanbiao.core.catalogue.load import load_catalogue
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.schemes import Scheme, list_schemes, load_scheme, newest_schemes
from tanbiao.core.schemes.eligibility import within
from tanbiao.core.schemes.parts import AdoptionList
from tanbiao.core.schemes.precheck import Answers, Outlook, precheck
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Organisation
from tanbiao.web.accounts.roles import Kind
from tanbiao.web.commanding import NotFound
from tanbiao.web.factors import queries as factors
from tanbiao.web.ledger.blobs import get_blob
from tanbiao.web.rulebook import queries as rulebook
from tanbiao.web.schemes.models import BodyApproval, SchemeEntry, SchemeEvent

OPEN = "open"


@dataclass(frozen=True, slots=True)
class Standing:
    """A scheme as it stands here: its document (a template's unlocked one where it is open) and its entry."""

    scheme: Scheme
    entry: SchemeEntry | None
    template: Scheme | None
    """The packaged template, where the scheme is or was one."""

    @property
    def head(self) -> str:
        """Return the head that the next act builds on; empty before the first."""
        return self.entry.head if self.entry else ""

    @property
    def state(self) -> str:
        """Return ``demonstration``, ``template``, ``open``, ``locked`` or ``superseded``."""
        if self.entry is not None:
            return self.entry.state
        return self.scheme.standing


def scheme(reference: str) -> Scheme:
    """Return a scheme by id or ``id@version`` as it stands on this platform: unlocked where an operator opened it.

    Raises
    ------
    TanbiaoError
        ``scheme_unknown``
    """
    found = load_scheme(reference)
    return _opened(found, _entry(found)) if found.is_locked else found


def _entry(found: Scheme) -> SchemeEntry | None:
    return SchemeEntry.objects.filter(reference=found.reference).first()


def _opened(template: Scheme, entry: SchemeEntry | None) -> Scheme:
    if entry is None or entry.state != OPEN:
        return template
    return opened_with(template, entry)


def opened_with(template: Scheme, entry: SchemeEntry) -> Scheme:
    """Return a template as an entry's settings open it."""
    return template.unlocked(
        number_pattern=entry.number_pattern,
        minimum_width_mm=entry.minimum_width_mm,
        regions=tuple(entry.regions),
        adoption_list=None if entry.adoption is None else AdoptionList.model_validate(entry.adoption),
    )


def standing(actor: Actor, reference: str) -> Standing:  # noqa: ARG001 (public)
    """Return a scheme with its entry.

    Raises
    ------
    NotFound
        ``scheme_unknown``
    """
    try:
        found = load_scheme(reference)
    except TanbiaoError as error:
        raise NotFound(*error.findings) from error
    return _standing(found)


def _standing(found: Scheme) -> Standing:
    if not found.is_locked:
        return Standing(found, None, None)
    entry = _entry(found)
    return Standing(_opened(found, entry), entry, found)


def standings(actor: Actor, *, every_version: bool = False) -> list[Standing]:  # noqa: ARG001 (public)
    """Return the schemes, the newest version of each unless every one is asked for: the demonstration first."""
    return [_standing(found) for found in (list_schemes() if every_version else newest_schemes())]


def applicable(actor: Actor) -> list[Scheme]:
    """Return the schemes that can be applied for on this platform at all."""
    return [one.scheme for one in standings(actor) if not one.scheme.is_locked]


def artwork_hash(reference: str) -> str:
    """Return the content hash of an open scheme's uploaded artwork (PNG); empty where it uses the neutral one."""
    found = load_scheme(reference)
    entry = _entry(found) if found.is_locked else None
    return entry.artwork if entry is not None and entry.state == OPEN else ""


def history(actor: Actor, reference: str) -> list[SchemeEvent]:  # noqa: ARG001 (public)
    """Return what was done to a scheme on this platform, in order."""
    rows = SchemeEvent.objects.filter(entry__reference=reference).select_related("organisation")
    return list(rows.order_by("index"))


def approvals(actor: Actor, scheme_id: str) -> list[BodyApproval]:  # noqa: ARG001 (public)
    """Return the approvals of bodies for a scheme, newest first."""
    return list(BodyApproval.objects.filter(scheme=scheme_id).select_related("body").order_by("-at", "id"))


def paper(actor: Actor, approval_id: UUID) -> tuple[BodyApproval, bytes]:  # noqa: ARG001 (public)
    """Return an approval with the bytes of its document.

    Raises
    ------
    NotFound
        ``scheme_approval_unknown``
    """
    found = BodyApproval.objects.filter(id=approval_id).first()
    if found is None:
        raise NotFound.of("scheme_approval_unknown", str(approval_id))
    return found, get_blob(found.paper)


def document(actor: Actor, reference: str, name: str) -> tuple[bytes, str]:
    """Return the authority's ``document`` (PDF) or ``artwork`` (PNG) of an entry, with its media type.

    Raises
    ------
    NotFound
        ``scheme_unknown``; ``document_unknown``: nothing of the name was brought.
    """
    entry = standing(actor, reference).entry
    kinds = {"document": "application/pdf", "artwork": "image/png"}
    if entry is None or name not in kinds:
        raise NotFound.of("document_unknown", name)
    return get_blob(getattr(entry, name)), kinds[name]


def stands(row: BodyApproval, day: date) -> bool:
    """Whether an approval stands on a day."""
    return row.valid_from <= day <= row.valid_until and (row.ended_on is None or day < row.ended_on)


def is_approved(scheme_id: str, body: Organisation, category: str, region: str, day: date | None = None) -> bool:
    """Whether a body's approval for a scheme covers category and region on a day (today)."""
    on = day or clock.today()
    rows = BodyApproval.objects.filter(scheme=scheme_id, body=body)
    return any(stands(row, on) and _covers(row, category, region) for row in rows)


def _covers(row: BodyApproval, category: str, region: str) -> bool:
    if row.categories and category not in row.categories:
        return False
    return not row.regions or any(within(region, wider) for wider in row.regions)


def approved_bodies(scheme_id: str, day: date | None = None) -> list[Organisation]:
    """Return the bodies with an approval for a scheme that stands on a day (today), by name."""
    on = day or clock.today()
    rows = BodyApproval.objects.filter(scheme=scheme_id).select_related("body")
    found = {row.body_id: row.body for row in rows if stands(row, on)}
    return sorted(found.values(), key=lambda one: (one.name_zh, str(one.id)))


def certification_bodies(actor: Actor) -> Iterable[Organisation]:  # noqa: ARG001 (their names are public)
    """Return the certification bodies of this platform, by name."""
    return Organisation.objects.filter(kind=Kind.CERTIFICATION_BODY).order_by("name_zh", "id")


def any_body_approved(scheme_id: str, category: str, region: str) -> bool:
    """Whether some body's approval for a scheme covers category and region today."""
    today = clock.today()
    rows = BodyApproval.objects.filter(scheme=scheme_id)
    return any(stands(row, today) and _covers(row, category, region) for row in rows)


def outlooks(actor: Actor, answers: Answers, reference: str = "") -> list[Outlook]:
    """Return what each scheme (or the one named) answers before an application, the open ones first.

    Raises
    ------
    NotFound
        ``category_unknown``, ``scheme_unknown``
    """
    try:
        load_catalogue().category(answers.size.category)
    except TanbiaoError as error:
        raise NotFound(*error.findings) from error
    found = [standing(actor, reference)] if reference else standings(actor)
    rules, basis = rulebook.offered(), _release_standing(actor)
    category, region = answers.size.category, answers.region
    batches = {one.reference: rulebook.adoption_of(one.reference) for one in rules if category in one.covers.categories}
    made = [
        precheck(
            one.scheme,
            answers,
            rules,
            load_catalogue(),
            release_standing=basis,
            approved=any_body_approved(one.scheme.id, category, region),
            batches=batches,
        )
        for one in found
    ]
    return sorted(made, key=lambda one: not one.is_open)


def _release_standing(actor: Actor) -> str:
    """Return what the newest installed release says of its own basis: a new study would take it."""
    try:
        return factors.release(actor).standing
    except NotFound:
        return ""
