"""Status receipts: a certificate's state, value and versions as they stood on a day, signed, with the log's proof."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

from django.conf import settings

from tanbiao.core.standing import rule_notice
from tanbiao.evidence import notes, receipts
from tanbiao.evidence.keys import did_of
from tanbiao.evidence.receipts import LogPart
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.commanding import Invalid, NotFound
from tanbiao.web.ledger import queries as log
from tanbiao.web.ledger.models import LogEntry
from tanbiao.web.ledger.signing import key_store, origin
from tanbiao.web.register import bundles
from tanbiao.web.register.models import Certificate
from tanbiao.web.register.records import PUBLIC_STATUS
from tanbiao.web.register.states import LIVING

HERE = timezone(timedelta(hours=8))


def moment_of(text: str) -> datetime:
    """Return the moment asked about: now for nothing, the end of a day in China (or now, today), or a time.

    Raises
    ------
    Invalid
        ``receipt_time_malformed``, ``receipt_future``
    """
    now, asked = clock.now(), text.strip()
    if not asked:
        return now
    try:
        if len(asked) == len("2026-11-21"):
            day = date.fromisoformat(asked)
            if day > clock.today():
                raise Invalid.of("receipt_future", "at", at=asked)
            end = datetime.combine(day, time.max, HERE).astimezone(UTC)
            return min(end, now)
        moment = datetime.fromisoformat(asked)
        if moment.tzinfo is None:
            raise ValueError("no zone")
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid.of("receipt_time_malformed", "at", at=asked[:40]) from error
    if moment > now:
        raise Invalid.of("receipt_future", "at", at=asked[:40])
    return moment


def status_at(actor: Actor, *, number: str, at: str = "", entity: str = "") -> dict[str, Any]:  # noqa: ARG001 (public)
    """Return what a receipt says: number, moment, state, value and versions then, and the match of a legal entity.

    Raises
    ------
    NotFound
        ``certificate_unknown``
    Invalid
        As :func:`moment_of`.
    """
    return _payload(number, moment_of(at), entity)[0]


def receipt(actor: Actor, *, number: str, at: str = "", entity: str = "") -> str:  # noqa: ARG001 (public)
    """Return a signed receipt as a file's text.

    Raises
    ------
    NotFound
        ``certificate_unknown``, ``entry_not_in_log_yet``
    Invalid
        As :func:`moment_of`.
    """
    body, version = _payload(number, moment_of(at), entity)
    parts = [] if version is None else _parts(version, datetime.fromisoformat(body["at"]))
    return receipts.make(body, key_store().ensure("status", now=clock.now()), parts)


def _payload(number: str, moment: datetime, entity: str) -> tuple[dict[str, Any], Certificate | None]:
    versions = Certificate.objects.filter(number=number)
    if not versions.exists():
        raise NotFound.of("certificate_unknown", number)
    found = versions.filter(issued_at__lte=moment).order_by("-version").first()
    base = settings.TANBIAO_BASE_URL.rstrip("/")
    body: dict[str, Any] = {
        "issuer": did_of(base),
        "issued_at": clock.stamp(clock.now()),
        "at": clock.stamp(moment),
        "number": number,
        "state": "not_issued",
        "reason": "",
        "since": None,
        "version": None,
        "log_origin": origin(),
        "demonstration": bool(settings.TANBIAO_DEMO or (found is not None and found.is_demo)),
        "query_url": f"{base}/c/{number}",
    }
    return (body, None) if found is None else (body | _as_it_stood(found, moment, entity), found)


def _as_it_stood(found: Certificate, moment: datetime, entity: str) -> dict[str, Any]:
    claims = found.claims
    change = found.history.filter(at__lte=moment).order_by("-index").first()
    state, reason = (change.target, change.reason) if change else ("valid", "")
    since = change.at if change else found.issued_at
    if state in LIVING and clock.day_of(moment) > found.valid_until:
        state, reason = "expired", ""
        since = datetime.combine(found.valid_until + timedelta(days=1), time(), HERE)
    holder = claims["holder"]
    return {
        "state": PUBLIC_STATUS.get(state, state),
        "reason": reason,
        "since": clock.stamp(since),
        "version": found.version,
        **_said(found),
        "product": {"zh": claims["product_zh"], "en": claims["product_en"]},
        "holder": {"zh": holder["name_zh"], "en": holder.get("name_en", ""), "code": holder.get("registered_id", "")},
        "body": {"zh": claims["body"]["name_zh"], "en": claims["body"].get("name_en", "")},
        "scheme": found.scheme,
        "valid_from": claims["valid_from"],
        "valid_until": claims["valid_until"],
        "credential": found.credential_hash,
        "entity": {"asked": entity.strip()[:200], "match": receipts.entity_match(entity, holder)},
    }


def _said(found: Certificate) -> dict[str, Any]:
    """Return what was certified: the figure with all that it rests on, or the statement of another kind."""
    claims = found.claims
    if found.study_id is None:
        kind = {"id": claims["certification"], "zh": claims["kind_zh"], "en": claims["kind_en"]}
        return {"form": claims["form"], "certification": kind, "claim": claims["statement"]}
    return {
        "value": claims["value"],
        "unit": claims["unit"],
        "declared_unit": claims["declared_unit"],
        "boundary": claims["boundary"],
        "models": claims["models"],
        "rule": f"{claims['rule_id']}@{claims['rule_version']}",
        "rule_hash": claims["rule_hash"],
        "rule_notice": rule_notice(claims["rule_id"], found.issue.order.get("rule_standing")),
        "release": claims["release"],
        "engine": claims["engine"],
        "gwp_set": claims["gwp_set"],
    }


def _parts(found: Certificate, moment: datetime) -> list[LogPart]:
    """Return the leaves that bear the state out: the issue, and the newest change up to the moment."""
    issue = bundles.inclusion(found)
    changes = LogEntry.objects.filter(type="certificate_status", subject=str(found.id), at__lte=moment)
    newest = changes.order_by("-at").first()
    places = [issue, bundles.place_of(newest)] if newest is not None else [issue]
    if any(place is None for place in places):
        raise NotFound.of("entry_not_in_log_yet", found.number)
    return [_part(place) for place in places if place is not None]


def _part(place: log.Inclusion) -> LogPart:
    return LogPart(place.leaf, notes.LogProof(place.index, place.path, place.checkpoint).text())
