"""Who plays: two certification bodies, an authority, the operator, four factories, and their people."""

from __future__ import annotations

from dataclasses import dataclass

from tanbiao.web.accounts import uscc
from tanbiao.web.accounts.roles import Kind, Role

PASSWORD = "demo-tanbiao-2026"  # noqa: S105 (printed at start; the demonstration has nothing to hide)


@dataclass(frozen=True, slots=True)
class Player:
    """A person with a log-in and the roles held."""

    username: str
    name_zh: str
    name_en: str
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Troupe:
    """An organisation and its people; the first one manages it."""

    key: str
    kind: Kind
    name_zh: str
    name_en: str
    code: str
    """Eight characters of the organisation code; the credit code is built around them."""
    jurisdiction: str
    players: tuple[Player, ...]

    @property
    def uscc(self) -> str:
        """A well-formed credit code of a division that does not exist."""
        return uscc.build(self.code)


def _factory(key: str, zh: str, en: str, code: str, place: str, people: tuple[str, str]) -> Troupe:
    return Troupe(
        key,
        Kind.ENTERPRISE,
        zh,
        en,
        code,
        place,
        (
            Player(f"{key}", people[0], f"Demo manager {key}", (Role.ENTERPRISE_MANAGER,)),
            Player(f"{key}-data", people[1], f"Demo editor {key}", (Role.ENTERPRISE_EDITOR,)),
            Player(f"{key}-provider", f"{people[1]}数据", f"Demo data provider {key}", (Role.DATA_PROVIDER,)),
        ),
    )


def _body(key: str, zh: str, en: str, code: str, place: str) -> Troupe:
    return Troupe(
        key,
        Kind.CERTIFICATION_BODY,
        zh,
        en,
        code,
        place,
        (
            Player(f"{key}-office", "演示受理", "Demo case manager", (Role.CASE_MANAGER,)),
            Player(f"{key}-verifier", "演示核查员甲", "Demo verifier A", (Role.VERIFIER,)),
            Player(f"{key}-verifier2", "演示核查员乙", "Demo verifier B", (Role.VERIFIER, Role.DECIDER)),
            Player(f"{key}-reviewer", "演示复核人", "Demo reviewer", (Role.REVIEWER,)),
            Player(f"{key}-decider", "演示决定人", "Demo decider", (Role.DECIDER,)),
            Player(f"{key}-factors", "演示因子评议员", "Demo factor reviewer", (Role.FACTOR_REVIEWER,)),
            Player(f"{key}-metrology", "演示计量核验员", "Demo metrologist", (Role.METROLOGIST,)),
            Player(f"{key}-rules", "演示规则起草员", "Demo rule drafter", (Role.RULE_DRAFTER,)),
            Player(f"{key}-assessor", "演示规则评估员", "Demo rule assessor", (Role.RULE_ASSESSOR,)),
        ),
    )


OPERATOR = Troupe(
    "operator",
    Kind.OPERATOR,
    "演示平台运营方",
    "Demo platform operator",
    "DEMA0001",
    "CN-GD",
    (Player("operator", "演示运营员", "Demo operator", (Role.OPERATOR,)),),
)
AUTHORITY = Troupe(
    "authority",
    Kind.AUTHORITY,
    "演示市场监管机构",
    "Demo market authority",
    "DEMA0002",
    "CN-GD",
    (
        Player("authority", "演示监管员", "Demo officer", (Role.AUTHORITY_OFFICER,)),
        Player("authority-rules", "演示规则起草员", "Demo rule drafter", (Role.RULE_DRAFTER,)),
    ),
)
NORTH = _body("north", "演示北方认证有限公司", "Demo North Certification Ltd", "DEMB0001", "CN-SD")
SOUTH = _body("south", "演示南方认证有限公司", "Demo South Certification Ltd", "DEMB0002", "CN-GD")
ASSOCIATION = Troupe(
    "association",
    Kind.ASSOCIATION,
    "演示化工行业协会",
    "Demo chemical industry association",
    "DEMC0001",
    "CN-SD",
    (
        Player("association", "演示协会负责人", "Demo association manager", (Role.ORGANISATION_MANAGER,)),
        Player("association-rules", "演示协会起草员", "Demo association drafter", (Role.RULE_DRAFTER,)),
    ),
)
UNIVERSITY = Troupe(
    "university",
    Kind.UNIVERSITY,
    "演示大学碳足迹研究所",
    "Demo university, institute of footprints",
    "DEMC0002",
    "CN-GD",
    (
        Player("university", "演示教授", "Demo professor", (Role.ORGANISATION_MANAGER, Role.RULE_DRAFTER)),
        Player("university-assessor", "演示规则评估专家", "Demo rule assessor", (Role.RULE_ASSESSOR,)),
    ),
)
GUANGDONG = _factory(
    "guangdong", "广东演示电池有限公司", "Guangdong Demo Battery Ltd", "DEMF0001", "CN-GD", ("演示甲", "演示乙")
)
SHANGHAI = _factory(
    "shanghai", "上海演示新能源有限公司", "Shanghai Demo New Energy Ltd", "DEMF0002", "CN-SH", ("演示丙", "演示丁")
)
JIANGSU = _factory(
    "jiangsu", "江苏演示建材有限公司", "Jiangsu Demo Materials Ltd", "DEMF0003", "CN-JS", ("演示戊", "演示己")
)
SHANDONG = _factory(
    "shandong", "山东演示铝业有限公司", "Shandong Demo Aluminium Ltd", "DEMF0004", "CN-SD", ("演示庚", "演示辛")
)

ALL = (OPERATOR, AUTHORITY, NORTH, SOUTH, ASSOCIATION, UNIVERSITY, GUANGDONG, SHANGHAI, JIANGSU, SHANDONG)


def login_lines() -> list[tuple[str, str, str]]:
    """Return (user name, who, organisation) of everybody who can sign in."""
    return [(player.username, player.name_zh, troupe.name_zh) for troupe in ALL for player in troupe.players]
