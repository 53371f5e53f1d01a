"""The Django application of the feature."""

from tanbiao.web.feature_config import FeatureConfig


class CatalogueConfig(FeatureConfig):
    """Registers the feature."""

    name = "tanbiao.web.catalogue"
    label = "catalogue"
