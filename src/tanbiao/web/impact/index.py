"""The index: which revisions and certificates lean on which factor of which release, made from the stores.

In it are the revisions that have a result and are their study's newest or carry a certificate. Every event about a
study or a certificate makes the index of that study anew, by the same function that makes the whole of it; what is
there already is kept, because a revision and its release never change.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding, to_json
from tanbiao.core.study.calculation import accounted
from tanbiao.core.study.model import Study as Document
from tanbiao.core.study.package import Recorder
from tanbiao.core.study.portfolio_compile import answer, compile_study
from tanbiao.web.accounts.actor import system_actor
from tanbiao.web.factors import queries as factors
from tanbiao.web.impact import packing
from tanbiao.web.impact.models import CertificateUse, Entry, FactorUse
from tanbiao.web.register.models import Certificate
from tanbiao.web.rulebook import queries as rulebook
from tanbiao.web.studies.models import Result, Revision, Study
from tanbiao.web.studies.queries import read_json

if TYPE_CHECKING:
    from tanbiao.core.lca.release import Release
    from tanbiao.core.rules.model import Rule

logger = logging.getLogger("tanbiao.impact")
SYSTEM = system_actor("impact")
COMPILED_ROWS = 2000
"""A larger study is not compiled (its spread would fill the memory) but calculated in full; project default."""
SAME_VALUE = 1e-9
"""Relative difference up to which a compiled study has the figure of its stored result."""
LABELS = {"valid": "active", "suspended": "suspended"}


@dataclass(frozen=True)
class Prepared:
    """An index entry that is not stored yet: its fields, and (question, dataset) of each factor it leans on."""

    fields: dict[str, Any]
    uses: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Wanted:
    """What the index of a study should hold: results by revision, and the revision behind each certificate."""

    results: dict[UUID, Result] = field(default_factory=dict)
    certificates: dict[UUID, tuple[UUID, str]] = field(default_factory=dict)
    """Certificate id → (revision id, label)."""


def wanted(study: Study) -> Wanted:
    """Return what the index of a study should hold."""
    found: dict[UUID, tuple[UUID, str]] = {}
    known = {
        certificate: revision
        for certificate, revision in CertificateUse.objects.filter(certificate__study=study).values_list(
            "certificate_id", "entry__revision_id"
        )
    }
    states = Certificate.objects.filter(study=study).order_by("id").values_list("id", "state")
    for certificate, state in states:
        revision = known.get(certificate) or _certified_revision(study, certificate)
        if revision is not None:
            found[certificate] = (revision, LABELS.get(state, "ended"))
    revisions = {revision for revision, _ in found.values()} | ({study.head_id} if study.head_id else set())
    results: dict[UUID, Result] = {}
    for result in Result.objects.filter(revision__in=revisions).select_related("revision").order_by("at", "id"):
        results[result.revision_id] = result
    return Wanted(results, {key: value for key, value in found.items() if value[0] in results})


def _certified_revision(study: Study, certificate_id: UUID) -> UUID | None:
    order = Certificate.objects.values_list("issue__order", flat=True).get(id=certificate_id)
    package = read_json(order["package_blob"])
    found = Revision.objects.filter(study=study, hash=package["result"]["study"]["hash"]).order_by("number").first()
    return None if found is None else found.id


def prepare(result: Result) -> Prepared:
    """Return the index entry of a revision that has a result; what stands against it is kept as findings."""
    body = read_json(result.blob)
    total, versions, study = body["total"], body["versions"], body["study"]
    fields = {
        "release": versions["release"],
        "release_hash": versions["release_hash"],
        "gwp": versions["gwp"]["set"],
        "rule": versions["rule"] or "",
        "form": "refused",
        "value": total["value"],
        "unit": total["unit"],
        "completeness": total["completeness"],
        "period_from": study["period"]["from"],
        "period_to": study["period"]["to"],
        "body": b"",
    }
    try:
        release = factors.open_release(SYSTEM, versions["release"])
        release.require_hash(versions["release_hash"])
        document = document_of(result.revision.hash)
        rule = rulebook.rule(versions["rule"]) if versions["rule"] else None
        if sum(1 for _ in document.rows()) > COMPILED_ROWS:
            return Prepared(fields | {"form": "whole"}, _uses_of_whole(document, release, rule))
        compiled = compile_study(document, release, rule)
        if abs(compiled.value - total["value"]) > SAME_VALUE * abs(total["value"]):
            raise TanbiaoError.of("impact_value_differs", stored=total["value"], found=compiled.value)
    except TanbiaoError as error:
        return Prepared(fields | {"problem": [to_json(item) for item in error.findings]})
    except Exception as error:
        logger.exception("revision %s is not indexed", result.revision_id)
        return Prepared(fields | {"problem": [to_json(unforeseen(error))]})
    uses = tuple((question, _answer_id(release, question)) for question in compiled.questions)
    return Prepared(fields | {"form": "compiled", "value": compiled.value, "body": packing.pack(compiled)}, uses)


def unforeseen(error: Exception) -> Finding:
    """Return the finding for a failure that nobody foresaw: the study's own row says so, the trace is in the log."""
    return finding("impact_study_failed", Severity.ERROR, "", error=type(error).__name__)


def document_of(content_hash: str) -> Document:
    """Return the document of a revision by its hash.

    Raises
    ------
    TanbiaoError
        The findings of what is no study any more.
    """
    found, findings = Document.parse(read_json(content_hash))
    if found is None:
        raise TanbiaoError(*findings)
    return found


def _answer_id(release: Release, question: str) -> str:
    found = answer(release, question)
    return "" if found is None else found.id


def _uses_of_whole(document: Document, release: Release, rule: Rule | None) -> tuple[tuple[str, str], ...]:
    recorder = Recorder(release)
    accounted(document, recorder, rule)
    uses = {f"dataset/{key}": key for key in recorder.datasets}
    uses |= {f"grid/{place}": said["dataset"] for place, said in recorder.grids.items()}
    for key, said in recorder.fuels.items():
        uses |= {f"fuel/{key}/{role}": said[role] for role in ("combustion", "upstream") if said[role]}
    return tuple(sorted(uses.items()))


def write(study: Study, want: Wanted, prepared: dict[UUID, Prepared]) -> None:
    """Store the index of a study (in the caller's transaction): what is prepared comes in, what is not wanted goes."""
    Entry.objects.filter(study=study).exclude(revision__in=want.results).delete()
    Entry.objects.filter(revision__in=prepared).delete()
    for revision_id, item in prepared.items():
        entry = Entry.objects.create(study=study, revision_id=revision_id, **item.fields)
        FactorUse.objects.bulk_create(
            [
                FactorUse(entry=entry, release=entry.release, question=question[:240], dataset_id=dataset[:200])
                for question, dataset in item.uses
            ],
            batch_size=400,
        )
    entries = dict(Entry.objects.filter(study=study).values_list("revision_id", "id"))
    rows = [
        CertificateUse(certificate_id=certificate, entry_id=entries[revision], label=label)
        for certificate, (revision, label) in want.certificates.items()
    ]
    CertificateUse.objects.filter(certificate__study=study).delete()
    CertificateUse.objects.bulk_create(rows, batch_size=400)


def prepare_all(want: Wanted, present: Iterable[UUID], make: Callable[[Result], Prepared] = prepare) -> Any:
    """Return revision id → prepared entry of each revision that is wanted and not present."""
    there = set(present)
    return {key: make(result) for key, result in want.results.items() if key not in there}


def rows_of(study_id: UUID) -> set[tuple[Any, ...]]:
    """Return everything the index says of a study, as values that can be compared."""
    entries = Entry.objects.filter(study_id=study_id)
    found: set[tuple[Any, ...]] = {
        (
            "revision",
            str(row.revision_id),
            row.release,
            row.release_hash,
            row.gwp,
            row.rule,
            row.form,
            row.value,
            row.unit,
            row.completeness,
            row.period_from,
            row.period_to,
            bytes(row.body),
            str(row.problem),
        )
        for row in entries
    }
    for use in FactorUse.objects.filter(entry__in=entries).select_related("entry"):
        found.add(("factor", use.release, use.question, use.dataset_id, str(use.entry.revision_id)))
    for certificate in CertificateUse.objects.filter(entry__in=entries).select_related("entry"):
        found.add(
            ("certificate", str(certificate.certificate_id), str(certificate.entry.revision_id), certificate.label)
        )
    return found
