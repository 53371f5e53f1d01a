"""From a document to a :class:`~tanbiao.core.study.model.Study`, with a finding for everything that is wrong.

Each part is read on its own, so that one bad row never hides the findings of the others. Places are paths in the
author's document with row ids, not positions: ``stages.manufacturing.m1.amount``.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from tanbiao.core.findings import Finding, Severity, blocking, finding
from tanbiao.core.study import model, normalise, normalise_method
from tanbiao.core.study.cross_checks import cross_check
from tanbiao.core.study.model_base import PROCESS_PARTS, Period
from tanbiao.core.study.supplier_parts import SupplierInput

P = TypeVar("P", bound=BaseModel)

_OFFSET_WORDS = ("offset", "offsets", "offsetting", "carbon_offset", "carbon_offsets", "compensation", "carbon_credits")
_OFFSET_WORDS_ZH = ("抵消", "碳抵消", "碳中和抵消")
_MAX_DEPTH = 40

_SIMPLE_PARTS: dict[str, type[BaseModel]] = {
    "goal": model.Goal,
    "product": model.Product,
    "unit": model.Unit,
    "period": Period,
    "capital_goods": model.CapitalGoods,
}


def suggest(word: str, known: Any) -> str:
    """Return the nearest known words as text for a message, or a dash when nothing is near."""
    near = difflib.get_close_matches(word, [str(item) for item in known], n=3, cutoff=0.6)
    return " / ".join(near) if near else "—"


def field_names(cls: type[BaseModel]) -> list[str]:
    """Return the keys a part of the document may have, as its author writes them."""
    return [info.alias or name for name, info in cls.model_fields.items()]


def _step(part: str | int) -> str:
    return f"[{part}]" if isinstance(part, int) else f".{part}"


class _Reader:
    """Reads parts and collects findings."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def say(self, code: str, where: str, severity: Severity = Severity.ERROR, **params: Any) -> None:
        self.findings.append(finding(code, severity, where, **params))

    def part(self, cls: type[P], value: Any, where: str) -> P | None:
        """Read one part; None when it has errors."""
        if not isinstance(value, Mapping):
            self.say("not_a_mapping", where)
            return None
        try:
            return cls.model_validate(value)
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                self._explain(cls, detail, where)
            return None

    def _explain(self, cls: type[BaseModel], detail: Any, where: str) -> None:
        steps = [step for step in detail["loc"] if isinstance(step, int) or not _is_union_tag(step)]
        place = where + "".join(_step(step) for step in steps)
        kind, last = detail["type"], str(steps[-1]) if steps else where.rpartition(".")[2]
        value = detail.get("input")
        shown = value if isinstance(value, str | int | float) else type(value).__name__
        if kind == "extra_forbidden":
            self.say("unknown_key", place, key=last, near=suggest(last, _keys_at(cls, steps[:-1])))
        elif kind == "missing" and steps and isinstance(steps[-1], int):
            self.say("bad_value", place.rpartition("[")[0], value=f"{last} …", reason=detail["msg"])
        elif kind == "missing":
            self.say("field_missing", place, key=last)
        elif kind in ("literal_error", "enum"):
            self.say("not_one_of", place, value=shown, allowed=detail.get("ctx", {}).get("expected", ""))
        elif kind == "string_pattern_mismatch":
            self.say("bad_form", place, value=shown, form=detail.get("ctx", {}).get("pattern", ""))
        else:
            self.say("bad_value", place, value=shown, reason=detail["msg"])

    def rows(self, value: Any, where: str) -> tuple[model.Row, ...]:
        """Read a list of rows; rows with errors are left out (and found)."""
        if not isinstance(value, list):
            self.say("not_a_list", where)
            return ()
        good = []
        for index, item in enumerate(value):
            row_id = item.get("id") if isinstance(item, dict) else None
            row = self.part(model.Row, item, f"{where}.{row_id}" if row_id else f"{where}[{index}]")
            if row is not None:
                good.append(row)
        return tuple(good)


def _is_union_tag(step: Any) -> bool:
    return str(step).startswith(("constrained-str", "Absent", "tuple[", "function-", "str"))


def _keys_at(cls: type[BaseModel], steps: list[Any]) -> list[str]:
    """Return the keys allowed in the nested part at ``steps`` of ``cls`` (its own ones when that can't be told)."""
    current: type[BaseModel] = cls
    for step in steps:
        if isinstance(step, int):
            continue
        info = next((item for name, item in current.model_fields.items() if (item.alias or name) == step), None)
        nested = _nested_model(info.annotation) if info is not None else None
        if nested is None:
            break
        current = nested
    return field_names(current)


def _nested_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        nested = _nested_model(argument)
        if nested is not None:
            return nested
    return None


def _refuse_offsets(value: Any, where: str, reader: _Reader, depth: int = 0) -> bool:
    """Find every key that would carry an offset. Returns False when the document is nested too deeply."""
    if depth > _MAX_DEPTH:
        reader.say("too_deep", where, Severity.BLOCKING, limit=_MAX_DEPTH)
        return False
    if isinstance(value, Mapping):
        for key, item in value.items():
            place = f"{where}.{key}" if where else str(key)
            if str(key).lower() in _OFFSET_WORDS or any(word in str(key) for word in _OFFSET_WORDS_ZH):
                reader.say("offset_refused", place, Severity.BLOCKING, key=str(key))
            if not _refuse_offsets(item, place, reader, depth + 1):
                return False
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            step = item.get("id") if isinstance(item, Mapping) else None
            place = f"{where}.{step}" if isinstance(step, str) else f"{where}[{index}]"
            if not _refuse_offsets(item, place, reader, depth + 1):
                return False
    return True


def _read_stage(reader: _Reader, value: Any, where: str) -> model.Stage | None:
    body = normalise.stage(value)
    if not isinstance(body, Mapping):
        reader.say("stage_form", where)
        return None
    if "rows" not in body:
        return reader.part(model.Stage, body, where)
    if not body["rows"]:
        reader.say("stage_missing", where, Severity.BLOCKING, stage=where.rsplit(".", 1)[-1])
        return None
    rest = {key: item for key, item in body.items() if key != "rows"}
    if rest:
        reader.say("stage_form", where)
    return model.Stage(rows=reader.rows(body["rows"], where))


def _read_stages(reader: _Reader, value: Any) -> model.Stages | None:
    if not isinstance(value, Mapping):
        reader.say("not_a_mapping", "stages")
        return None
    for key in value:
        if key not in model.STAGES:
            reader.say("unknown_key", f"stages.{key}", key=str(key), near=suggest(str(key), model.STAGES))
    read: dict[str, model.Stage | None] = {}
    for name in model.STAGES:
        if name not in value:
            reader.say("stage_missing", f"stages.{name}", Severity.BLOCKING, stage=name)
            continue
        read[name] = _read_stage(reader, value[name], f"stages.{name}")
    if len(read) < len(model.STAGES) or any(stage is None for stage in read.values()):
        return None
    good: dict[str, Any] = dict(read)
    return model.Stages.model_construct(**good)


def _read_process(reader: _Reader, value: Any, where: str) -> model.Process | None:
    body = normalise.process(value)
    if not isinstance(body, dict):
        reader.say("not_a_mapping", where)
        return None
    parts = [part for part in PROCESS_PARTS if part in body]
    rows = {part: reader.rows(body.pop(part), f"{where}.{part}") for part in parts}
    process = reader.part(model.Process, body, where)
    return None if process is None else process.model_copy(update=rows)


def _read_named(reader: _Reader, cls: type[P], value: Any, where: str) -> dict[str, P]:
    if not isinstance(value, Mapping):
        reader.say("not_a_mapping", where)
        return {}
    read: dict[str, P] = {}
    for key, item in value.items():
        part = reader.part(cls, item, f"{where}.{key}")
        if part is not None:
            read[key] = part
    return read


def _long_forms(document: dict[str, Any]) -> None:
    """Bring the simple parts to their long forms, in place."""
    product, unit = document.get("product"), document.get("unit")
    if isinstance(product, dict):
        for key in ("name", "function"):
            if key in product:
                product[key] = normalise.text(product[key])
    if isinstance(unit, dict):
        for key in ("of", "functional"):
            if key in unit:
                unit[key] = normalise.text(unit[key])
        for key in ("declared", "amounts_for"):
            if key in unit:
                unit[key] = normalise.quantity(unit[key])
        if isinstance(unit.get("reference_flow"), str):
            unit["reference_flow"] = {"amount": normalise.quantity(unit["reference_flow"])}
    for key in ("assumptions", "limitations"):
        if key in document:
            document[key] = normalise.texts(document[key])
    normalise_method.long_forms(document)


def _read_top(reader: _Reader, document: dict[str, Any]) -> dict[str, Any]:
    """Read everything but stages, processes, sources, parameters and cut-off."""
    known = field_names(model.Study)
    for key in document:
        if key not in known:
            reader.say("unknown_key", key, key=key, near=suggest(key, known))
    read: dict[str, Any] = {}
    for key, cls in _SIMPLE_PARTS.items():
        if key not in document:
            reader.say("field_missing", key, key=key)
        else:
            read[key] = reader.part(cls, document[key], key)
    return read


def _read_cut_off(reader: _Reader, value: Any) -> tuple[model.CutOff, ...]:
    if not isinstance(value, list):
        reader.say("not_a_list", "cut_off")
        return ()
    good = []
    for index, item in enumerate(value):
        body = item
        if isinstance(item, dict):
            limits = {key: normalise.quantity(item.get(key)) for key in ("bound", "energy", "emission")}
            body = {**item, "what": normalise.text(item.get("what")), **limits}
            body = {key: part for key, part in body.items() if part is not None}
        where = f"cut_off.{item['id']}" if isinstance(item, dict) and item.get("id") else f"cut_off[{index}]"
        entry = reader.part(model.CutOff, body, where)
        if entry is not None:
            good.append(entry)
    return tuple(good)


def _assemble(reader: _Reader, document: dict[str, Any], read: dict[str, Any]) -> model.Study | None:
    try:
        return model.Study.model_validate({**{key: document[key] for key in _PLAIN_KEYS if key in document}, **read})
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            reader._explain(model.Study, {**detail, "loc": detail["loc"][1:]}, str(detail["loc"][0]))
        return None


_PLAIN_KEYS = (
    "tanbiao", "rule", "release", "gwp", "boundary", "assumptions", "limitations", "carbon_content", "memo",
    "scenarios", "remarks", "forms", "cbam", "carbon_market", "waivers", "waiver_requests",
)  # fmt: skip


def parse_study(document: Any) -> tuple[model.Study | None, list[Finding]]:
    """Read a study document.

    Parameters
    ----------
    document
        Mappings, lists and scalars; scalars may be text (as from YAML) or typed (as from JSON).

    Returns
    -------
    study, findings
        The study is None when a finding is an error or blocking.
    """
    reader = _Reader()
    if not isinstance(document, Mapping):
        reader.say("not_a_study", "", Severity.BLOCKING)
        return None, reader.findings
    if document.get("tanbiao") != model.FORMAT:
        stated = str(document.get("tanbiao", "—"))
        reader.say("unsupported_format", "tanbiao", Severity.BLOCKING, value=stated, expected=model.FORMAT)
        return None, reader.findings
    if not _refuse_offsets(document, "", reader) or reader.findings:
        return None, reader.findings
    body: dict[str, Any] = normalise.plain(document)
    _long_forms(body)
    read = _read_top(reader, body)
    if "stages" in body:
        read["stages"] = _read_stages(reader, body["stages"])
    else:
        reader.say("stage_missing", "stages", Severity.BLOCKING, stage="stages")
    read["sources"] = _read_named(reader, model.Source, normalise.sources(body.get("sources", {})), "sources")
    suppliers = normalise.suppliers(body.get("suppliers", {}))
    read["suppliers"] = _read_named(reader, SupplierInput, suppliers, "suppliers")
    parameters = normalise.parameters(body.get("parameters", {}))
    read["parameters"] = _read_named(reader, model.Parameter, parameters, "parameters")
    if not isinstance(body.get("processes", {}), Mapping):
        reader.say("not_a_mapping", "processes")
    else:
        processes = body.get("processes", {}).items()
        read["processes"] = {key: _read_process(reader, item, f"processes.{key}") for key, item in processes}
    read["cut_off"] = _read_cut_off(reader, body.get("cut_off", []))
    if blocking(reader.findings):
        return None, reader.findings
    study = _assemble(reader, body, read)
    if study is not None:
        reader.findings.extend(cross_check(study))
    return (None if blocking(reader.findings) else study), reader.findings
