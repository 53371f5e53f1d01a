"""The Django application of the feature."""

from tanbiao.web.feature_config import FeatureConfig


class FactorsConfig(FeatureConfig):
    """Registers the feature."""

    name = "tanbiao.web.factors"
    label = "factors"
