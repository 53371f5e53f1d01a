"""The application ``labels``."""

from __future__ import annotations

from tanbiao.web.feature_config import FeatureConfig


class LabelsConfig(FeatureConfig):
    """``tanbiao.web.labels``."""

    name = "tanbiao.web.labels"
    label = "labels"
