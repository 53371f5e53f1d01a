"""Facts of a demonstration label and certificate for the tests; all names are fictional and contain 演示."""

from __future__ import annotations

import datetime
from typing import Any

from tanbiao.documents.certificate import CertificateFacts, Party
from tanbiao.documents.label import LabelFacts

CREATED = datetime.datetime(2026, 11, 21, 8, 0, 0, tzinfo=datetime.UTC)
NUMBER = "DEMO-CFP-2026-000123"
URL = f"https://tanbiao.example/p/{NUMBER}"


def label(**changes: Any) -> LabelFacts:
    """Return the facts of a cradle-to-gate battery label of the demonstration scheme."""
    given: dict[str, Any] = {
        "number": NUMBER,
        "value": 72.5,
        "unit": "kg CO2e/kWh",
        "completeness": "partial",
        "maker": {"zh": "广东演示新能源科技有限公司", "en": "Guangdong Demo New Energy Co., Ltd."},
        "product": {"zh": "磷酸铁锂动力电池系统（演示）LFP-280", "en": "LFP traction battery system (demo) LFP-280"},
        "declared_unit": "1 kWh",
        "declared_of": {"zh": "额定容量", "en": "of rated capacity"},
        "boundary": "cradle_to_gate",
        "valid_until": datetime.date(2028, 11, 20),
        "query_url": URL,
        "stages": ("raw_materials", "manufacturing", "distribution"),
        "scheme": {"zh": "碳标演示标识方案", "en": "Tanbiao demonstration scheme"},
        "body": {"zh": "演示认证机构甲", "en": "Demo certification body A"},
        "rule": "traction-battery@1.0.0",
        "demo": True,
    }
    return LabelFacts(**(given | changes))


CREDENTIAL = "eyJhbGciOiJFUzI1NiIsInR5cCI6InZjK2p3dCJ9." + "eyJkZW1vIjp0cnVlfQ" * 60 + ".c2lnbmF0dXJl"


def certificate(**changes: Any) -> CertificateFacts:
    """Return the facts of a demonstration certificate."""
    given: dict[str, Any] = {
        "number": NUMBER,
        "holder": Party(
            {"zh": "广东演示新能源科技有限公司", "en": "Guangdong Demo New Energy Technology Co., Ltd."},
            {"zh": "广东省广州市演示区示范大道1号", "en": "1 Demo Avenue, Demo District, Guangzhou, Guangdong"},
            "91999999MA00000X0T",
        ),
        "producer": Party({"zh": "广东演示新能源科技有限公司电池厂", "en": "Guangdong Demo New Energy, battery works"}),
        "body": Party({"zh": "演示认证机构甲", "en": "Demo certification body A"}),
        "sites": (
            {"zh": "广东演示一厂（广州）", "en": "Guangdong demo plant 1 (Guangzhou)"},
            {"zh": "广东演示二厂（惠州）", "en": "Guangdong demo plant 2 (Huizhou)"},
        ),
        "product": {"zh": "磷酸铁锂动力电池系统（演示）", "en": "LFP traction battery system (demo)"},
        "models": ("LFP-280-DEMO",),
        "value": 72.5,
        "unit": "kg CO2e/kWh",
        "completeness": "partial",
        "declared_unit": "1 kWh",
        "declared_of": {"zh": "额定容量", "en": "of rated capacity"},
        "boundary": "cradle_to_gate",
        "stages": ("raw_materials", "manufacturing", "distribution"),
        "period": (datetime.date(2023, 1, 1), datetime.date(2023, 12, 31)),
        "gwp_set": "AR6",
        "electricity": {"zh": "基于位置：2022 年全国电网平均", "en": "location-based: national grid average of 2022"},
        "rule": "traction-battery@1.0.0",
        "scheme": {"zh": "碳标演示标识方案", "en": "Tanbiao demonstration scheme"},
        "release": "starter-2026.1",
        "decided": datetime.date(2026, 11, 20),
        "issued": datetime.date(2026, 11, 21),
        "valid_from": datetime.date(2026, 11, 21),
        "valid_until": datetime.date(2028, 11, 20),
        "query_url": URL,
        "status": "valid",
        "status_as_of": datetime.date(2026, 11, 21),
        "operator": {"zh": "碳标演示平台运营方", "en": "Operator of the Tanbiao demonstration"},
        "accreditation": {"zh": "演示机构，无任何资质", "en": "demonstration body without any accreditation"},
        "verification": {
            "zh": "演示核查报告 V-0001（合理保证）",
            "en": "demo verification report V-0001 (reasonable assurance)",
        },
        "demo": True,
    }
    return CertificateFacts(**(given | changes))
