"""Calls of the open register: entries by key, facets, statistics, open data, identifiers, subscriptions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from pydantic import BaseModel, Field

from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Count, Limit, Router, Text
from tanbiao.web.commanding import NotFound
from tanbiao.web.register import finding, open_data, resolving, statistics, subscribing
from tanbiao.web.register.models import Subscription

router = Router()

Code = Annotated[str, Field(max_length=120)]
Cursor = Annotated[str, Field(max_length=1500)]


class RegisterEntryOut(BaseModel):
    """A published record, with the hash under which the log names it."""

    snapshot: str
    record: dict[str, Any]


class EntriesOut(BaseModel):
    """One page: ``next`` is the key of the following one, empty on the last; ``total_exact``: all were counted."""

    total: Count
    total_exact: bool
    licence: str
    items: list[RegisterEntryOut]
    next: str


@router.get("/register/entries", response=EntriesOut)
@access(PUBLIC)
def list_entries(
    request: HttpRequest,
    q: Text = "",
    kind: Code = "certified",
    state: Code = "",
    category: Code = "",
    region: Code = "",
    body: Code = "",
    scheme: Code = "",
    grade: Code = "",
    holder: Code = "",
    sort: Code = "",
    limit: Limit = 20,
    after: Cursor = "",
) -> Any:
    """Search the register by words and facets; ``sort`` takes up to three keys with commas, ``-`` turns one round."""
    actor = actor_of(request)
    narrowing = {"category": category, "region": region, "body": body, "scheme": scheme, "grade": grade}
    query = finding.query_of(text=q, kind=kind, state=state, sort=sort, holder=holder, **narrowing)
    answer = finding.find(actor, query, limit=limit, after=after)
    return {
        "total": answer.count.n,
        "total_exact": answer.count.exact,
        "licence": settings.TANBIAO_OPEN_LICENCE,
        "items": [{"snapshot": row.snapshot, "record": row.record} for row in answer.found.entries],
        "next": answer.found.next,
    }


@router.get("/register/entries/{number}", response=RegisterEntryOut)
@access(PUBLIC)
def read_entry(request: HttpRequest, number: Annotated[str, Field(max_length=64)]) -> Any:
    """Return the published record of a number."""
    found = finding.entry(actor_of(request), number)
    if found is None:
        raise NotFound.of("certificate_unknown", number)
    return {"snapshot": found.snapshot, "record": found.record}


class FacetOut(BaseModel):
    """A facet: value → number of entries; at least so many where not ``exact``."""

    name: str
    exact: bool
    values: dict[str, Count]


@router.get("/register/facets", response=list[FacetOut])
@access(PUBLIC)
def list_facets(request: HttpRequest, q: Text = "", kind: Code = "certified", state: Code = "") -> Any:
    """Return the facets of a search; where words find more than 5,000 entries, the numbers are lower bounds."""
    found = finding.facets(actor_of(request), finding.query_of(text=q, kind=kind, state=state))
    return [{"name": facet.name, "exact": facet.exact, "values": dict(facet.values)} for facet in found]


class StatisticsOut(BaseModel):
    """A table of counts."""

    by: str
    total: int
    lines: dict[str, int]


@router.get("/register/statistics", response=StatisticsOut)
@access(PUBLIC)
def read_statistics(request: HttpRequest, by: Code = "state", kind: Code = "certified", state: Code = "") -> Any:
    """Return how many entries there are by state, category, region, body, scheme, grade, month or kind."""
    made = statistics.table(actor_of(request), by, kind=kind, state=state)
    return {"by": made.by, "total": made.total, "lines": dict(made.lines)}


class CoveredOut(BaseModel):
    """Emissions covered in a year: t CO2e of the entries in force that state their production, out of all in force."""

    kind: str
    year: int
    tonnes: str
    entries: Count
    in_force: Count


@router.get("/register/emissions-covered", response=list[CoveredOut])
@access(PUBLIC)
def read_covered(request: HttpRequest) -> Any:
    """Return figure × yearly production by kind and year, where production is published; never added over kinds."""
    actor = actor_of(request)
    return [
        {
            "kind": one.kind,
            "year": one.year,
            "tonnes": format(one.tonnes.normalize(), "f"),
            "entries": one.entries,
            "in_force": statistics.in_force(actor, one.kind),
        }
        for one in statistics.covered(actor)
    ]


class DumpOut(BaseModel):
    """The register of a day as files: names, sizes, hashes; ``hash`` is the manifest's, as the log has it."""

    day: date
    entries: Count
    hash: str
    manifest: dict[str, Any]


@router.get("/open-data", response=list[DumpOut])
@access(PUBLIC)
def list_dumps(request: HttpRequest) -> Any:
    """Return the dumps of the whole register, the newest first."""
    return [
        {"day": one.day, "entries": one.entries, "hash": one.hash, "manifest": one.manifest}
        for one in open_data.dumps(actor_of(request))
    ]


class IdentifierIn(BaseModel):
    """A barcode (``gtin``) or identifier of the industrial Internet (``iiid``), and the model it stands for, if one."""

    scheme: Annotated[str, Field(max_length=8)]
    value: Annotated[str, Field(max_length=200)]
    model: Annotated[str, Field(max_length=200)] = ""


class IdentifiersIn(BaseModel):
    """All identifiers from now on."""

    identifiers: Annotated[list[IdentifierIn], Field(max_length=resolving.MOST)]


@router.put("/certificates/{number}/identifiers", response=list[IdentifierIn])
@access("register.consent")
def set_identifiers(request: HttpRequest, number: Annotated[str, Field(max_length=64)], body: IdentifiersIn) -> Any:
    """Say by which barcodes and identifiers one's own certified product is known; what was said before is replaced."""
    wanted = [resolving.Identifier(one.scheme, one.value, one.model) for one in body.identifiers]
    resolving.set_identifiers(actor_of(request), number=number, identifiers=wanted)
    found = finding.entry(actor_of(request), number)
    return found.record["identifiers"] if found else []


class SubscriptionIn(BaseModel):
    """What to be told of (``number``, ``holder``, ``category`` or ``body``, and its value), and where (https)."""

    topic: Code
    value: Code
    url: Annotated[str, Field(max_length=500)]


class SubscriptionOut(BaseModel):
    """A subscription; ``secret`` is shown when it is made, and never again."""

    id: UUID
    topic: str
    value: str
    url: str
    created_at: datetime
    ended_at: datetime | None
    failures: Count
    secret: str = ""


def _subscription(row: Subscription, secret: str = "") -> SubscriptionOut:
    shown = {name: getattr(row, name) for name in SubscriptionOut.model_fields if name != "secret"}
    return SubscriptionOut(**shown, secret=secret)


@router.get("/register/subscriptions", response=list[SubscriptionOut])
@access("register.subscribe")
def list_subscriptions(request: HttpRequest) -> Any:
    """Return the subscriptions of one's organisation."""
    return [_subscription(row) for row in subscribing.subscriptions(actor_of(request))]


@router.post("/register/subscriptions", response={201: SubscriptionOut})
@access("register.subscribe")
def subscribe(request: HttpRequest, body: SubscriptionIn) -> Any:
    """Subscribe: every change is sent as a POST signed with HMAC-SHA-256 (``Tanbiao-Signature``), with retries."""
    made = subscribing.subscribe(actor_of(request), **body.model_dump())
    return 201, _subscription(made, made.secret)


@router.delete("/register/subscriptions/{subscription_id}", response=SubscriptionOut)
@access("register.subscribe")
def unsubscribe(request: HttpRequest, subscription_id: UUID) -> Any:
    """End a subscription."""
    return _subscription(subscribing.unsubscribe(actor_of(request), subscription_id=subscription_id))
