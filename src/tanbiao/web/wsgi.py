"""The WSGI entry of the server's workers: Django, and before it what features serve without it (``front.Front``)."""

from __future__ import annotations

import os
from typing import Any

from django.core.wsgi import get_wsgi_application

from tanbiao.web.features import FEATURES, module_of

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tanbiao.web.settings")


def build() -> Any:
    """Return the application: fronts of the features, then Django."""
    made: Any = get_wsgi_application()
    for name in FEATURES:
        module = module_of(name, "front")
        if module is not None:
            made = module.Front(made)
    return made


application = build()
