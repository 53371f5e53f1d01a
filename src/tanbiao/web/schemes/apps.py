"""The Django application of the feature."""

from tanbiao.web.feature_config import FeatureConfig


class SchemesConfig(FeatureConfig):
    """Registers the feature."""

    name = "tanbiao.web.schemes"
    label = "schemes"
