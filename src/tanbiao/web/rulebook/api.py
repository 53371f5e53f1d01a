"""The REST API of the rulebook: rules, their documents and drafts, consultation, acts, filing, adoption lists."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Status
from pydantic import BaseModel, Field

from tanbiao.core.findings import Lang, from_json, render
from tanbiao.core.rules.filing import export_filing, filing_fields
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Count, FindingOut, Limit, Offset, Page, Router, page_of
from tanbiao.web.catalogue import queries_codes
from tanbiao.web.language import current
from tanbiao.web.ledger.blobs import attachment
from tanbiao.web.rulebook import acting, api_watch, api_workbench, commands, documents, queries
from tanbiao.web.rulebook.commands.filing import findings_of, proposed_values
from tanbiao.web.rulebook.models import AdoptionBatch, RuleComment, RuleEntry, RuleEvent, RuleNotice

router = Router()
router.add_router("", api_workbench.router)
router.add_router("", api_watch.router)
Words = Annotated[str, Field(max_length=200)]
LongText = Annotated[str, Field(max_length=8000)]
RuleText = Annotated[str, Field(max_length=documents.MAX_TEXT)]
Points = Annotated[int, Field(ge=0, le=100)]
RuleAct = Literal[
    "accept", "refuse", "run_examples", "open_consultation", "redraft", "close_consultation", "assess", "return",
    "approve", "file", "adopt", "begin_revision", "suspend", "resume", "abolish", "cancel_filing", "withdraw",
]  # fmt: skip


class RuleOut(BaseModel):
    """A version of a category rule: whose, of what layer, where it stands, what it replaces and what ends it."""

    id: UUID
    rule: str
    version: str
    reference: str
    title_zh: str
    title_en: str
    layer: str
    kind: str
    owner: str
    jurisdiction: str
    categories: list[str]
    state: str
    round: Count
    head: str
    content_hash: str
    issued_at: datetime | None
    filing_number: str
    filed_on: date | None
    filing_due: date | None
    batch: str
    transition_until: date | None
    revises: str
    converts: str
    supplements: str
    ended_by: str
    document: UUID | None
    standard_number: str
    chain: list[dict[str, str]]
    changed_at: datetime


class RuleProposalIn(BaseModel):
    """A rule that is proposed."""

    rule_id: Words
    version: Words
    title_zh: Words
    title_en: Words
    layer: Words
    categories: Annotated[list[Words], Field(max_length=50)]
    kind: Words = "standard"
    purpose: LongText = ""
    supplements: UUID | None = None
    converts: UUID | None = None
    standard_number: Words = ""
    chain: Annotated[list[dict[str, Words]], Field(max_length=50)] = []


class RuleTextIn(BaseModel):
    """A text of the rule as YAML or JSON; ``builds_on`` is the head that was seen."""

    builds_on: Words
    text: RuleText
    note: Words = ""


class RuleSectionIn(BaseModel):
    """A section in both languages."""

    clause: Annotated[str, Field(max_length=32)] = ""
    zh: LongText = ""
    en: LongText = ""


class RuleSectionsIn(BaseModel):
    """Sections to be written into the newest draft; one without words is taken out."""

    builds_on: Words
    sections: Annotated[dict[Words, RuleSectionIn], Field(max_length=30)]
    note: Words = ""


class RuleStudyIn(BaseModel):
    """A study file that worked examples name."""

    name: Words
    text: RuleText


class RuleDraftOut(BaseModel):
    """A draft of a rule: what it lacks, and what its worked examples gave."""

    number: Count
    hash: str
    gaps: Count | None
    differs: list[str]
    findings: list[FindingOut]
    text: str
    trial: dict[str, Any] | None
    at: datetime


class RuleActIn(BaseModel):
    """What an act says; each takes the fields that are its own. ``builds_on`` is the head that was seen."""

    builds_on: Words = ""
    reason: Words = ""
    text: LongText = ""
    points: Annotated[dict[Words, Points], Field(max_length=50)] = {}
    recommends: bool = False
    filing_number: Words = ""
    filed_on: date | None = None
    batch: Words = ""
    transition_until: date | None = None
    version: Words = ""
    purpose: LongText = ""


class RuleCommentIn(BaseModel):
    """A comment; whoever is not signed in says who he is."""

    text: LongText
    clause: Words = ""
    said_by: Words = ""


class RuleAnswerIn(BaseModel):
    """The answer to a comment: accepted, partly or declined, and why."""

    outcome: Words
    text: LongText


class RuleCommentOut(BaseModel):
    """A comment with its answer; persons are not named, organisations are."""

    id: UUID
    number: Count
    round: Count
    said_by: str
    clause: str
    text: str
    at: datetime
    outcome: str
    answer: str
    answered_at: datetime | None


class RuleEventOut(BaseModel):
    """A line of a rule's history."""

    index: Count
    event: str
    source: str
    target: str
    reason: str
    hash: str
    at: datetime


class FilingIn(BaseModel):
    """Values of a filing by field code."""

    values: Annotated[dict[Words, Annotated[str, Field(max_length=4000)]], Field(max_length=50)]


class FilingFieldOut(BaseModel):
    """A field of the filing and its value."""

    code: str
    name_zh: str
    name_en: str
    required: bool
    value: str


class FilingOut(BaseModel):
    """A filing: its fields, what is wrong with them, until when it is due."""

    standing: str
    fields: list[FilingFieldOut]
    findings: list[FindingOut]
    is_filled: bool
    due: date | None
    number: str


class BatchEntryIn(BaseModel):
    """A rule to be adopted, and the head that was seen of it."""

    id: UUID
    builds_on: Words


class AdoptionIn(BaseModel):
    """A batch of the adoption list."""

    batch: Words
    entries: Annotated[list[BatchEntryIn], Field(max_length=200)]
    transition_until: date | None = None


class AdoptionOut(BaseModel):
    """A batch with the references of its rules."""

    number: str
    authority: str
    day: date
    rules: list[str]


class RuleNoticeOut(BaseModel):
    """What the caller was told of a rule."""

    id: int
    rule: UUID
    reference: str
    event: str
    at: datetime
    read_at: datetime | None


class RuleNoticesReadIn(BaseModel):
    """Which notices were read; all where none is named."""

    ids: Annotated[list[Annotated[int, Field(ge=0, le=2**62)]], Field(max_length=1000)] | None = None


class RuleNoticesReadOut(BaseModel):
    """How many were not read before."""

    read: Count


def _rule(row: RuleEntry) -> RuleOut:
    return RuleOut(
        id=row.id,
        rule=row.rule_id,
        version=row.version,
        reference=row.reference,
        title_zh=row.title_zh,
        title_en=row.title_en,
        layer=row.layer,
        kind=row.kind,
        owner=row.owner.name(current()) if row.owner else "",
        jurisdiction=row.jurisdiction,
        categories=[item.code for item in row.categories.all()],
        state=row.state,
        round=row.round,
        head=row.head,
        content_hash=row.content_hash,
        issued_at=row.issued_at,
        filing_number=row.filing_number,
        filed_on=row.filed_on,
        filing_due=row.filing_due,
        batch=row.batch.number if row.batch else "",
        transition_until=row.transition_until,
        revises=row.revises.reference if row.revises else "",
        converts=row.converts.reference if row.converts else "",
        supplements=row.supplements.reference if row.supplements else "",
        ended_by=row.ended_by.reference if row.ended_by else "",
        document=row.id if row.content_hash else None,
        standard_number=row.standard_number,
        chain=row.chain,
        changed_at=row.changed_at,
    )


def _findings(items: list[dict[str, Any]], lang: Lang) -> list[FindingOut]:
    return [FindingOut(**render(from_json(item), lang)) for item in items]


def _comment(row: RuleComment) -> RuleCommentOut:
    return RuleCommentOut(
        id=row.id,
        number=row.number,
        round=row.round,
        said_by=row.organisation.name(current()) if row.organisation else row.said_by,
        clause=row.clause,
        text=row.text,
        at=row.at,
        outcome=row.outcome,
        answer=row.answer,
        answered_at=row.answered_at,
    )


def _batch(row: AdoptionBatch) -> AdoptionOut:
    return AdoptionOut(
        number=row.number,
        authority=row.authority.name(current()),
        day=row.day,
        rules=sorted(entry.reference for entry in row.entries.all()),
    )


@router.get("/rulebook", response=Page[RuleOut])
@access(PUBLIC)
def list_rulebook(
    request: HttpRequest,
    state: Words = "",
    layer: Words = "",
    category: Words = "",
    limit: Limit = 50,
    offset: Offset = 0,
) -> Page[RuleOut]:
    """List rules by state (or ``in_force``, ``open``, ``ending``, ``ended``), layer and category."""
    rows = queries.find(actor_of(request), state=state, layer=layer, category=category)
    rows = rows.select_related("owner", "batch", "revises", "converts", "supplements", "ended_by")
    return page_of(rows, limit, offset, _rule)


@router.post("/rulebook", response={201: RuleOut})
@access("rulebook.draft")
def propose_rule(request: HttpRequest, body: RuleProposalIn) -> Any:
    """Propose a rule; refused where a national rule covers the category."""
    return Status(201, _rule(commands.propose(actor_of(request), **body.model_dump())))


@router.get("/rulebook/desk", response=Page[RuleOut])
@access("rulebook.judge")
def list_rule_desk(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> Page[RuleOut]:
    """List the rules that wait for the caller's roles, the longest waiting first."""
    return page_of(queries.desk(actor_of(request)), limit, offset, _rule)


@router.get("/rulebook/{uuid:entry_id}", response=RuleOut)
@access(PUBLIC)
def get_rule(request: HttpRequest, entry_id: UUID) -> RuleOut:
    """Return a rule."""
    return _rule(queries.entry(actor_of(request), entry_id))


class RuleCodeOut(BaseModel):
    """A code of what a rule covers; names where a code table that the caller may see gives them."""

    scheme: str
    code: str
    name_zh: str = ""
    name_en: str = ""


@router.get("/rulebook/{uuid:entry_id}/codes", response=list[RuleCodeOut])
@access(PUBLIC)
def get_rule_codes(request: HttpRequest, entry_id: UUID) -> list[RuleCodeOut]:
    """Return the classification codes of what a rule covers, with their names."""
    actor = actor_of(request)
    listed = queries_codes.coded(actor, queries.classification_codes(actor, queries.entry(actor, entry_id)))
    return [RuleCodeOut(**one.document()) for one in listed]


@router.get("/rulebook/{uuid:entry_id}/history", response=list[RuleEventOut])
@access(PUBLIC)
def get_rule_history(request: HttpRequest, entry_id: UUID) -> list[RuleEventOut]:
    """Return the history of a rule; its hashes chain."""
    row = queries.entry(actor_of(request), entry_id)
    return [_event(one) for one in row.history.all()]


def _event(one: RuleEvent) -> RuleEventOut:
    return RuleEventOut(
        index=one.index,
        event=one.event,
        source=one.source,
        target=one.target,
        reason=one.reason,
        hash=one.hash,
        at=one.at,
    )


@router.get("/rulebook/{uuid:entry_id}/document")
@access(PUBLIC)
def get_rule_document(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Return the canonical document of an issued rule, else the text of the newest draft that the caller may read."""
    row = queries.entry(actor_of(request), entry_id)
    data, media_type = queries.document(actor_of(request), row)
    ending = "json" if media_type == documents.JSON else "yaml"
    return attachment(data, media_type, f"{row.reference}.{ending}")


@router.get("/rulebook/{uuid:entry_id}/draft", response=RuleDraftOut)
@access(PUBLIC)
def get_rule_draft(request: HttpRequest, entry_id: UUID) -> RuleDraftOut:
    """Return the newest draft with its text, what it lacks and what its worked examples gave."""
    row = queries.entry(actor_of(request), entry_id)
    draft = queries.draft(actor_of(request), row)
    return RuleDraftOut(
        number=draft.number,
        hash=draft.hash,
        gaps=draft.gaps,
        differs=draft.differs,
        findings=_findings(draft.findings, current()),
        text=documents.text_of(draft),
        trial=row.trial,
        at=draft.at,
    )


@router.put("/rulebook/{uuid:entry_id}/draft", response=RuleOut)
@access("rulebook.draft")
def put_rule_draft(request: HttpRequest, entry_id: UUID, body: RuleTextIn) -> RuleOut:
    """Save a text as the newest draft."""
    return _rule(commands.save_text(actor_of(request), entry_id=entry_id, **body.model_dump()))


@router.put("/rulebook/{uuid:entry_id}/sections", response=RuleOut)
@access("rulebook.draft")
def put_rule_sections(request: HttpRequest, entry_id: UUID, body: RuleSectionsIn) -> RuleOut:
    """Write sections in both languages into the newest draft."""
    return _rule(commands.save_sections(actor_of(request), entry_id=entry_id, **body.model_dump()))


@router.post("/rulebook/{uuid:entry_id}/studies", response={201: RuleOut})
@access("rulebook.draft")
def add_rule_study(request: HttpRequest, entry_id: UUID, body: RuleStudyIn) -> Any:
    """Keep a study file that worked examples name."""
    actor = actor_of(request)
    commands.add_study(actor, entry_id=entry_id, name=body.name, data=body.text.encode())
    return Status(201, _rule(queries.entry(actor, entry_id)))


@router.post("/rulebook/{uuid:entry_id}/acts/{event}", response=RuleOut)
@access("rulebook.act")
def act_on_rule(request: HttpRequest, entry_id: UUID, event: RuleAct, body: RuleActIn) -> RuleOut:
    """Carry out an act on a rule."""
    return _rule(acting.run(actor_of(request), entry_id, event, body.model_dump(exclude_unset=True)))


@router.get("/rulebook/{uuid:entry_id}/comments", response=Page[RuleCommentOut])
@access(PUBLIC)
def list_rule_comments(
    request: HttpRequest, entry_id: UUID, limit: Limit = 50, offset: Offset = 0
) -> Page[RuleCommentOut]:
    """List the comments on a rule with their answers, oldest first."""
    actor = actor_of(request)
    return page_of(queries.comments(actor, queries.entry(actor, entry_id)), limit, offset, _comment)


@router.post("/rulebook/{uuid:entry_id}/comments", response={201: RuleCommentOut})
@access(PUBLIC)
def comment_on_rule(request: HttpRequest, entry_id: UUID, body: RuleCommentIn) -> Any:
    """Comment on a rule in its consultation; anybody may."""
    return Status(201, _comment(commands.comment(actor_of(request), entry_id=entry_id, **body.model_dump())))


@router.post("/rulebook/comments/{uuid:comment_id}/answer", response=RuleCommentOut)
@access("rulebook.draft")
def answer_rule_comment(request: HttpRequest, comment_id: UUID, body: RuleAnswerIn) -> RuleCommentOut:
    """Answer a comment."""
    return _comment(commands.answer(actor_of(request), comment_id=comment_id, **body.model_dump()))


@router.get("/rulebook/{uuid:entry_id}/filing", response=FilingOut)
@access("rulebook.act")
def get_filing(request: HttpRequest, entry_id: UUID) -> FilingOut:
    """Return the filing of a rule: what it says of itself, what was filled in, what is wrong."""
    row = queries.for_filing(actor_of(request), entry_id)
    return _filing(row)


def _filing(row: RuleEntry) -> FilingOut:
    values, listed = proposed_values(row), filing_fields()
    found = findings_of(row) or []
    return FilingOut(
        standing=listed.standing,
        fields=[
            FilingFieldOut(
                code=item.code, name_zh=item.zh, name_en=item.en, required=item.required, value=values[item.code]
            )
            for item in listed.fields
        ],
        findings=[FindingOut(**render(item, current())) for item in found],
        is_filled=bool(row.filing),
        due=row.filing_due,
        number=row.filing_number,
    )


@router.put("/rulebook/{uuid:entry_id}/filing", response=FilingOut)
@access("rulebook.file")
def put_filing(request: HttpRequest, entry_id: UUID, body: FilingIn) -> FilingOut:
    """Keep the values of a filing; what is wrong is said field by field."""
    return _filing(commands.fill_filing(actor_of(request), entry_id=entry_id, values=body.values))


@router.get("/rulebook/{uuid:entry_id}/filing/export")
@access("rulebook.act")
def export_rule_filing(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Return the filing as the CSV file that is handed in; refused while a field is wrong."""
    row = queries.for_filing(actor_of(request), entry_id)
    values = queries.filing_to_hand_in(row)
    return attachment(export_filing(filing_fields(), values), "text/csv", f"filing-{row.reference}.csv")


@router.get("/rule-adoption", response=Page[AdoptionOut])
@access(PUBLIC)
def list_adoption(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> Page[AdoptionOut]:
    """List the batches of the adoption list, newest first."""
    return page_of(queries.batches(actor_of(request)), limit, offset, _batch)


@router.post("/rule-adoption", response={201: AdoptionOut})
@access("rulebook.adopt")
def adopt_rules(request: HttpRequest, body: AdoptionIn) -> Any:
    """Put rules on the adoption list as one batch; a national one closes the others of its categories."""
    entries = [(item.id, item.builds_on) for item in body.entries]
    made = commands.adopt(actor_of(request), batch=body.batch, entries=entries, transition_until=body.transition_until)
    return Status(201, _batch(made))


@router.get("/rule-notices", response=Page[RuleNoticeOut])
@access("rulebook.read_notices")
def list_rule_notices(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> Page[RuleNoticeOut]:
    """List what the caller was told of rules, newest first."""
    return page_of(queries.notices(actor_of(request)), limit, offset, _notice)


def _notice(row: RuleNotice) -> RuleNoticeOut:
    return RuleNoticeOut(
        id=row.id, rule=row.entry_id, reference=row.entry.reference, event=row.event, at=row.at, read_at=row.read_at
    )


@router.post("/rule-notices/read", response=RuleNoticesReadOut)
@access("rulebook.read_notices")
def read_rule_notices(request: HttpRequest, body: RuleNoticesReadIn) -> RuleNoticesReadOut:
    """Mark notices as read."""
    return RuleNoticesReadOut(read=commands.read_notices(actor_of(request), notice_ids=body.ids))
