"""The contract of a case: who, what, under which scheme, with which rights and duties, as one canonical document."""

from __future__ import annotations

from typing import Any

from tanbiao.core.canonical import content_hash
from tanbiao.web.certification.models import Case

VERSION = "1.1.0"
DUTIES = {
    "applicant": (
        (
            "提供真实、完整的数据与证据，并配合现场检查。",
            "Gives true and complete data, and supports the visit.",
        ),
        ("数据、产品或工艺变化时及时报告。", "Reports every change of data, product or process in time."),
        (
            "只按许可范围使用标识，暂停或撤销后停止使用。",
            "Uses the label within its licence; stops when suspended.",
        ),
        ("可以随时自愿撤回委托。", "May withdraw at any time."),
    ),
    "body": (
        (
            "公正实施核查、复核与决定，三者由不同的人承担。",
            "Verifies, reviews and decides by different persons.",
        ),
        ("为申请人的商业秘密保密。", "Keeps the applicant's business secrets."),
        ("说明每一项发现与每一次不予认证的理由。", "Gives the reason of every finding and of every refusal."),
        ("公布证书状态并受理投诉和申诉。", "Publishes the certificate's state and hears complaints and appeals."),
    ),
}
"""Rights and duties of both sides; the project's own wording, not official."""


def contract_of(case: Case) -> dict[str, Any]:
    """Return the contract as a JSON document."""
    return {
        "tanbiao": "contract/1",
        "version": VERSION,
        "case": case.number,
        "applicant": {"zh": case.owner.name("zh"), "en": case.owner.name("en"), "uscc": case.owner.uscc or ""},
        "body": {"zh": case.body.name("zh"), "en": case.body.name("en"), "uscc": case.body.uscc or ""},
        "scheme": case.scheme,
        "unit": case.acceptance.get("unit", ""),
        "lifecycle": case.lifecycle,
        "terms": case.terms,
        "duties": {side: [{"zh": zh, "en": en} for zh, en in texts] for side, texts in DUTIES.items()},
    }


def contract_hash(case: Case) -> str:
    """Return the hash that both sides sign."""
    return content_hash(contract_of(case))
