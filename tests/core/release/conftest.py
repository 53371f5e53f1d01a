"""One starter release for all tests of this folder."""

from __future__ import annotations

import pytest

from tanbiao.core.lca.release import Release
from tanbiao.core.lca.release_find import find_release


@pytest.fixture(scope="session")
def starter() -> Release:
    return find_release("starter-2026.1")
