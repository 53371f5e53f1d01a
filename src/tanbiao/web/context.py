"""What every template knows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from tanbiao.web import navigation
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.language import current


def site(request: HttpRequest) -> dict[str, Any]:
    """Return the reader's language, the actor, the menu, and who runs this platform."""
    lang = current()
    actor = actor_of(request)
    return {
        "lang": lang,
        "html_lang": "en" if lang == "en" else "zh-Hans",
        "actor": actor,
        "menu": navigation.menu(request, actor),
        "desks": navigation.desks(request, actor),
        "is_demo": settings.TANBIAO_DEMO,
        "operator": settings.TANBIAO_OPERATOR[lang] or settings.TANBIAO_OPERATOR["zh"],
        "version": settings.TANBIAO_VERSION,
        "max_upload_bytes": settings.TANBIAO_MAX_UPLOAD_BYTES,
    }
