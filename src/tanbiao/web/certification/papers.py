"""What the papers of a case say, made from the case as it stands; and whose signatures each needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

from django.conf import settings

from tanbiao.documents.papers import FORMAT, FREE
from tanbiao.web import clock
from tanbiao.web.accounts.models import Person
from tanbiao.web.certification import papers_evaluation as evaluation
from tanbiao.web.certification import recalculation, units
from tanbiao.web.certification.clocks import LIFECYCLE
from tanbiao.web.certification.contract import contract_of
from tanbiao.web.certification.facts import current_opinion, current_review, sampled_share
from tanbiao.web.certification.models import Case, CasePaper
from tanbiao.web.commanding import Conflict
from tanbiao.workflow.terms import terms_of

Section = dict[str, Any]
TOLD = ("refuse", "require_rectification", "deny", "lapse", "give_up", "withdraw", "terminate", "grant")
"""Events that the applicant is given a notice of."""
APPLICANT_SEES = frozenset(
    {"contract", "plan", "nonconformities", "audit_report", "verification_report", "verification_statement", "notice"}
)
"""Papers that the applicant gets once they are released; the others are the body's own records."""


def content_of(case: Case, kind: str, remarks: str) -> dict[str, Any]:
    """Return a paper's content from the case as it stands.

    Raises
    ------
    Conflict
        ``paper_not_yet``: what the paper is about has not happened.
    """
    sections = [_parties(case), *(section for section in PARTS[kind](case) if section)]
    if len(sections) == 1:
        raise Conflict.of("paper_not_yet", kind)
    if remarks.strip():
        sections.append({"key": FREE, "words": remarks.strip().split("\n")})
    return {
        "tanbiao": FORMAT,
        "kind": kind,
        "case": case.number,
        "product": {lang: case.title(lang) for lang in ("zh", "en")},
        "round": case.round,
        "head": case.head,
        "demo": bool(settings.TANBIAO_DEMO or case.body.is_demo or case.owner.is_demo),
        "sections": sections,
    }


def signers(case: Case, kind: str) -> dict[UUID, str]:
    """Return person → duty of everybody who has to sign a paper: those who did what it records."""
    team = {row.person_id: "lead" if row.lead else "team" for row in case.team.all()}
    review = current_review(case)
    votes = {row.by_id: "decider" for row in case.votes.filter(void=False)}
    if kind == "contract":
        return {row.person_id: row.side for row in case.signatures.all()}
    if kind in ("application_review", "plan"):
        event = "plan" if kind == "plan" else "accept"
        found = case.history.filter(event=event).exclude(person=None).values_list("person", flat=True).last()
        return {found: "manager"} if found else {}
    if kind == "review_record":
        return {review.by_id: "reviewer"} if review else {}
    if kind == "decision_record":
        return votes
    if kind == "notice":
        found = _told(case)
        return {found.person_id: "manager"} if found is not None and found.person_id and _of_body(case, found) else {}
    return team


def may_edit(paper: CasePaper, person_id: UUID | None) -> bool:
    """Whether a person writes the free text of a paper: who signs it, or who drafted one that nobody signs."""
    needed = signers(paper.case, paper.kind)
    return person_id in needed if needed else person_id == paper.by_id


def _of_body(case: Case, line: Any) -> bool:
    return bool(line.organisation_id == case.body_id)


def _told(case: Case) -> Any:
    return case.history.filter(event__in=TOLD, is_transition=True).order_by("index").last()


def _both(thing: Any) -> dict[str, str]:
    """Return a record's name in both languages."""
    return {"zh": thing.name("zh"), "en": thing.name("en")}


def _name(person: Person) -> dict[str, str]:
    return _both(person)


def _at(moment: Any) -> str:
    return clock.stamp(moment)[:16].replace("T", " ") + " UTC" if moment else "–"


def _parties(case: Case) -> Section:
    return {
        "key": "parties",
        "facts": [
            ["applicant", _both(case.owner)],
            ["applicant_code", case.owner.uscc or case.owner.foreign_id or ""],
            ["body", _both(case.body)],
            ["body_code", case.body.uscc or case.body.foreign_id or ""],
            ["scheme", case.scheme],
            ["certification", case.certification],
            ["round", str(case.round)],
            ["package", case.package_hash],
            ["head", case.head],
        ],
    }


def _unit(case: Case) -> Section | None:
    unit = units.unit_of(case)
    if unit is None:
        return None
    return {
        "key": "unit",
        "facts": [
            ["brands", ", ".join(unit.brands)],
            ["models", ", ".join(model.name for model in unit.models)],
            ["representative", unit.representative],
            ["series", unit.series or ""],
            ["producers", ", ".join(maker.name_zh for maker in unit.producers)],
            ["sites", ", ".join(f"{site.name_zh} {site.address or ''}".strip() for site in unit.sites)],
            ["hash", unit.hash],
        ],
    }


def _documents(case: Case) -> Section:
    rows = [[row.kind, row.filename, row.blob] for row in case.documents.all()]
    return {"key": "documents", "table": {"columns": ["document", "file", "digest"], "rows": rows}}


def _application_review(case: Case) -> Iterable[Section | None]:
    said = case.acceptance
    if not said:
        return
    yield _unit(case)
    yield _documents(case)
    needed, months = terms_of(case.terms).management_system_months, str(case.system_months or "–")
    kit = ", ".join(case.system_kit)
    rows = [
        [row.kind, row.standard, row.number, row.body_name, f"{row.valid_from} – {row.valid_until}"]
        for row in case.attached.all()
    ]
    yield {
        "key": "system",
        "facts": [["system_months", months], ["system_needed", str(needed)], ["system_kit", kit]],
        "table": {"columns": ["attached_kind", "standard", "number", "attached_body", "term"], "rows": rows},
    }
    yield {
        "key": "acceptance",
        "facts": [
            ["qualified", bool(said.get("body_qualified"))],
            ["competent", bool(said.get("body_competent"))],
            ["advice_declared", bool(said.get("advice_declared"))],
            ["months_since_advice", str(said.get("months_since_advice") or "–")],
            ["text", said.get("text", "")],
        ],
    }


def _contract(case: Case) -> Iterable[Section | None]:
    if not case.contract_hash:
        return
    said = contract_of(case)
    yield _unit(case)
    rows = [[name, str(value)] for name, value in sorted(case.terms.items())]
    yield {"key": "terms", "table": {"columns": ["term", "value"], "rows": rows}}
    yield {"key": "duties_applicant", "words": said["duties"]["applicant"]}
    yield {"key": "duties_body", "words": said["duties"]["body"]}
    signed = [[{"word": f"duty_{row.side}"}, _name(row.person), _at(row.at)] for row in case.signatures.all()]
    yield {
        "key": "signatures",
        "facts": [["contract_hash", case.contract_hash]],
        "table": {"columns": ["side", "person", "at"], "rows": signed},
    }


def _team(case: Case) -> Section:
    rows = [
        [_name(row.person), row.lead, bool(row.competent), bool(row.full_time), row.years]
        for row in case.team.select_related("person")
    ]
    return {"key": "team", "table": {"columns": ["person", "lead", "competent", "full_time", "years"], "rows": rows}}


def _plan(case: Case) -> Iterable[Section | None]:
    if not case.team.exists():
        return
    size, needed = units.size_of(case), units.man_days_needed(case)
    yield _unit(case)
    yield _team(case)
    yield {
        "key": "effort",
        "facts": [
            ["man_days", case.man_days],
            ["man_days_needed", "–" if needed is None else f"{needed:g}"],
            ["supplier_sites", str(size.supplier_sites) if size else "–"],
            ["rows", str(size.rows) if size else "–"],
        ],
    }


def _sampling_plan(case: Case) -> Iterable[Section | None]:
    sample = list(_sample(case))
    if sample:
        yield from (*sample, *evaluation.evidence_plan(case))


def _sample(case: Case) -> Iterable[Section | None]:
    sample = list(case.sample.filter(round=case.round))
    if not sample:
        return
    rows = [[row.row, _percent(row.share), row.declared, row.own, row.traced_to] for row in sample]
    columns = ["row", "share", "row_declared", "own", "traced_to"]
    yield {
        "key": "sample",
        "facts": [["sampled_share", _percent(sampled_share(sample))]],
        "table": {"columns": columns, "rows": rows},
    }


def _percent(share: Any) -> str:
    return f"{100 * float(share):.1f} %"


def _visits(case: Case) -> Section | None:
    rows = [
        [
            row.place,
            row.remote,
            _at(row.checked_in),
            _at(row.checked_out),
            str(row.interviews),
            str(row.samples),
            _name(row.by),
        ]
        for row in case.visits.select_related("by")
    ]
    columns = ["place", "remote", "checked_in", "checked_out", "interviews", "samples", "by"]
    return {"key": "visits", "table": {"columns": columns, "rows": rows}} if rows else None


def _attendance(case: Case) -> Iterable[Section | None]:
    visits = _visits(case)
    if visits is None:
        return
    yield visits
    yield _team(case)


def _findings(case: Case) -> Section:
    rows = [
        [
            f"F{row.number}",
            {"word": row.severity},
            row.row or "–",
            {"word": row.state},
            "\n".join(entry.text for entry in row.entries.all()),
        ]
        for row in case.findings.prefetch_related("entries")
    ]
    columns = ["number", "severity", "row", "finding_state", "said"]
    return {"key": "findings", "table": {"columns": columns, "rows": rows}}


def _nonconformities(case: Case) -> Iterable[Section | None]:
    if case.team.exists():
        yield _findings(case)


def _audit_report(case: Case) -> Iterable[Section | None]:
    visits = _visits(case)
    if visits is None:
        return
    yield _unit(case)
    yield _team(case)
    yield evaluation.audit_plan(case)
    yield visits
    yield evaluation.fences(case)
    yield evaluation.consistency(case)
    yield evaluation.photos(case)
    yield evaluation.commitment(case)
    yield _findings(case)


def _opinion(case: Case, *, short: bool) -> Iterable[Section | None]:
    opinion = current_opinion(case)
    if opinion is None:
        return
    unit = recalculation.package_of(case)["result"]["total"]["unit"]
    facts = [
        ["opinion_kind", {"word": opinion.kind}],
        ["assurance", {"word": opinion.assurance}],
        ["materiality", opinion.materiality_percent],
        ["scope", opinion.scope],
        ["statement", opinion.statement],
        ["declared", f"{opinion.declared} {unit}"],
        ["opinion_hash", opinion.hash],
    ]
    if not short:
        facts += [
            ["recomputed", opinion.recomputed],
            ["identical", opinion.replay_identical],
            ["own_rows", str(opinion.own_rows)],
            ["own_difference", opinion.own_difference_percent],
            ["sampled_share", _percent(opinion.sampled_share)],
        ]
    yield _unit(case)
    yield {"key": "opinion", "facts": facts}


def _waivers(case: Case) -> Section | None:
    """Return what was waived of the sealed result, or refused: by whom, why, under which clause; all of it."""
    rows = [
        [
            row.check_id,
            row.process or "–",
            row.clause or "–",
            {"word": "waiver_withdrawn" if row.withdrawn_at else "waiver_granted" if row.granted else "waiver_refused"},
            row.asked or "–",
            f"{row.reason}\n{row.withdrawn_reason}".strip(),
            row.blob or "–",
            {"word": f"duty_{row.role}"},
            _name(row.by),
            _at(row.at),
        ]
        for row in case.waivers.filter(package_hash=case.package_hash).select_related("by")
    ]
    columns = ["check", "process", "clause", "answer", "asked", "reason", "digest", "role", "person", "at"]
    return {"key": "waivers", "table": {"columns": columns, "rows": rows}} if rows else None


def _verification_report(case: Case) -> Iterable[Section | None]:
    parts = list(_opinion(case, short=False))
    if parts:
        yield evaluation.verification_terms(case)
        yield from (*parts, _waivers(case), _team(case), *_sample(case), evaluation.tests(case))
        yield from (evaluation.ledger(case), _visits(case), _findings(case))


def _statement(case: Case) -> Iterable[Section | None]:
    parts = list(_opinion(case, short=True))
    if parts:
        yield from (*parts, _waivers(case))


def _review_record(case: Case) -> Iterable[Section | None]:
    review = current_review(case)
    if review is not None:
        facts = [["positive", review.positive], ["text", review.text], ["review_hash", review.hash]]
        yield from _opinion(case, short=True)
        yield from (_waivers(case), evaluation.ledger(case), evaluation.second_opinion(case))
        yield {"key": "review", "facts": facts}


def _decision_record(case: Case) -> Iterable[Section | None]:
    votes = case.votes.filter(void=False).select_related("by")
    rows = [[_name(row.by), row.grants, row.reason or "–", row.text, _at(row.at), row.hash] for row in votes]
    if rows:
        yield from _opinion(case, short=True)
        yield from (_waivers(case), evaluation.second_opinion(case), evaluation.commitment(case))
        yield {
            "key": "votes",
            "table": {"columns": ["person", "grants", "reason", "text", "at", "vote_hash"], "rows": rows},
        }


def _notice(case: Case) -> Iterable[Section | None]:
    line = _told(case)
    if line is None:
        return
    event, reason = LIFECYCLE.document.events[line.event], LIFECYCLE.document.reasons.get(line.reason)
    yield {
        "key": "notice_of",
        "facts": [
            ["event", {"zh": event.zh, "en": event.en}],
            ["reason", {"zh": reason.zh, "en": reason.en} if reason else ""],
            ["text", str(line.details.get("text", ""))],
            ["at", _at(line.at)],
            ["head", line.hash],
        ],
    }
    if line.event == "require_rectification":
        yield _findings(case)


PARTS: Mapping[str, Callable[[Case], Iterable[Section | None]]] = {
    "application_review": _application_review,
    "contract": _contract,
    "plan": _plan,
    "sampling_plan": _sampling_plan,
    "attendance": _attendance,
    "nonconformities": _nonconformities,
    "audit_report": _audit_report,
    "verification_report": _verification_report,
    "verification_statement": _statement,
    "review_record": _review_record,
    "decision_record": _decision_record,
    "notice": _notice,
}
