"""What factors do when something happens below: names of codes arrive, and datasets are to be found by them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tanbiao.web.accounts.actor import system_actor
from tanbiao.web.catalogue.code_tables import BROUGHT
from tanbiao.web.factors import commands
from tanbiao.web.ledger.commands import subscribe

SYSTEM = system_actor("factors")


@subscribe(BROUGHT)
def on_codes_brought(payload: Mapping[str, Any]) -> None:  # noqa: ARG001 (whichever classification it is)
    """Codes have names now: the releases installed before codes were kept are looked through once."""
    commands.index_codes(SYSTEM)
