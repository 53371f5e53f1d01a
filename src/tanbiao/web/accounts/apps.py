"""The application ``accounts``."""

from __future__ import annotations

from tanbiao.web.feature_config import FeatureConfig


class AccountsConfig(FeatureConfig):
    """``tanbiao.web.accounts``."""

    name = "tanbiao.web.accounts"
    label = "accounts"
