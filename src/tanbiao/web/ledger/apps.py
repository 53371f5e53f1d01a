"""The application ``ledger``."""

from __future__ import annotations

from django.db.models.signals import post_migrate

from tanbiao.web.feature_config import FeatureConfig


class LedgerConfig(FeatureConfig):
    """``tanbiao.web.ledger``."""

    name = "tanbiao.web.ledger"
    label = "ledger"

    def ready(self) -> None:
        """Create the append-only triggers again after every migrate: a rebuilt table loses them without a word."""
        super().ready()
        from tanbiao.web.ledger import triggers

        post_migrate.connect(triggers.after_migrate, dispatch_uid="tanbiao.append_only")
