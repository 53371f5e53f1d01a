"""A third party's tool against a rule's worked examples: inputs go out as a pack, its answers come back and are scored.

The pack holds what a tool needs (the rule, each example's study, the factors used, names of checks and findings) and no
expected answer. A score says only that answers agree with the examples; it is no certification of the tool.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import Field

from tanbiao.core.canonical import content_hash
from tanbiao.core.findings import Severity, TanbiaoError, catalogue, explain, finding
from tanbiao.core.rules.built_in import of_rule
from tanbiao.core.rules.kit import Answer, FindRelease, Prepared, Tried, judge, prepare
from tanbiao.core.rules.kit_file import examples_of
from tanbiao.core.rules.load import read_model
from tanbiao.core.rules.model import Example, Rule
from tanbiao.core.rules.outcome import TITLES, title
from tanbiao.core.rules.parts import Id, Line, Part
from tanbiao.core.study.calculation import Settings, account
from tanbiao.core.study.ledger import Entry
from tanbiao.core.study.package import may_be_passed_on

PACK: Final = "rule-pack/1"
ANSWERS: Final = "rule-answers/1"
REPORT: Final = "rule-conformity/1"
STATEMENT: Final = {
    "zh": "本报告只说明该工具对规则算例的回答是否与预期一致，不是对工具的认证，也不代表规则具有官方效力。",
    "en": "This report says only whether the tool's answers agree with the worked examples of the rule. It certifies "
    "no tool, and it lends the rule no official standing.",
}
_CODES: Final = ("rule_", "stage_", "cut_off", "check_", "unit_", "gwp_", "power_", "offset", "allocation")
"""Beginnings of codes that a tool may name; all that an example expects are listed as well."""


class Tool(Part):
    """The tool whose answers these are."""

    name: Line
    version: Line
    maker: Line | None = None


class ToldFinding(Part):
    """A finding by its code, with its place in the study."""

    code: Line
    where: str = ""
    severity: Severity = Severity.ERROR
    said: dict[Id, Line] = Field(default_factory=dict)
    """Its parameters by name."""


class CaseAnswer(Part):
    """What the tool says to one case; no total where it gives none."""

    id: Id
    total: float | None = None
    excluding_uptake: float | None = None
    declared: Line | None = None
    grade: Line | None = None
    checks: dict[str, Literal["passed", "failed", "not_run", "waived"]] = Field(default_factory=dict)
    findings: tuple[ToldFinding, ...] = ()
    defaults: dict[Id, Line] = Field(default_factory=dict)
    """Default of the rule that the study's rows take → its value."""


class Answers(Part):
    """The answers to a pack, which ``pack`` names by its hash."""

    tanbiao: Literal["rule-answers/1"]
    pack: Line
    tool: Tool
    answers: tuple[CaseAnswer, ...] = ()


def pack(rule: Rule, find_release: FindRelease, folder: Path | None = None) -> dict[str, Any]:
    """Return the test pack of a rule as JSON values; ``hash`` is over all of it.

    Raises
    ------
    TanbiaoError
        ``rule_without_example``; ``rule_example_failed``: an example's study or a path of its change is not there.
    """
    prepared = prepare(rule, folder)
    if not prepared:
        raise TanbiaoError.of("rule_without_example", "examples")
    broken = [Tried(item.example.id, False, item.broken).finding() for item in prepared if item.broken]
    if broken:
        raise TanbiaoError(*broken)
    codes = _codes([item.example for item in prepared])
    body: dict[str, Any] = {
        "tanbiao": PACK,
        "rule": {"reference": rule.reference, "hash": rule.hash, "standing": rule.standing},
        "document": {key: value for key, value in rule.canonical().items() if key != "examples"},
        "statement": STATEMENT,
        "checks": [_check(rule, name) for name in _check_names(rule)],
        "findings": [{"code": code, "zh": explain(code, "zh"), "en": explain(code, "en")} for code in codes],
        "cases": [_case(rule, item, find_release) for item in prepared],
    }
    return {**body, "hash": content_hash(body)}


def _check_names(rule: Rule) -> list[str]:
    return [name for name, _ in of_rule(rule)] + [item.id for item in rule.checks]


def _check(rule: Rule, name: str) -> dict[str, str]:
    own = next((item for item in rule.checks if item.id == name), None)
    kind = "built_in" if own is None and name in TITLES else "own"
    return {"check": name, "kind": kind, "zh": title(own, name, "zh"), "en": title(own, name, "en")}


def _codes(examples: Sequence[Example]) -> list[str]:
    """Return the codes that a tool may name: many more than the examples expect, so that the list gives none away."""
    expected = {code for item in examples for code in (item.expect_finding, item.expect_no_finding) if code}
    return sorted(expected | {code for code in catalogue() if code.startswith(_CODES)})


def _case(rule: Rule, prepared: Prepared, find_release: FindRelease) -> dict[str, Any]:
    example, study = prepared.example, prepared.study
    body: dict[str, Any] = {
        "id": example.id,
        "title": None if example.title is None else example.title.model_dump(),
        "kind": example.kind,
        "study": {**prepared.document, "rule": rule.reference},
        "release": None,
        "factors": [],
        **({} if example.samples is None else {"samples": example.samples}),
    }
    if study is None:
        return body
    try:
        release = find_release(example.release or study.release or "")
        ledger = account(study, release, Settings.of(rule))[1]
    except TanbiaoError:
        return body
    body["release"] = {"name": release.name, "hash": release.hash}
    body["factors"] = list(_factors(ledger.entries))
    return body


def _factors(entries: tuple[Entry, ...]) -> Iterator[dict[str, Any]]:
    """Yield each factor once: its value where its licence lets it be passed on, else its name alone."""
    seen: set[tuple[str, str]] = set()
    for entry in entries:
        part, dataset = entry.part, entry.part.dataset
        key = (part.gas or "" if dataset is None else dataset.id, part.unit)
        if key in seen:
            continue
        seen.add(key)
        body: dict[str, Any] = {"unit": part.unit}
        if dataset is None:
            body |= {"gas": part.gas}
        else:
            body |= {"dataset": dataset.id, "version": dataset.version, "licence": dataset.licence}
        if dataset is None or may_be_passed_on(dataset):
            kinds = {kind: value for kind, value in part.intensity.kinds.items() if value}
            body |= {"kg_co2e": part.intensity.total, "kinds": kinds}
        yield body


def read_answers(document: Any) -> Answers:
    """Return a tool's answers.

    Raises
    ------
    TanbiaoError
        ``answers_malformed``, ``unknown_key``, ``field_missing``; ``rule_id_twice``: a case answered twice.
    """
    found = read_model(Answers, document, "answers_malformed")
    names = [item.id for item in found.answers]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise TanbiaoError(*(finding("rule_id_twice", Severity.BLOCKING, f"answers.{name}", id=name) for name in twice))
    return found


def score(rule: Rule, given_out: Mapping[str, Any], answers: Answers, folder: Path | None = None) -> dict[str, Any]:
    """Return the conformity report of a tool, unsigned, as JSON values.

    Parameters
    ----------
    given_out
        The rule's pack, as :func:`pack` makes it.
    folder
        As for the pack: the rule file's own folder.

    Raises
    ------
    TanbiaoError
        ``answers_of_another_pack``: the answers name another pack than this one.
    """
    if answers.pack != given_out["hash"]:
        raise TanbiaoError.of("answers_of_another_pack", "pack", named=answers.pack, expected=str(given_out["hash"]))
    given = {item.id: item for item in answers.answers}
    examples = examples_of(rule, folder)
    tried = [
        judge(example, _answer(given[example.id])) if example.id in given else Tried(example.id, False, "no answer")
        for example in examples
    ]
    passed = sum(item.passed for item in tried)
    return {
        "tanbiao": REPORT,
        "rule": given_out["rule"],
        "pack": given_out["hash"],
        "tool": answers.tool.model_dump(),
        "answers": content_hash(answers.model_dump(mode="json")),
        "conforms": passed == len(tried),
        "passed": passed,
        "failed": len(tried) - passed,
        "cases": [{"id": item.example, "passed": item.passed, "reason": item.reason or None} for item in tried],
        "unknown_cases": sorted(set(given) - {item.id for item in examples}),
        "statement": STATEMENT,
    }


def _answer(given: CaseAnswer) -> Answer:
    told = tuple(finding(item.code, item.severity, item.where, **item.said) for item in given.findings)
    return Answer(given.total, told, given.checks, given.declared, given.excluding_uptake, given.grade, given.defaults)
