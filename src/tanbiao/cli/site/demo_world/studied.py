"""The demo's studies that go to a reviewer and to a scheme's form instead of a certificate. All of it is fictional."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from tanbiao.examples import example
from tanbiao.formats import yaml_study
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.studies import commands, reviewing

Who = Callable[[str], Actor]
"""User name → actor."""
INVENTED: Final = "演示 DEMO：虚构数值，不是产品数据 invented, not of a product"
BATTERY: Final = {
    "zh": "演示 DEMO 磷酸铁锂动力电池（鉴定性评审与各制度表单）",
    "en": "DEMO LFP traction battery (critical review and forms)",
}
SMELTER: Final = {"zh": "演示 DEMO 铝锭（欧盟碳边境调节机制）", "en": "DEMO aluminium ingot (CBAM communication)"}
DAYS: Final = 40
"""How long ago the studies were made; the review comes ten days later."""
FORMS: Final[dict[str, Any]] = {
    "company": {
        "name": "广东演示电池有限公司 Guangdong Demo Battery Ltd",
        "ids": ["urn:uuid:00000000-0000-4000-8000-00000000de00"],
        "address": "演示路 1 号 1 Demo Road",
    },
    "product": {"ids": ["urn:uuid:00000000-0000-4000-8000-00000000de01"]},
    "standards": ["ISO14067"],
    "packaging": "included",
    "valid_until": "2026-12-31",
    "waste_incineration": "cut-off",
    "battery": {
        "category": "M1",
        "plant": "演示厂区 DEMO plant, Guangdong, CN",
        "declaration_of_conformity": "DEMO-DoC-1",
        "public_study": "https://example.org/demo",
    },
}


def battery() -> dict[str, Any]:
    """Return the LFP example from cradle to grave with what the forms of the schemes ask besides; that is invented."""
    body = with_forms(example("lfp-battery-life").read())
    body["product"]["name"] = dict(BATTERY)
    return body


def with_forms(data: bytes) -> dict[str, Any]:
    """Return a study with what the forms of the schemes ask besides, carbon content and cut-off among it: invented."""
    loaded = yaml_study.load(data)
    assert loaded.study is not None
    body: dict[str, Any] = copy.deepcopy(loaded.study.canonical())
    body["forms"] = FORMS
    body["carbon_content"] = {"biogenic": "0 kg", **(body.get("carbon_content") or {})}
    body["carbon_content"] |= {"fossil": "0.5 kg", "source": INVENTED}
    for entry in body.get("cut_off", ()):
        entry["emission"] = "0.01 kg"
    return body


def _power(row: str, amount: str) -> dict[str, Any]:
    supply = {"supply": "grid", "region": "CN", "year": 2023}
    return {"id": row, "amount": amount, "electricity": supply, "source": INVENTED}


def _gas(row: str, amount: str, gas: str) -> dict[str, Any]:
    return {"id": row, "amount": amount, "gas": gas, "source": INVENTED}


def smelter() -> dict[str, Any]:
    """Return a smelter of round, invented figures whose goods the border adjustment mechanism asks about."""
    return {
        "tanbiao": "study/1",
        "goal": {
            "application": "CBAM communication (demonstration)",
            "reason": INVENTED,
            "audience": ["declarants"],
        },
        "product": {
            "name": dict(SMELTER),
            "function": {"zh": "铝加工原料", "en": "feed of aluminium working"},
            "category": "electrolytic-aluminium",
            "classifications": [{"scheme": "CN", "code": "7601 10"}, {"scheme": "演示 DEMO", "code": "D0101"}],
        },
        "release": "starter-2026.1",
        "gwp": "AR5",
        "unit": {"declared": "1 t", "of": {"zh": "铝锭", "en": "aluminium ingot"}, "reference_flow": {"amount": "1 t"}},
        "period": {"from": "2023-01-01", "to": "2023-12-31"},
        "boundary": "cradle_to_gate",
        "capital_goods": {"excluded": INVENTED},
        "stages": {
            "raw_materials": {"empty": "全部投入计入工序 all inputs stand in the processes"},
            "manufacturing": [{"id": "m1", "amount": "1 t", "from": "process/casting", "source": INVENTED}],
            "distribution": {"not_declared": "摇篮到大门 cradle to gate"},
            "use": {"not_declared": "摇篮到大门 cradle to gate"},
            "end_of_life": {"not_declared": "摇篮到大门 cradle to gate"},
        },
        "processes": {
            "electrolysis": {
                "gives": "1 t",
                "emits": [_gas("e1", "1500 kg", "CO2 fossil"), _gas("e2", "0.03 kg", "CF4")],
                "takes": [_power("e3", "13500 kWh")],
                "control": "own",
            },
            "casting": {
                "gives": "1 t",
                "emits": [_gas("c1", "60 kg", "CO2 fossil")],
                "takes": [
                    {"id": "c2", "amount": "1.02 t", "from": "process/electrolysis", "source": INVENTED},
                    _power("c3", "100 kWh"),
                ],
                "control": "own",
            },
        },
        "cbam": {
            "declared": "ingot",
            "goods": {
                "liquid": {"process": "electrolysis", "category": "unwrought_aluminium", "cn": "7601", "route": "PFPB"},
                "ingot": {"process": "casting", "category": "unwrought_aluminium", "cn": "7601 10", "route": "casting"},
            },
            "electricity": {"factor": "0.6 t/MWh", "kind": "default", "source": INVENTED},
            "installation": {"name": "演示铝厂 DEMO smelter", "country": "CN", "unlocode": "CNTAO"},
        },
        "forms": {"company": {"name": "山东演示铝业有限公司 Shandong Demo Aluminium Ltd", "address": "演示路 2 号"}},
    }


def _made(editor: Actor, title: dict[str, str], document: dict[str, Any]) -> UUID:
    study = commands.create(editor, title_zh=title["zh"], title_en=title["en"])
    commands.bring_in(editor, study_id=study.id, filename="demo.yaml", data=yaml_study.dump(document), note="演示 DEMO")
    commands.calculate(editor, study_id=study.id)
    if document.get("rule"):
        commands.settle(editor, study_id=study.id)
    return study.id


def _reviewed(who: Who, study_id: UUID) -> None:
    """A body's reviewer is given sight, records a critical review of the result, and keeps one comment open for all."""
    expert = who("south-reviewer")
    assert expert.organisation is not None
    reviewing.invite(who("guangdong"), study_id=study_id, organisation_id=expert.organisation.id)
    body = reviewing.template(expert, study_id)
    person = body["reviewers"][0] | {
        "name": "演示复核人 Demo reviewer",
        "organisation": "演示南方认证有限公司 Demo South Certification Ltd",
        "competence": "演示：电池产品碳足迹 DEMO: footprints of batteries",
    }
    comment = {
        "id": "c1",
        "where": "stages.distribution",
        "comment": "演示意见：运输距离请给出凭证 DEMO: show the record of the distance",
        "answer": "演示答复：虚构数值，已在来源中说明 DEMO: invented, as its source says",
        "settled": "yes",
    }
    said = {"reviewers": [person], "comments": [comment], "statement": "演示：与目的和规则一致 DEMO: consistent"}
    reviewing.record(expert, study_id=study_id, document={**body, **said})


def play(who: Who, start: datetime) -> tuple[UUID, UUID]:
    """A battery with its critical review and a smelter with its goods; return the ids of the two studies."""
    with clock.at(start):
        first = _made(who("guangdong-data"), BATTERY, battery())
        second = _made(who("shandong-data"), SMELTER, smelter())
    with clock.at(start + timedelta(days=10)):
        _reviewed(who, first)
    return first, second
