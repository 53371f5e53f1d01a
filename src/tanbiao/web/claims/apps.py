"""The Django application of the feature."""

from tanbiao.web.feature_config import FeatureConfig


class ClaimsConfig(FeatureConfig):
    """Registers the feature."""

    name = "tanbiao.web.claims"
    label = "claims"
