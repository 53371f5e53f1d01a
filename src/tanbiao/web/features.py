"""The features of the web service, lowest first: a feature calls only lower ones.

Each is a folder with the same file names; the root finds ``pages.urlpatterns``, ``api.router``, ``permissions``,
``handlers``, ``panels``, ``waiting`` and ``front`` (what is served before Django) by these names.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

FEATURES = (
    "accounts",
    "ledger",
    "claims",
    "catalogue",
    "bodies",
    "datasets",
    "factors",
    "governance",
    "rulebook",
    "studies",
    "schemes",
    "certification",
    "register",
    "surveillance",
    "labels",
    "impact",
    "desks",
)


def module_of(feature: str, name: str) -> ModuleType | None:
    """Return ``tanbiao.web.<feature>.<name>``, or None where the feature has no such file."""
    path = f"tanbiao.web.{feature}.{name}"
    return import_module(path) if find_spec(path) is not None else None
