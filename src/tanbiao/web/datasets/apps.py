"""The Django application of the feature."""

from tanbiao.web.feature_config import FeatureConfig


class DatasetsConfig(FeatureConfig):
    """Registers the feature."""

    name = "tanbiao.web.datasets"
    label = "datasets"
