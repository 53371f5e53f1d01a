"""What the method asks for goes through the Excel template without loss: allocation, expansion, content, capture."""

from __future__ import annotations

from typing import Any

import pytest

from study_background import document, stages
from tanbiao.core.study import Study
from tanbiao.formats import excel_study

PLANT = {
    "gives": [
        {"product": "iron", "amount": "1000 kg"},
        {"product": "gas", "amount": "5 kg"},
        {"product": "slag", "amount": "300 kg"},
    ],
    "allocation": {
        "by": "economic",
        "reason": "sold",
        "expanded": ["slag"],
        "weighs": "carbon",
        "per_product": {"iron": "1 %", "gas": "40 %"},
        "prices": [{"year": 2023, "of": {"iron": "3 CNY/kg", "gas": "1 CNY/kg"}, "source": "ledger"}],
        "drivers": {"hours": {"amounts": {"iron": "10 h", "gas": "1 h"}, "source": "log", "name": "machine hours"}},
    },
    "takes": [
        {"id": "p1", "amount": "400 kg", "from": "dataset/steel", "driver": "hours"},
        {"id": "p2", "amount": "4 kg", "from": "dataset/steel", "product": "gas"},
    ],
    "avoids": [{"id": "p3", "product": "slag", "amount": "270 kg", "credit": "dataset/steel"}],
}  # fmt: skip
CONTENT = [
    {"scrap": "post_consumer", "share": "40 %", "proof": "audit", "custody": "segregated"},
    {"scrap": "pre_consumer", "share": "20 %", "proof": "c", "custody": "mass_balance", "certificate": "MB-1",
     "amount": "10 t", "whole": "20 t", "balance": {"received": "9 t", "attributed": "8 t", "period": "2023"}},
]  # fmt: skip
ROWS = [
    {"id": "r1", "amount": "1 kg", "from": "process/plant/iron", "reuse": {"uses": "5", "source": "record"}},
    {"id": "r2", "amount": "1 kg", "circular": {"method": "cut_off", "virgin": "dataset/steel", "content": CONTENT}},
    {"id": "r3", "amount": "1 kg", "credit": "dataset/steel", "credit_for": "recycling", "scrap": "post_consumer"},
    {"id": "r4", "amount": "1 kg", "gas": "CO2 fossil",
     "capture": {"fate": "received", "certificate": "P", "mass": "1 t"}},
]  # fmt: skip


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_methods_come_back_without_loss(lang: Any) -> None:
    study, findings = Study.parse(document(stages=stages(raw_materials=ROWS), processes={"plant": PLANT}))
    assert study is not None, findings
    loaded = excel_study.read(excel_study.write(study, lang=lang))
    assert loaded.study is not None, loaded.findings
    assert loaded.study.canonical() == study.canonical()
