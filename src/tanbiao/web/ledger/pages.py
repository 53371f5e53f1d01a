"""The log's own addresses (C2SP tlog-tiles), the issuer's keys, and the health of the service."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path, re_path
from django.views.decorators.http import require_safe

from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import keys
from tanbiao.evidence.tiles import WIDTH, Tile
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.commanding import NotFound
from tanbiao.web.ledger import cosigned, queries, signing

YEAR_SECONDS = 365 * 24 * 3600


@access(PUBLIC)
@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    """Return the newest signed checkpoint as a C2SP signed note, with the lines of its witnesses."""
    newest = queries.shown_checkpoint()
    if newest is None:
        raise NotFound.of("not_found")
    response = HttpResponse(cosigned.note_of(newest), content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    response["Access-Control-Allow-Origin"] = "*"
    return response


@access(PUBLIC)
@require_safe
def key(request: HttpRequest) -> HttpResponse:
    """Return the keys that checkpoints are checked with, the present one last, as C2SP verifier keys."""
    lines = "".join(f"{one.vkey}\n" for one in signing.verifiers())
    response = HttpResponse(lines, content_type="text/plain; charset=utf-8")
    response["Access-Control-Allow-Origin"] = "*"
    return response


@access(PUBLIC)
@require_safe
def witnesses(request: HttpRequest) -> HttpResponse:
    """Return the list of this log's witnesses, in the form that verifiers and monitors read."""
    asked = cosigned.known()
    lines = [f"witness {one.vkey} {(asked.addresses or {}).get(one.name, '')}".rstrip() for one in asked.witnesses]
    text = "".join(f"{line}\n" for line in [*lines, f"quorum {asked.quorum}"])
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    response["Access-Control-Allow-Origin"] = "*"
    return response


@access(PUBLIC)
@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """Show the log to people: how far it has come, under which keys, who has witnessed it, how to watch it."""
    newest, asked = queries.shown_checkpoint(), cosigned.known()
    lines = {} if newest is None else cosigned.lines_of(newest)
    context = {
        "newest": newest,
        "origin": signing.origin(),
        "keys": signing.verifiers(),
        "quorum": asked.quorum,
        "witnesses": [{"key": one, "signed": lines.get(one.name)} for one in asked.witnesses],
        "base": settings.TANBIAO_BASE_URL.rstrip("/"),
    }
    return render(request, "ledger/log.html", context)


@access(PUBLIC)
@require_safe
def tile(request: HttpRequest, place: str) -> HttpResponse:
    """Return a tile of hashes or the leaves of one."""
    try:
        wanted = Tile.parse(place)
    except TanbiaoError as error:
        raise NotFound.of("tile_not_found") from error
    data = queries.tile(wanted)
    partial = wanted.width < WIDTH
    response = HttpResponse(data, content_type="application/octet-stream")
    response["Cache-Control"] = "public, max-age=60" if partial else f"public, max-age={YEAR_SECONDS}, immutable"
    response["Access-Control-Allow-Origin"] = "*"
    return response


@access(PUBLIC)
@require_safe
def did_document(request: HttpRequest) -> HttpResponse:
    """Return the public keys of the issuers on this platform, retired ones too."""
    document = keys.did_document(settings.TANBIAO_BASE_URL, signing.published_keys())
    response = JsonResponse(document, json_dumps_params={"ensure_ascii": False})
    response["Content-Type"] = "application/did+json"
    response["Cache-Control"] = "public, max-age=300"
    response["Access-Control-Allow-Origin"] = "*"
    return response


@access(PUBLIC)
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Say whether database, log and worker answer; 503 when one does not."""
    found = queries.health()
    response = JsonResponse(found, status=200 if found["status"] == "ok" else 503)
    response["Cache-Control"] = "no-store"
    return response


urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("log/checkpoint", checkpoint, name="checkpoint"),
    path("log/key", key, name="key"),
    path("log/witnesses", witnesses, name="witnesses"),
    path("log/", log, name="log"),
    re_path(r"^log/(?P<place>tile/[0-9a-z/.]{1,60})$", tile, name="tile"),
    path(".well-known/did.json", did_document, name="did"),
]
