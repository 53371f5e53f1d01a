"""A release that succeeds the starter and differs in one factor, made of what some studies use; not real data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tanbiao.core.dataset.model import parse_dataset
from tanbiao.core.lca.release import Release
from tanbiao.core.lca.release_build import write_release
from tanbiao.core.rules import load_rule
from tanbiao.core.study import Study
from tanbiao.core.study.calculation import accounted
from tanbiao.core.study.package import Recorder

NAME = "starter-2099.1"
"""Of the starter's family, and later than any real one."""


def write(folder: Path, starter: Release, studies: Iterable[Study], factors: Mapping[str, float]) -> Release:
    """Write a release with the datasets that the studies use, those named in ``factors`` multiplied."""
    recorder = Recorder(starter)
    for study in studies:
        accounted(study, recorder, load_rule(study.rule) if study.rule else None)
    used = dict(recorder.datasets)
    used |= {item.pair: starter.get(item.pair) for item in recorder.datasets.values() if item.pair}
    documents: dict[str, Any] = {name: dict(starter.document(name)) for name in ("fuels", "electricity")}  # type: ignore[arg-type]
    documents["aliases"] = {key: value for key, value in starter.document("aliases").items() if value in used}
    header = {
        "format": "tanbiao-release/1",
        "name": NAME,
        "version": NAME.rpartition("-")[2],
        "date": "2099-01-01",
        "standing": "demonstration",
        "statement": {"zh": "测试用，非真实数据", "en": "for tests, not real data"},
    }
    folder.mkdir(parents=True, exist_ok=True)
    made = [parse_dataset(_scaled(item.document(), factors.get(key, 1.0))) for key, item in sorted(used.items())]
    return write_release(folder / f"{NAME}.tbr", made, header, documents)


def _scaled(body: dict[str, Any], factor: float) -> dict[str, Any]:
    if factor == 1.0:
        return body
    parts = {name: {key: value * factor for key, value in (body.get(name) or {}).items()} for name in PARTS}
    return body | {name: part for name, part in parts.items() if name in body}


PARTS = ("co2e", "kinds", "gases")
