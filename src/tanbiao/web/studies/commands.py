"""The writers of studies: every change of a study's document, state, files and sight goes through these."""

from __future__ import annotations

import secrets
from typing import Any
from uuid import UUID

from tanbiao.core.canonical import decimal12
from tanbiao.core.findings import TanbiaoError, to_json
from tanbiao.core.study import calculate as calculate_study
from tanbiao.core.study import package as packages
from tanbiao.core.study.model import Study as Document
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, person_of
from tanbiao.web.accounts.models import Organisation
from tanbiao.web.claims import commands as claims
from tanbiao.web.commanding import Conflict, Invalid, NotFound, command, require
from tanbiao.web.factors import queries as factors
from tanbiao.web.governance import queries as governance
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.rulebook import queries as rulebook
from tanbiao.web.studies import intake, moves, queries, supplier_claims, waivers
from tanbiao.web.studies.models import Evidence, Result, Revision, Study, StudyGrant, Upload
from tanbiao.web.uploads import checked_upload

MAX_ROWS = 20_000
"""Rows of one document; project default, not official."""
MAX_SAMPLES = 10_000


def locked(actor: Actor, study_id: UUID) -> Study:
    """Return a visible study, locked until the transaction ends."""
    queries.study(actor, study_id)
    return Study.objects.select_for_update().select_related("owner").get(id=study_id)


@command("studies.create")
def create(actor: Actor, *, title_zh: str, title_en: str = "") -> Study:
    """Begin a study without a document; the first upload or save makes its first revision.

    Raises
    ------
    Invalid
        ``title_missing``
    """
    title_zh, title_en = title_zh.strip()[:200], title_en.strip()[:200]
    if not title_zh and not title_en:
        raise Invalid.of("title_missing", "title_zh")
    if actor.organisation is None or actor.person is None:
        raise NotFound.of("no_organisation")
    now = clock.now()
    study = Study(
        owner=actor.organisation,
        title_zh=title_zh or title_en,
        title_en=title_en,
        state="",
        lifecycle=moves.LIFECYCLE,
        created_by=person_of(actor),
        created_at=now,
        changed_at=now,
    )
    study.save()
    moves.move(actor, study, "create", moves.facts_of(actor, study))
    return study


@command("studies.edit")
def bring_in(
    actor: Actor, *, study_id: UUID, filename: str, data: bytes, expected_parent: str = "", note: str = ""
) -> Upload:
    """Take a study file (Excel template, YAML or JSON) as the study's next revision.

    The file is kept whatever it holds. One that can't be read becomes an upload with findings and no revision: the
    newest revision stays as it was.

    Raises
    ------
    Conflict
        ``study_locked``, ``stale_parent``, and as :func:`save` for the rule
    """
    study = locked(actor, study_id)
    _may_change(actor, study, expected_parent)
    kind, loaded = intake.read(filename, data)
    blob = ledger.put_blob(data, intake.MEDIA_TYPES[kind])
    record = Upload.objects.create(
        study=study,
        blob=blob,
        filename=filename[:200],
        kind=kind,
        findings=[{**to_json(item), "place": loaded.place(item.where)} for item in loaded.findings],
        accepted=loaded.study is not None,
        by=person_of(actor),
        at=clock.now(),
    )
    if loaded.study is not None:
        _revise(actor, study, loaded.study, origin=kind, source_blob=blob, note=note or filename)
    return record


@command("studies.edit")
def save(
    actor: Actor,
    *,
    study_id: UUID,
    document: dict[str, Any],
    expected_parent: str,
    origin: str = "page",
    note: str = "",
) -> Revision:
    """Save a document as the next revision.

    Raises
    ------
    Invalid
        The findings of a document that is no study; nothing is written.
    Conflict
        ``study_locked``; ``stale_parent``: somebody saved in between; ``rule_ended``, ``rule_ending``: the document
        names a rule that the revision before did not, and that rule is out of force or in its transition.
    """
    return _save(actor, study_id, document, expected_parent, origin, note)


@command("studies.edit")
def edit_row(actor: Actor, *, study_id: UUID, row_id: str, changes: dict[str, Any], expected_parent: str) -> Revision:
    """Change fields of one row (None removes a field) and save the document as the next revision.

    Raises
    ------
    Invalid
        ``row_unknown`` or the findings of the changed document.
    Conflict
        As :func:`save`.
    """
    document = queries.document(actor, study_id)
    row = intake.find_row(document, row_id)
    if row is None:
        raise Invalid.of("row_unknown", row_id)
    for key, value in changes.items():
        if value is None:
            row.pop(key, None)
        else:
            row[key] = value
    note = f"{row_id}: {', '.join(sorted(changes))}"
    return _save(actor, study_id, document, expected_parent, "page", note)


def new_row_id() -> str:
    """Return an id for a row that nobody named."""
    return f"r-{secrets.token_hex(4)}"


@command("studies.edit")
def add_row(actor: Actor, *, study_id: UUID, group: str, row: dict[str, Any], expected_parent: str) -> Revision:
    """Add a row to a group (``stages.manufacturing``, ``processes.steam.takes``) under a new random id.

    Raises
    ------
    Invalid
        ``group_unknown`` or the findings of the changed document.
    Conflict
        As :func:`save`.
    """
    document = queries.document(actor, study_id)
    intake.add_row(document, group, {"id": new_row_id(), **row})
    return _save(actor, study_id, document, expected_parent, "page", f"+ {group}")


@command("studies.edit")
def remove_row(actor: Actor, *, study_id: UUID, row_id: str, expected_parent: str) -> Revision:
    """Remove a row; its id is never given again, and older revisions keep it.

    Raises
    ------
    Invalid
        ``row_unknown``, ``last_row``, or the findings of the changed document.
    Conflict
        As :func:`save`.
    """
    document = queries.document(actor, study_id)
    intake.remove_row(document, row_id)
    return _save(actor, study_id, document, expected_parent, "page", f"− {row_id}")


@command("studies.edit")
def repin(actor: Actor, *, study_id: UUID, release: str, expected_parent: str) -> Revision:
    """Pin another installed factor release as the next revision; the older revision keeps its own, and its figure.

    Raises
    ------
    NotFound
        ``release_not_installed``
    Invalid
        The findings of a document that is no study.
    Conflict
        As :func:`save`; ``release_pinned_already``.
    """
    name = factors.release(actor, release).name
    document = queries.document(actor, study_id)
    before = str(document.get("release") or "")
    if before.partition("@")[0] == name:
        raise Conflict.of("release_pinned_already", "release", name=name)
    document["release"] = name
    return _save(actor, study_id, document, expected_parent, "page", f"{before or '—'} → {name}")


def _save(
    actor: Actor, study_id: UUID, document: dict[str, Any], expected_parent: str, origin: str, note: str
) -> Revision:
    study = locked(actor, study_id)
    _may_change(actor, study, expected_parent)
    parsed, findings = Document.parse(document)
    if parsed is None:
        raise Invalid(*findings)
    return _revise(actor, study, parsed, origin=origin, note=note)


def _may_change(actor: Actor, study: Study, expected_parent: str) -> None:
    """Refuse a change that the state forbids or that was made on an older revision."""
    require(actor, "studies.edit", study)
    if study.state not in moves.EDITABLE:
        raise Conflict.of("study_locked", str(study.id), state=study.state)
    head = study.head.hash if study.head else ""
    if expected_parent != head:
        raise Conflict.of("stale_parent", "expected_parent", seen=expected_parent or "—", current=head or "—")


def _revise(
    actor: Actor, study: Study, document: Document, *, origin: str, source_blob: str = "", note: str = ""
) -> Revision:
    rows = sum(1 for _ in document.rows())
    if rows > MAX_ROWS:
        raise Invalid.of("too_many_rows", "stages", rows=rows, limit=MAX_ROWS)
    if study.head is not None and study.head.hash == document.hash:
        return study.head
    if document.waivers:
        waivers.require_own(actor, queries.parsed(actor, study.id) if study.head else None, document)
    if document.rule and (study.head is None or study.head.rule != document.rule):
        rulebook.refuse_new_use(document.rule)
    if study.state in ("calculated", "self_checked"):
        moves.move(actor, study, "edit", moves.facts_of(actor, study))
    stored = intake.put_json(document.canonical())
    if stored != document.hash:
        raise Invalid.of("not_canonical", reason=f"{stored} is not {document.hash}")
    revision = Revision.objects.create(
        study=study,
        number=study.head.number + 1 if study.head else 1,
        hash=document.hash,
        parent=study.head,
        origin=origin,
        source_blob=source_blob,
        rule=document.rule or "",
        release=document.release or "",
        rows=rows,
        author=person_of(actor),
        at=clock.now(),
        note=note[:300],
    )
    study.head = revision
    study.title_zh = document.product.name.best("zh")[:200]
    study.title_en = document.product.name.best("en")[:200]
    study.package_hash = ""
    study.changed_at = clock.now()
    study.save()
    if study.state == "draft":
        moves.move(actor, study, "collect", moves.facts_of(actor, study), revision=revision.hash)
    ledger.emit("study.saved", {"study": str(study.id), "revision": str(revision.id)})
    return revision


@command("studies.calculate")
def calculate(actor: Actor, *, study_id: UUID, samples: int = 1000, seed: int = 1) -> Result:
    """Calculate the newest revision and keep the result with its findings.

    A number that came out is kept whatever the rule says to it. :func:`settle` is what moves the study on.

    Raises
    ------
    Invalid
        The findings of a study that gives no number (unknown factor, wrong unit, …).
    NotFound
        ``revision_unknown``
    """
    study = locked(actor, study_id)
    require(actor, "studies.calculate", study)
    if study.head is None:
        raise NotFound.of("revision_unknown", str(study_id), number=0)
    if not 0 <= samples <= MAX_SAMPLES:
        raise Invalid.of("samples_out_of_range", "samples", limit=MAX_SAMPLES)
    document = queries.parsed(actor, study_id)
    try:
        release = factors.open_release(actor, document.release)
        rule = rulebook.rule(document.rule) if document.rule else None
        outcome = calculate_study(document, release, rule, samples=samples, seed=seed)
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error
    body = intake.result_document(outcome)
    stored = Result.objects.create(
        revision=study.head,
        blob=intake.put_json(body),
        hash=outcome.hash,
        value=decimal12(outcome.value),
        unit=body["total"]["unit"],
        completeness=body["total"]["completeness"],
        blocking=outcome.blocks,
        samples=samples,
        seed=seed,
        at=clock.now(),
    )
    ledger.emit("study.calculated", {"study": str(study.id), "result": str(stored.id)})
    return stored


@command("studies.calculate")
def settle(actor: Actor, *, study_id: UUID) -> Study:
    """Take the newest result as the study's calculation (state *calculated*).

    Raises
    ------
    Conflict
        What is still missing: a rule, a result, an interval, a stage, a proof.
    """
    study = locked(actor, study_id)
    require(actor, "studies.calculate", study)
    moves.move(actor, study, "calculate", moves.facts_of(actor, study), revision=study.head.hash if study.head else "")
    return study


@command("studies.manage")
def self_check(actor: Actor, *, study_id: UUID, builds_on: str) -> Study:
    """Pass the company's own check of the calculated revision.

    Raises
    ------
    Conflict
    """
    study = locked(actor, study_id)
    require(actor, "studies.manage", study)
    moves.move(actor, study, "self_check", moves.facts_of(actor, study, builds_on=builds_on))
    return study


@command("studies.manage")
def submit(actor: Actor, *, study_id: UUID, builds_on: str) -> Study:
    """Freeze the calculation package and lock the study; every later decision cites the package's hash.

    Raises
    ------
    Conflict
        The guards' refusals; ``stale_decision`` when ``builds_on`` is not the newest revision's hash;
        ``dataset_suspended``; ``rule_ended``: the study's rule is out of force; ``claim_taken``, ``claim_taken_own``,
        ``claim_over_whole``: a certificate or pass that another study uses.
    """
    study = locked(actor, study_id)
    require(actor, "studies.manage", study)
    if study.head is not None and study.head.rule:
        rulebook.refuse_ended(study.head.rule)
    facts = moves.facts_of(actor, study, builds_on=builds_on)
    if study.head is None or not facts.calculated:
        moves.move(actor, study, "submit", facts)
    document = queries.parsed(actor, study_id)
    kept = queries.latest_result(actor, study_id)
    if kept is None:
        raise Conflict.of("not_calculated")
    release = factors.open_release(actor, document.release)
    rule = rulebook.rule(document.rule) if document.rule else None
    outcome = calculate_study(document, release, rule, samples=kept.samples, seed=kept.seed)
    if outcome.hash != kept.hash:
        raise Conflict.of("result_moved", str(study.id))
    supplier_claims.refuse_claimed(actor, study.id, document)
    claims.register(
        actor,
        owner=study.owner,
        study_id=study.id,
        title_zh=study.title_zh,
        title_en=study.title_en,
        revision=document.hash,
        instruments=outcome.document["instruments"],
    )
    package = packages.seal(document, release, rule, outcome)
    governance.refuse_blocked(
        release.name, (str(one.get("withheld") or one["block"]["id"]) for one in package["datasets"])
    )
    package_hash = intake.put_json(package)
    moves.move(
        actor,
        study,
        "submit",
        moves.facts_of(actor, study, builds_on=builds_on, package_hash=package_hash),
        package=package_hash,
    )
    study.package_hash = package_hash
    study.save()
    ledger.emit("study.submitted", {"study": str(study.id), "package": package_hash})
    return study


@command("studies.manage")
def withdraw(actor: Actor, *, study_id: UUID, reason: str) -> Study:
    """Withdraw a study that is in no case.

    Raises
    ------
    Conflict
    """
    study = locked(actor, study_id)
    require(actor, "studies.manage", study)
    moves.move(actor, study, "withdraw", moves.facts_of(actor, study, reason=reason))
    claims.release(actor, owner=study.owner, study_id=study.id)
    return study


@command("studies.edit")
def attach(actor: Actor, *, study_id: UUID, row_id: str, filename: str, media_type: str, data: bytes) -> Evidence:
    """Attach a file to a row (or, with an empty row, to the study). Allowed while a correction is answered, too.

    Raises
    ------
    Invalid
        ``file_empty``, ``file_too_large``, ``file_kind_refused``: see :func:`tanbiao.web.uploads.checked_upload`.
    """
    study = locked(actor, study_id)
    require(actor, "studies.edit", study)
    kind = checked_upload(filename, media_type, data)
    return Evidence.objects.create(
        study=study,
        row=row_id[:120],
        blob=ledger.put_blob(data, kind),
        filename=filename[:200],
        media_type=kind,
        size=len(data),
        by=person_of(actor),
        at=clock.now(),
    )


# -- what a case does to a study (called by the feature above, as the system) ---------------------------


@command("studies.verify_states")
def grant_sight(actor: Actor, *, study_id: UUID, organisation: Organisation, purpose: str) -> StudyGrant:
    """Let an organisation see a study for a purpose (``case/<id>``); a second call changes nothing."""
    require(actor, "studies.verify_states")
    grant, _ = StudyGrant.objects.update_or_create(
        study_id=study_id,
        organisation=organisation,
        purpose=purpose,
        defaults={"given_at": clock.now(), "ended_at": None},
    )
    return grant


@command("studies.verify_states")
def end_sight(actor: Actor, *, study_id: UUID, purpose: str) -> None:
    """End the sight that was given for a purpose."""
    require(actor, "studies.verify_states")
    StudyGrant.objects.filter(study_id=study_id, purpose=purpose, ended_at__isnull=True).update(ended_at=clock.now())


def _by_case(actor: Actor, study_id: UUID, event: str, case: str, **known: Any) -> Study:
    study = locked(actor, study_id)
    moves.move(actor, study, event, moves.facts_of(actor, study, **known), case=case)
    return study


@command("studies.verify_states")
def begin_verification(actor: Actor, *, study_id: UUID, case: str) -> Study:
    """A case has begun to verify the frozen package."""
    return _by_case(actor, study_id, "begin_verification", case)


@command("studies.verify_states")
def require_correction(actor: Actor, *, study_id: UUID, case: str) -> Study:
    """A case asks for a correction: the study may be edited and submitted again."""
    return _by_case(actor, study_id, "require_correction", case)


@command("studies.verify_states")
def mark_verified(actor: Actor, *, study_id: UUID, case: str, findings_open: int) -> Study:
    """A favourable opinion stands in a case; the machine refuses while a finding is open."""
    return _by_case(actor, study_id, "mark_verified", case, opinion_in_case=True, findings_open=findings_open)


@command("studies.verify_states")
def give_back(actor: Actor, *, study_id: UUID, case: str) -> Study:
    """A case ended without an opinion: the study is its owner's again."""
    return _by_case(actor, study_id, "release", case)


@command("studies.publish")
def publish(actor: Actor, *, study_id: UUID, case: str = "") -> Study:
    """Publish a verified study: by its owner, or by the case whose certificate entered the register."""
    study = locked(actor, study_id)
    require(actor, "studies.publish", study)
    moves.move(actor, study, "publish", moves.facts_of(actor, study), case=case)
    return study
