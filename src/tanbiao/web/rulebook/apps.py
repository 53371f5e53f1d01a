"""The Django application of the feature."""

from tanbiao.web.feature_config import FeatureConfig


class RulebookConfig(FeatureConfig):
    """Registers the feature."""

    name = "tanbiao.web.rulebook"
    label = "rulebook"
