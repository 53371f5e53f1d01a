"""The Django application of the feature."""

from tanbiao.web.feature_config import FeatureConfig


class DesksConfig(FeatureConfig):
    """Registers the feature."""

    name = "tanbiao.web.desks"
    label = "desks"
