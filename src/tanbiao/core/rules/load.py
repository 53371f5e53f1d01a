"""Read rule documents: from a file's bytes, or by ``id@version`` from the package and further folders."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.rules.language import condition, quantity
from tanbiao.core.rules.model import Rule
from tanbiao.core.rules.own_checks import compile_check
from tanbiao.core.rules.scope import scope_of
from tanbiao.core.strict_text import parse_text
from tanbiao.core.study import normalise
from tanbiao.core.study.parse import field_names, suggest

M = TypeVar("M", bound=BaseModel)


def read_model(cls: type[M], document: Any, code: str) -> M:
    """Return a document's model, or raise one error with a finding for each thing that is wrong."""
    if not isinstance(document, Mapping):
        raise TanbiaoError.of(code, "", reason="not a mapping")
    try:
        return cls.model_validate(normalise.plain(document))
    except ValidationError as error:
        raise TanbiaoError(*(_explain(cls, detail, code) for detail in error.errors(include_url=False))) from error


def _explain(cls: type[BaseModel], detail: Any, code: str) -> Finding:
    place = ".".join(str(step) for step in detail["loc"])
    if detail["type"] == "extra_forbidden":
        near = suggest(str(detail["loc"][-1]), field_names(cls))
        return finding("unknown_key", Severity.BLOCKING, place, key=str(detail["loc"][-1]), near=near)
    if detail["type"] == "missing":
        return finding("field_missing", Severity.BLOCKING, place, key=str(detail["loc"][-1]))
    return finding(code, Severity.BLOCKING, place, reason=str(detail["msg"]))


def parse_rule(document: Any) -> Rule:
    """Return the rule of a document.

    Raises
    ------
    TanbiaoError
        ``rule_malformed``, ``unknown_key``, ``field_missing``, ``rule_id_twice``; an expression that can't be
        read (``formula_…``) or can't mean anything (``expression_…``). Carries every finding.
    """
    rule = read_model(Rule, document, "rule_malformed")
    wrong = [*_twice(rule), *_units(rule)]
    if wrong:
        raise TanbiaoError(*wrong)
    wrong = list(_expressions(rule))
    if wrong:
        raise TanbiaoError(*wrong)
    return rule


def _twice(rule: Rule) -> Iterable[Finding]:
    for part, names in (
        ("processes", [item.id for item in rule.processes]),
        ("checks", [item.id for item in rule.checks]),
        ("examples", [item.id for item in rule.examples]),
        ("fields", [item.name for item in rule.fields]),
    ):
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield finding("rule_id_twice", Severity.BLOCKING, f"{part}.{name}", id=name)


def _units(rule: Rule) -> tuple[Finding, ...]:
    return _refused(lambda: scope_of(rule, ""))


def _expressions(rule: Rule) -> Iterable[Finding]:
    """Find what is wrong in the rule's expressions before any study is read: syntax, names, units."""
    for item in rule.checks:
        yield from _refused(lambda item=item: compile_check(rule, item))  # type: ignore[misc]
    if rule.covers.where is not None:
        where = rule.covers.where
        yield from _refused(lambda: condition(where, scope_of(rule, "covers.where")))
    if rule.unit.conversion is not None:
        amount = rule.unit.conversion.functional_per_declared
        scope = scope_of(rule, "unit.conversion.functional_per_declared")
        yield from _refused(lambda: quantity(amount, scope))


def _refused(compile_it: Callable[[], object]) -> tuple[Finding, ...]:
    try:
        compile_it()
    except TanbiaoError as error:
        return error.findings
    return ()


def read_rule(data: bytes) -> Rule:
    """Return the rule of a YAML or JSON file. Raises as :func:`parse_rule` and ``parse_text``."""
    document, _ = parse_text(data)
    return parse_rule(document)


@lru_cache(maxsize=64)
def _packaged(folder: str, name: str) -> bytes | None:
    path = resources.files("tanbiao.data").joinpath(folder, name)
    return path.read_bytes() if path.is_file() else None


def packaged_names(folder: str) -> list[str]:
    """Return the document files of a packaged folder, sorted."""
    entries = resources.files("tanbiao.data").joinpath(folder).iterdir()
    return sorted(entry.name for entry in entries if entry.name.endswith(".yaml"))


def find_document(folder: str, name: str, data_dir: Path | str | None) -> bytes | None:
    """Return the bytes of ``DIR/folder/name``, else of the packaged file, else None."""
    if data_dir is not None:
        own = Path(data_dir) / folder / name
        if own.is_file():
            return own.read_bytes()
    return _packaged(folder, name)


@lru_cache(maxsize=64)
def _parsed(data: bytes) -> Rule:
    return read_rule(data)


def load_rule(reference: str, *, data_dir: Path | str | None = None) -> Rule:
    """Return a rule by ``id@version``.

    Parameters
    ----------
    data_dir
        A folder whose ``rules/`` is searched before the packaged rules.

    Raises
    ------
    TanbiaoError
        ``rule_unknown`` with the nearest references.
    """
    rule_id, _, version = reference.partition("@")
    safe = bool(rule_id) and all(char.isalnum() or char in "-." for char in rule_id + version)
    data = find_document("rules", f"{rule_id}@{version}.yaml", data_dir) if safe and version else None
    if data is None:
        raise TanbiaoError.of("rule_unknown", "rule", rule=reference, near=suggest(reference, list_references()))
    return _parsed(data)


def list_references() -> list[str]:
    """Return ``id@version`` of the packaged rules."""
    return [name.removesuffix(".yaml") for name in packaged_names("rules")]


def list_rules() -> list[Rule]:
    """Return the packaged rules, by reference."""
    return [load_rule(reference) for reference in list_references()]
