"""The Django application of the feature."""

from tanbiao.web.feature_config import FeatureConfig


class GovernanceConfig(FeatureConfig):
    """Registers the feature."""

    name = "tanbiao.web.governance"
    label = "governance"
