"""Every code that the checks can give is explained in the documentation, and each has its texts."""

import json
import re
from pathlib import Path

from tanbiao.core.dataset import check_scale, check_words, checks
from tanbiao.core.findings import catalogue

DOCUMENT = Path(__file__).parents[3] / "docs" / "formats.md"
CATALOGUE = Path(str(checks.__file__)).parents[2] / "data" / "messages" / "checks.json"


def test_the_codes_in_the_source_the_documentation_and_the_catalogue_are_the_same() -> None:
    explained = set(
        re.findall(
            r"`([a-z_]+)`", DOCUMENT.read_text(encoding="utf-8").partition("## Checks of")[2].partition("\n## ")[0]
        )
    )
    quoted = set()
    for module in (checks, check_scale, check_words):
        quoted |= set(re.findall(r'"([a-z]+(?:_[a-z]+)+)"', Path(str(module.__file__)).read_text(encoding="utf-8")))
    own = set(json.loads(CATALOGUE.read_text(encoding="utf-8"))) | {"amount_not_finite", "unit_mismatch"}
    assert quoted & own == own
    assert explained & set(catalogue()) == own
