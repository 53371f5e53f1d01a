"""The application ``bodies``."""

from __future__ import annotations

from tanbiao.web.feature_config import FeatureConfig


class BodiesConfig(FeatureConfig):
    """``tanbiao.web.bodies``."""

    name = "tanbiao.web.bodies"
    label = "bodies"
