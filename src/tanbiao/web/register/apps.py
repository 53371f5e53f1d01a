"""The application ``register``."""

from __future__ import annotations

from tanbiao.web.feature_config import FeatureConfig


class RegisterConfig(FeatureConfig):
    """``tanbiao.web.register``."""

    name = "tanbiao.web.register"
    label = "register"
