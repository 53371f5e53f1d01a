"""Fixtures of the evidence tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evidence.certified import Certified, certify, package_of
from evidence.world import World, make_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Return an issuer that is no demonstration."""
    return make_world(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="session")
def demo_world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Return an issuer of a demonstration."""
    path: Path = tmp_path_factory.mktemp("demo-keys")
    return make_world(path, demo=True)


@pytest.fixture(scope="session")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Certified:
    """Return a certificate of a real study."""
    return certify(tmp_path_factory.mktemp("certified"))


@pytest.fixture(scope="session")
def other_package() -> dict[str, Any]:
    """Return an honest package of the same study with another seed."""
    return package_of("cement-clinker.yaml", seed=2)
