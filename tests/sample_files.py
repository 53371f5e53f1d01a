"""Where the large sample files of other programs are, which the project may test with but not pass on."""

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("TANBIAO_SHARED") or Path(__file__).parents[2] / "shared")
"""The folder of shared material beside the repository, or where ``TANBIAO_SHARED`` says."""
LCA = SHARED / "data" / "lca"
needs_samples = pytest.mark.skipif(not LCA.is_dir(), reason="the sample files of other programs are not here")
