"""The nightly re-check: every certificate ever issued is verified again from storage, as a stranger would do it.

What comes out wrong is kept with the run, and turns ``/healthz`` red until a later run finds nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding, render
from tanbiao.evidence import credentials
from tanbiao.evidence.log_evidence import LogEvidence
from tanbiao.evidence.trust import Resolver
from tanbiao.web import clock
from tanbiao.web.ledger import queries as log
from tanbiao.web.ledger.blobs import get_blob
from tanbiao.web.register import attesting, bundles, orders, queries, status_lists, verifying
from tanbiao.web.register.models import Certificate, RecheckRun

BY_STATE = frozenset({"validity", "status", "value"})
"""Steps of a verification that depend on the day and on the certificate's state: judged against the row instead."""
KEPT_FINDINGS = 200


def recheck(rows: Iterable[Certificate]) -> Iterator[tuple[Certificate, list[Finding]]]:
    """Verify certificates one by one and yield each with what is wrong with it (nothing, when all is well)."""
    resolver = verifying.resolver()
    lists: dict[tuple[str, int], Any] = {}
    for row in rows:
        found = [*_stored(row), *_listed(row, lists)]
        try:
            found += _verified(row, resolver)
        except TanbiaoError as error:
            found.append(_wrong(row, error.code))
        yield row, found


def _wrong(row: Certificate, reason: str) -> Finding:
    return finding("recheck_failed", Severity.ERROR, str(row), number=str(row), reason=reason)


def _stored(row: Certificate) -> Iterator[Finding]:
    """Every artefact is there with the bytes its hash names, and stamps and seals hold."""
    for name, content_hash in sorted(row.artefacts.items()):
        try:
            get_blob(content_hash)
        except TanbiaoError as error:
            yield _wrong(row, f"{name}: {error.code}")
    try:
        for reason in attesting.wrong(row.artefacts):
            yield _wrong(row, reason)
    except TanbiaoError as error:
        yield _wrong(row, error.code)


def _listed(row: Certificate, lists: dict[tuple[str, int], Any]) -> Iterator[Finding]:
    """The published status lists say what the row says; each is read once."""
    shard, place = status_lists.shard_of(row.status_index), status_lists.place_of(row.status_index)
    for purpose, states in status_lists.PURPOSES.items():
        if (purpose, shard) not in lists:
            lists[purpose, shard] = status_lists.bits_of(status_lists.current(purpose, shard))
        if lists[purpose, shard][place] != (row.state in states):
            yield _wrong(row, f"status list: {purpose}")


def _verified(row: Certificate, resolver: Resolver) -> Iterator[Finding]:
    """Signature, issuer, claims and place in the log are good, and the row says what the credential says."""
    token = get_blob(row.credential_hash).decode("ascii")
    place = bundles.inclusion(row)
    if place is None:
        yield _wrong(row, "entry_not_in_log_yet")
        return
    evidence = LogEvidence(place.leaf, queries.proof_text(place))
    forms, wrong = [("", token)], list[dict[str, Any]]()
    if "twin" in row.artefacts:
        forms.append(("twin: ", get_blob(row.artefacts["twin"]).decode()))
    for name, document in forms:
        verdict = credentials.verify(document, resolver, now=clock.now(), log=evidence)
        for step in verdict.steps:
            if step.ok is False and step.id not in BY_STATE:
                yield _wrong(row, f"{name}{step.code}")
        said = None if verdict.claims is None else orders.claims_json(verdict.claims)
        if said is not None and said != row.claims and said not in wrong:
            wrong.append(said)  # both forms say the same: one finding
            yield _wrong(row, f"{name}claims_off_record")


def run(day: date) -> RecheckRun:
    """Re-check everything and keep the outcome; a day that was done is not done again."""
    known = RecheckRun.objects.filter(day=day).first()
    if known is not None:
        return known
    begun, checked, failed = clock.now(), 0, 0
    kept: list[dict[str, Any]] = []
    rows = Certificate.objects.select_related("issue").order_by("issued_at", "id")
    for _, found in recheck(rows.iterator(chunk_size=500)):
        checked += 1
        failed += bool(found)
        kept += [{"zh": render(item, "zh"), "en": render(item, "en")} for item in found][: KEPT_FINDINGS - len(kept)]
    return RecheckRun.objects.create(
        day=day, begun_at=begun, ended_at=clock.now(), checked=checked, failed=failed, findings=kept
    )


def newest() -> RecheckRun | None:
    """Return the newest run; None before the first night."""
    return RecheckRun.objects.order_by("-day").first()


@log.health_check("certificates")
def _health() -> str:
    last = newest()
    return "ok" if last is None or not last.failed else "recheck_failed"
