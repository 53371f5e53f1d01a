"""Certifications of other kinds than a footprint: a management system, and a quantity balanced by retired credits."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tanbiao.cli.site.demo_world import cast
from tanbiao.cli.site.demo_world.play import SCHEME, Claimed, claimed_certificate
from tanbiao.core.schemes import load_scheme
from tanbiao.web.register.models import Certificate

DAYS = 7
SYSTEM = Claimed(
    "footprint-management-system",
    cast.GUANGDONG,
    cast.SOUTH,
    ("business_licence", "system_manual"),
    "演示：演示方案的管理体系要求 demo: what the demonstration scheme asks of a system",
    "演示：动力电池生产 demo: making of traction batteries",
)
NEUTRAL = Claimed(
    "product-neutral",
    cast.GUANGDONG,
    cast.SOUTH,
    ("business_licence", "retirement_records"),
    "演示：演示方案的碳中和要求 demo: what the demonstration scheme asks of neutrality",
    "演示：所述数量的本产品 demo: the stated quantity of this product",
)
QUANTITY = 500
"""Declared units (kWh of capacity) that are covered: invented."""
CREDITS = 60
"""Credits of a registry that does not exist, one tonne each."""


def management_system(start: datetime) -> Certificate:
    """The battery maker's footprint management system is certified."""
    kind = load_scheme(SCHEME).kind(SYSTEM.certification)
    assert kind is not None
    assert kind.claim is not None
    claim: dict[str, Any] = {
        "tanbiao": "claim/1",
        "form": "management_system",
        "standard": "T/DEMO 1-2026 演示",
        "scope": {"zh": "动力电池生产（演示）", "en": "making of traction batteries (DEMO)"},
        "category": "traction-battery",
        "since": (start - timedelta(days=400)).date().isoformat(),
        "sites": [{"name": {"zh": "演示电池工厂", "en": "Demo battery works"}}],
        "fulfils": [
            {"requirement": item.id, "how": {"zh": "演示手册", "en": "demo manual"}} for item in kind.claim.requirements
        ],
    }
    return claimed_certificate(SYSTEM, claim, start)


def neutral(start: datetime, footprint: Certificate) -> Certificate:
    """What was emitted for a quantity of the certified battery is balanced by retired credits."""
    claim: dict[str, Any] = {
        "tanbiao": "claim/1",
        "form": "neutral",
        "footprint": {"number": footprint.number},
        "quantity": str(QUANTITY),
        "period": {
            "begin": (start - timedelta(days=40)).date().isoformat(),
            "end": (start - timedelta(days=10)).date().isoformat(),
        },
        "credits": [
            {
                "registry": "DEMO Registry 演示登记处",
                "project": "演示风电 demo wind 7",
                "block": "DEMO-DR-7",
                "first": 1,
                "last": CREDITS,
                "vintage": start.year - 1,
                "retired_on": (start - timedelta(days=5)).date().isoformat(),
                "evidence": "demo-retirement_records.txt",
            }
        ],
    }
    return claimed_certificate(NEUTRAL, claim, start)
