"""The Django application of the feature."""

from tanbiao.web.feature_config import FeatureConfig


class StudiesConfig(FeatureConfig):
    """Registers the feature."""

    name = "tanbiao.web.studies"
    label = "studies"
