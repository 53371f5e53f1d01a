"""The old release, installed."""

from __future__ import annotations

from typing import Any

import pytest

from factories import SYSTEM
from tanbiao.web.factors import commands as factors
from web.impact import two_releases


@pytest.fixture
def old(db: None) -> Any:
    """Return the old release, written once per run and installed."""
    two_releases.write(two_releases.OLD)
    two_releases.write(two_releases.NEW)
    return factors.install_release(SYSTEM, name=two_releases.OLD)
