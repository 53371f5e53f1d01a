"""The base application: search index, components, messages shared by all features."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    """``tanbiao.web``."""

    name = "tanbiao.web"
    label = "web"
    default_auto_field = "django.db.models.BigAutoField"
