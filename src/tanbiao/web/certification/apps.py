"""The application ``certification``."""

from __future__ import annotations

from tanbiao.web.feature_config import FeatureConfig


class CertificationConfig(FeatureConfig):
    """``tanbiao.web.certification``."""

    name = "tanbiao.web.certification"
    label = "certification"
