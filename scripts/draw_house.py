"""Draw docs/images/house.svg and way.svg: the house of docs/architecture.md and the way a figure takes through it."""

from __future__ import annotations

from pathlib import Path

OUT = Path(__file__).parents[1] / "docs" / "images"
INK, GREEN, PAPER, LINE, SOFT = "#1d2723", "#0B6B3A", "#fbfaf5", "#8aa396", "#e6efe8"
FONT = 'font-family="Noto Sans SC, sans-serif"'

FLOORS = [
    # title, rooms, note
    ("cli/site", ["demo", "serve", "import", "fsck"], "commands of a running platform"),
    (
        "web",
        ["accounts", "ledger", "datasets", "factors", "studies", "certification", "register"],
        "one folder per feature: models · commands (the only writers) · queries (the only readers) · pages · api",
    ),
    ("jobs", ["executor", "worker", "tasks"], "serial, processes, background work"),
    (
        "formats · evidence · documents",
        ["yaml, excel, foreign datasets", "log, keys, credentials, bundles", "label, PDF, charts"],
        "the outside world: files in, proofs and papers out",
    ),
    (
        "core · workflow",
        ["amounts, units, gases", "dataset", "lca, release", "study", "rules", "lifecycles"],
        "pure: values in, frozen values out; no clock, no network, no Django",
    ),
]
STEPS = [
    "study file\n研究",
    "revision\n版本",
    "calculation\n计算",
    "package\n封存",
    "verification\n核查",
    "decision\n决定",
    "certificate\n证书",
    "log\n日志",
    "label\n标识",
    "anyone\n查验",
]


def _text(x: float, y: float, body: str, size: int, fill: str = INK, anchor: str = "start", weight: str = "400") -> str:
    return (
        f'<text x="{x}" y="{y}" font-size="{size}" fill="{fill}" text-anchor="{anchor}" font-weight="{weight}" {FONT}>'
        f"{body}</text>"
    )


def house() -> str:
    """Return the drawing of the floors, top to bottom; imports run only downward."""
    width, floor_height = 960, 96
    height = 70 + floor_height * len(FLOORS) + 40
    parts = [
        f'<polygon points="480,8 920,62 40,62" fill="{SOFT}" stroke="{LINE}"/>',
        _text(480, 48, "tanbiao", 20, GREEN, "middle", "700"),
    ]
    for index, (title, rooms, note) in enumerate(FLOORS):
        top = 66 + index * floor_height
        parts.append(f'<rect x="40" y="{top}" width="880" height="{floor_height - 6}" fill="{PAPER}" stroke="{LINE}"/>')
        parts.append(_text(56, top + 22, title, 15, GREEN, weight="700"))
        parts.append(_text(904, top + 22, note, 11, "#56635c", "end"))
        room_width = 848 / len(rooms)
        for number, room in enumerate(rooms):
            left = 56 + number * room_width
            parts.append(
                f'<rect x="{left}" y="{top + 34}" width="{room_width - 8}" height="44" rx="4" '
                f'fill="{SOFT}" stroke="{LINE}"/>'
            )
            parts.append(_text(left + (room_width - 8) / 2, top + 61, room, 13, INK, "middle"))
    parts.append(f'<line x1="22" y1="80" x2="22" y2="{height - 60}" stroke="{GREEN}" stroke-width="3"/>')
    parts.append(f'<polygon points="14,{height - 62} 30,{height - 62} 22,{height - 46}" fill="{GREEN}"/>')
    parts.append(_text(480, height - 16, "imports run only downward · 引用只向下", 13, "#56635c", "middle"))
    return _svg(width, height, parts)


def way() -> str:
    """Return the drawing of a figure's way from a study file to a shopper's phone."""
    width, height, step = 960, 130, 94
    parts = []
    for index, name in enumerate(STEPS):
        left = 14 + index * step
        parts.append(f'<rect x="{left}" y="34" width="78" height="54" rx="6" fill="{SOFT}" stroke="{LINE}"/>')
        en, zh = name.split("\n")
        parts.append(_text(left + 39, 58, en, 12, GREEN, "middle", "700"))
        parts.append(_text(left + 39, 76, zh, 12, INK, "middle"))
        if index + 1 < len(STEPS):
            parts.append(
                f'<path d="M{left + 79} 61 h10 m-5 -4 l5 4 l-5 4" fill="none" stroke="{GREEN}" stroke-width="1.5"/>'
            )
    parts.append(
        _text(
            480,
            18,
            "every arrow is one command function; every right that changes leaves one log entry",
            12,
            "#56635c",
            "middle",
        )
    )
    parts.append(
        _text(480, 114, "每个箭头都是一个命令函数；每次权利变化都在日志中留下一条记录", 12, "#56635c", "middle")
    )
    return _svg(width, height, parts)


def _svg(width: int, height: int, parts: list[str]) -> str:
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "house.svg").write_text(house(), encoding="utf-8")
    (OUT / "way.svg").write_text(way(), encoding="utf-8")
