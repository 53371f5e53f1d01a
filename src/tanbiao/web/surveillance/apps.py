"""The application ``surveillance``."""

from __future__ import annotations

from tanbiao.web.feature_config import FeatureConfig


class SurveillanceConfig(FeatureConfig):
    """``tanbiao.web.surveillance``."""

    name = "tanbiao.web.surveillance"
    label = "surveillance"
