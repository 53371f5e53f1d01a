"""The application class of every feature: at start it loads permissions and event handlers."""

from __future__ import annotations

from django.apps import AppConfig

from tanbiao.web.features import module_of


class FeatureConfig(AppConfig):
    """Loads what registers itself: a feature's ``permissions``, ``handlers``, ``panels`` and ``waiting``."""

    default = False
    default_auto_field = "django.db.models.BigAutoField"

    def __init_subclass__(cls) -> None:
        """Be the application class of its folder: Django ignores the imported base only when it is no default."""
        cls.default = True

    def ready(self) -> None:
        """Import what registers itself."""
        for name in ("permissions", "handlers", "panels", "waiting"):
            module_of(self.label, name)
