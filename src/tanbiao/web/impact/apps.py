"""The Django application of the feature."""

from tanbiao.web.feature_config import FeatureConfig


class ImpactConfig(FeatureConfig):
    """Registers the feature."""

    name = "tanbiao.web.impact"
    label = "impact"
