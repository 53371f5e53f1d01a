"""Fills a register in bulk with demonstration certificates that nobody issued: for timing and for tests of lists.

Some thousand records are made one by one, seeded; the database then copies their rows, each under a number of its own.
Nothing of it is signed. Everything says 演示 DEMO.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from tanbiao.core.canonical import content_hash, hash_bytes

SEED = 20261121
THINGS = (
    "磷酸铁锂电池", "三元动力电池", "电解铝锭", "再生铝", "水泥熟料", "硅酸盐水泥",
    "烧碱", "光伏组件", "单晶硅片", "平板玻璃", "热轧钢板", "冷轧钢卷",
    "聚乙烯", "涤纶长丝", "纯棉衬衫", "卡车轮胎", "轿车轮胎", "电动自行车",
    "空调器", "电冰箱", "洗衣机", "笔记本电脑", "智能手机", "液晶显示屏",
    "纸板", "牛奶", "食用油", "家用陶瓷", "木地板", "石膏板",
)  # fmt: skip
MARKS = (
    "星河", "长风", "白鹭", "青岚", "启明", "金沙", "远山", "海棠",
    "松江", "云岭", "赤水", "北斗", "沧浪", "玉泉", "东篱", "南屏",
)  # fmt: skip
REGIONS = ("CN-GD", "CN-SD", "CN-JS", "CN-ZJ", "CN-SH", "CN-BJ", "CN-SC", "CN-FJ", "CN-HB", "HK", "MO")
STATES = (("valid", 88), ("expired", 5), ("suspended", 2), ("withdrawn", 2), ("cancelled", 3))
BODIES = tuple((f"DEMOBODY{n:02d}", f"演示第{n}认证中心", f"Demo body {n}") for n in range(1, 21))
FIRST = date(2024, 1, 1)
DAYS = 1050


def number_of(copy: int, serial: int) -> str:
    """Return a number that search keeps as one word."""
    return f"DEMO{copy:02d}S{serial:06d}"


def record(rng: random.Random, serial: int, copy: int = 0) -> dict[str, Any]:
    """Return a seeded public record, as :func:`tanbiao.web.register.records.record_of` makes them."""
    thing = rng.choice(THINGS)
    model = f"{rng.choice('ABCDEFGH')}{rng.randrange(100, 999)}-{rng.randrange(10, 99)}"
    maker = rng.randrange(2000)
    body = rng.choice(BODIES)
    state = rng.choices([name for name, _ in STATES], [share for _, share in STATES])[0]
    issued = FIRST + timedelta(days=rng.randrange(DAYS))
    region = REGIONS[maker % len(REGIONS)]
    name = f"演示{MARKS[maker % len(MARKS)]}{thing[-2:]}{maker:04d}有限公司"
    holder = {"zh": name, "en": f"Demo maker {maker}", "code": f"DEMO{maker:06d}", "region": region}
    category = f"demo-{THINGS.index(thing):02d}"
    number = number_of(copy, serial)
    return {
        "format": "tanbiao-register-entry/1",
        "kind": "certified",
        "number": number,
        "version": 1,
        "demonstration": True,
        "state": state,
        "reason": "",
        "state_since": f"{issued}T03:00:00.000000Z",
        "product": {"zh": f"演示 {MARKS[maker % len(MARKS)]}牌{thing} {model}", "en": f"Demo product {model}"},
        "models": [model],
        "identifiers": [],
        "value": f"{rng.uniform(0.1, 900):.3g}",
        "unit": "kg CO2e",
        "declared_unit": "1 kg",
        "boundary": rng.choice(("cradle_to_gate", "cradle_to_grave")),
        "period": {"from": f"{issued.year - 1}-01-01", "to": f"{issued.year - 1}-12-31"},
        "gwp_set": "AR6",
        "electricity_basis": "grid",
        "holder": holder,
        "producer": holder,
        "body": {"zh": body[1], "en": body[2], "code": body[0], "region": "CN-BJ"},
        "rule": f"{category}@1.0.0",
        "rule_hash": hash_bytes(category.encode()),
        "release": "starter-2026.1",
        "scheme": "tanbiao-demo@1.1.0",
        "category": category,
        "grade": "",
        "decided_on": issued.isoformat(),
        "issued_at": f"{issued}T03:00:00.000000Z",
        "valid_from": issued.isoformat(),
        "valid_until": (issued + timedelta(days=1095)).isoformat(),
        "credential": hash_bytes(number.encode()),
        "status_index": serial,
        "package_hash": hash_bytes(b"package" + number.encode()),
        "public_bundle": hash_bytes(b"bundle" + number.encode()),
        "stages": None,
        "sites": None,
        "not_published": ["interval", "primary_share", "quality", "sites", "stages"],
        "head": hash_bytes(number.encode()),
    }


def records(n: int, seed: int = SEED) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield so many records with their hashes."""
    rng = random.Random(seed)
    for serial in range(n):
        made = record(rng, serial)
        yield made, content_hash(made)


def copy_entries(connection: Any, copies: int) -> None:
    """Copy every entry under further numbers, in the database itself."""
    postgres = connection.vendor == "postgresql"
    columns = (
        "kind, state, category, region, body, holder, scheme, grade, is_demo, issued_on, valid_until, product_key, "
        "holder_key, body_key, snapshot, changed_at"
    )
    record = "replace(record::text, '{old}', '{new}')::jsonb" if postgres else "replace(record, '{old}', '{new}')"
    with connection.cursor() as cursor:
        for copy in range(1, copies):
            old, new = "DEMO00S", f"DEMO{copy:02d}S"
            cursor.execute(
                f"INSERT INTO register_entry ({columns}, number, tokens, record) SELECT {columns}, "
                f"replace(number, '{old}', '{new}'), replace(tokens, '{old.lower()}', '{new.lower()}'), "
                f"{record.format(old=old, new=new)} FROM register_entry WHERE number LIKE '{old}%%'",
                [],
            )
            if not postgres:
                cursor.execute(
                    "INSERT INTO register_entry_fts (rowid, tokens) SELECT id, tokens FROM register_entry "
                    f"WHERE number LIKE '{new}%%'",
                    [],
                )
        cursor.execute("UPDATE register_tally SET n = n * %s", [copies])
        cursor.execute("ANALYZE register_entry" if postgres else "ANALYZE")


def _copied(table: str, model: Any, changed: dict[str, str]) -> tuple[str, str]:
    """Return the columns of a table and what each copy has there: as the real row, but for what is changed."""
    names = [field.column for field in model._meta.concrete_fields]
    quoted = ", ".join(f'"{name}"' for name in names)
    return quoted, ", ".join(changed.get(name, f'{table}."{name}"') for name in names)


def copy_study(study_id: str, *, whole: bool = True) -> str:
    """Copy a study with its newest revision and that one's results, or the bare study; return the copy's id."""
    from tanbiao.web.ids import new_id
    from tanbiao.web.studies.models import Result, Revision, Study

    study = Study.objects.get(id=study_id)
    revision = study.head
    study.id, study.head, study._state.adding = new_id(), None, True
    study.save()
    if whole and revision is not None:
        results = list(Result.objects.filter(revision=revision))
        revision.id, revision.study, revision._state.adding = new_id(), study, True
        revision.save()
        Result.objects.bulk_create(_anew(result, revision) for result in results)
        study.head = Revision.objects.get(id=revision.id)
        study.save(update_fields=["head"])
    return str(study.id)


def _anew(result: Any, revision: Any) -> Any:
    from tanbiao.web.ids import new_id

    result.id, result.revision, result._state.adding = new_id(), revision, True
    return result


def copy_certificates(connection: Any, real: str) -> None:
    """Give every entry a certificate, an issue and a kept page like those of a real one; nothing of it is signed."""
    from django.test import Client

    from tanbiao.web.register.models import Certificate, Issue

    # A page is kept once somebody has read it: this is the reader.
    page = Client(headers={"accept-language": "zh-CN"}).get(f"/p/{real}", headers={"host": "127.0.0.1"})
    if page.status_code != 200:
        raise SystemExit(f"the page of {real} answers {page.status_code}")
    study = Certificate.objects.values_list("study_id", flat=True).get(number=real)
    # A study that is no certificate's own: who looks at the studies of what is issued sees none of these.
    parked = copy_study(str(study), whole=False)

    postgres = connection.vendor == "postgresql"
    uuid = "gen_random_uuid()" if postgres else "lower(hex(randomblob(16)))"
    claims = "replace(c.claims::text, %s, e.number)::jsonb" if postgres else "replace(c.claims, %s, e.number)"
    issue = {"id": uuid, "case_id": "NULL", "number": "e.number", "status_index": "200000 + e.id"}
    certificate = {"id": uuid, "number": "e.number", "issue_id": "i.id", "state": "e.state"}
    certificate |= {"status_index": "i.status_index", "claims": claims}
    certificate["study_id"] = f"'{parked}'::uuid" if postgres else f"'{parked.replace('-', '')}'"
    with connection.cursor() as cursor:
        names, values = _copied("i", Issue, issue)
        cursor.execute(
            f"INSERT INTO register_issue ({names}) SELECT {values} FROM register_entry e, register_issue i "
            "WHERE i.number = %s AND e.number LIKE 'DEMO%%'",
            [real],
        )
        names, values = _copied("c", Certificate, certificate)
        cursor.execute(
            f"INSERT INTO register_certificate ({names}) SELECT {values} FROM register_entry e "
            "JOIN register_issue i ON i.number = e.number, register_certificate c "
            "WHERE c.number = %s AND e.number LIKE 'DEMO%%'",
            [real, real],
        )
        cursor.execute(
            "INSERT INTO register_snapshot (key, packed, etag, at) SELECT replace(s.key, %s, e.number), s.packed, "
            "s.etag, s.at FROM register_entry e, register_snapshot s WHERE s.key LIKE %s AND e.number LIKE 'DEMO%%'",
            [real, f"%:zh:product/{real}"],
        )
        if not cursor.rowcount:
            raise SystemExit(f"no page of {real} is kept that could be copied")
        # What the database does by itself soon after so many rows have come.
        cursor.execute("VACUUM (ANALYZE)" if postgres else "ANALYZE")
