"""What the register's answers are measured against: a bare Django view that reads one row and answers JSON.

Run as the WSGI application of the same server (``benchmarks.register_peer:application``), with no middleware, no
session and no template, so that nothing of Django's could be left out further.
"""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tanbiao.web.settings")


def build() -> Any:
    """Return the application."""
    import django
    from django.conf import settings
    from django.core.handlers.wsgi import WSGIHandler
    from django.http import HttpRequest, JsonResponse

    django.setup()
    settings.MIDDLEWARE = []
    settings.ROOT_URLCONF = __name__

    def view(_request: HttpRequest, number: str) -> JsonResponse:
        from tanbiao.web.register.models import Entry

        row = Entry.objects.filter(number=number).values("number", "state", "valid_until", "holder").first()
        return JsonResponse(row or {})

    from django.urls import path

    globals()["urlpatterns"] = [path("json/<str:number>", view)]
    return WSGIHandler()


if os.environ.get("TANBIAO_BENCH_PEER"):
    application = build()
