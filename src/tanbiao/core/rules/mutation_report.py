"""Which elements of a rule its worked examples hold in place: each is changed, and an example must break.

An element whose every variant leaves all examples as they were *survives*: the kit would not notice if somebody got it
wrong. A variant that is no rule any more (units that no longer agree) was caught before any example.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

from tanbiao.core.canonical import content_hash
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.rules.kit import FindRelease, Prepared, Tried, prepare, try_one
from tanbiao.core.rules.load import parse_rule
from tanbiao.core.rules.model import CheckRule, Rule
from tanbiao.core.rules.mutations import Mutant, mutants
from tanbiao.core.rules.own_checks import compile_check
from tanbiao.core.rules.prescribed import cited
from tanbiao.core.study.background import Background
from tanbiao.core.study.circular import FIXED_BY_RULE
from tanbiao.core.study.expression_parser import parse

ALWAYS: Final = ("goal.application", "product.name", "unit.declared", "period", "gwp", "boundary")
"""Places without which a document is no study: a rule's report can't miss them."""

WORDS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "gas": ("gas",), "fuel": ("fuel",), "electricity": ("supply", "region", "proof"),
}  # fmt: skip
"""Activity → words of a row that are empty (or no) of every row of another: a row is of one activity only."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One variant, tried; ``broke`` names the example that noticed, ``refused`` that it is no rule."""

    element: str
    before: str
    after: str
    broke: str = ""
    refused: bool = False

    @property
    def caught(self) -> bool:
        """Whether an example noticed, or the variant could not even be read."""
        return bool(self.broke) or self.refused


@dataclass(frozen=True, slots=True)
class Report:
    """What became of every variant of a rule."""

    rule: str
    trials: tuple[Trial, ...]
    idle: Mapping[str, str] = field(default_factory=dict)
    """Element that changes nothing whatever a study holds → the code that says why."""
    why: Mapping[str, str] = field(default_factory=dict)
    """Element that survives → the code that says why no example noticed."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Element that survives → hash of the part of the rule that it stands in and of the examples: whatever is said of
    it holds as long as neither changes."""

    @property
    def elements(self) -> tuple[str, ...]:
        """Every element that was changed, in the order of the document."""
        return tuple(dict.fromkeys(item.element for item in self.trials))

    @property
    def survivors(self) -> tuple[str, ...]:
        """Elements that could matter and of which no variant broke an example."""
        held = {item.element for item in self.trials if item.caught}
        return tuple(name for name in self.elements if name not in held and name not in self.idle)

    def findings(self) -> list[Finding]:
        """Return one warning that counts and names the elements that survive; none where every element is held."""
        if not self.survivors:
            return []
        count, of = len(self.survivors), len(self.elements)
        names = ", ".join(self.survivors)
        return [finding("rule_elements_unheld", Severity.WARNING, "examples", count=count, of=of, elements=names)]

    def variants(self, element: str) -> str:
        """Return the variants of an element in words: ``0.01 → 0.005; 0.01 → 0.02``."""
        return "; ".join(f"{item.before} → {item.after}" for item in self.trials if item.element == element)

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            "rule": self.rule,
            "elements": len(self.elements),
            "held": len(self.elements) - len(self.survivors) - len(self.idle),
            "idle": [{"element": name, "why": code} for name, code in self.idle.items()],
            "survivors": list(self.survivors),
            "open": [{"element": name, "why": code, "key": self.keys[name]} for name, code in self.why.items()],
            "variants": [
                {
                    "element": item.element,
                    "before": item.before,
                    "after": item.after,
                    "broke": item.broke or None,
                    "refused": item.refused,
                }
                for item in self.trials
            ],
        }


def mutation_report(
    rule: Rule,
    find_release: FindRelease,
    folder: Path | None = None,
    told: Callable[[float], None] | None = None,
) -> Report:
    """Change every element of a rule and try its examples on each variant.

    Parameters
    ----------
    told
        Is told after every variant which share of them (0 to 1) has been tried.

    Raises
    ------
    TanbiaoError
        ``rule_example_failed``: an example fails on the rule as it is, so that nothing could be told.
    """
    find = opened(find_release)
    prepared = _passing(rule, find, folder)
    changed = tuple(mutants(rule))
    trials: list[Trial] = []
    for item in changed:
        trials.append(_try(item, prepared, find))
        if told is not None:
            told(len(trials) / len(changed))
    held = {item.element for item in trials if item.caught}
    reasons = {name: idle(rule, name) for name in dict.fromkeys(item.element for item in trials) if name not in held}
    cant = {name: code for name, code in reasons.items() if code is not None}
    why = {name: _unnoticed(name, prepared) for name in reasons if name not in cant}
    return Report(rule.reference, tuple(trials), cant, why, _keys(rule, why, prepared))


def _keys(rule: Rule, elements: Iterable[str], prepared: Sequence[Prepared]) -> dict[str, str]:
    body = rule.canonical()
    examples = content_hash([[one.example.model_dump(mode="json"), one.document] for one in prepared])
    return {
        name: content_hash({"element": name, "part": part_of(body, name), "examples": examples}) for name in elements
    }


def part_of(body: Mapping[str, Any], element: str) -> Any:
    """Return the part of a rule's document that an element stands in: one entry of a list by its name, else a section.

    Entries without a name of their own (``defaults.default-2``) stand for the whole list.
    """
    head, _, rest = element.partition(".")
    found = body.get(head)
    if isinstance(found, list):
        name = rest.split(".")[0]
        return next((one for one in found if isinstance(one, dict) and name in _names(one)), found)
    return found


def _names(entry: Mapping[str, Any]) -> set[str]:
    return {str(entry[key]) for key in ("id", "name", "check") if key in entry}


def _unnoticed(element: str, prepared: Sequence[Prepared]) -> str:
    """Return the code that says why no example noticed: none follows the scenario, none takes the default, or else."""
    studies = [one.study for one in prepared if one.study is not None]
    part, _, rest = element.partition(".")
    name, _, inner = rest.partition(".")
    if part == "scenarios" and inner not in ("mandatory", "stage") and not any(name in cited(one) for one in studies):
        return "element_open_scenario"
    if part == "defaults" and not any(row.default == name for one in studies for _, row in one.rows()):
        return "element_open_default"
    return "element_open_unnoticed"


def opened(find_release: FindRelease) -> FindRelease:
    """Return a finder that opens each release once."""
    known: dict[str, Background] = {}

    def find(name: str) -> Background:
        if name not in known:
            known[name] = find_release(name)
        return known[name]

    return find


def unheld(rule: Rule, find: FindRelease, folder: Path | None = None) -> dict[str, list[Mutant]]:
    """Return the elements that no example holds and that could matter, each with its variants."""
    prepared = _passing(rule, find, folder)
    variants: dict[str, list[Mutant]] = {}
    for mutant in mutants(rule):
        variants.setdefault(mutant.element, []).append(mutant)
    return {
        element: some
        for element, some in variants.items()
        if idle(rule, element) is None and not any(_try(item, prepared, find).caught for item in some)
    }


def _passing(rule: Rule, find: FindRelease, folder: Path | None) -> list[Prepared]:
    prepared = prepare(rule, folder)
    failed = [item for item in (try_one(rule, one, find) for one in prepared) if not item.passed]
    if failed:
        raise TanbiaoError(*(item.finding() for item in failed))
    return prepared


def idle(rule: Rule, element: str) -> str | None:
    """Return the code that says why an element changes nothing whatever a study holds; None where it can matter."""
    if element == "gwp_mix.above" and rule.gwp_mix is not None and rule.gwp_mix.other_or_unknown in (None, 1.0):
        return "element_idle_no_cap"
    if element == "declared_value.at_limit" and rule.grade is None:
        return "element_idle_no_grade"
    if element == "electricity.counts.contract" and "green_certificate" in rule.electricity.counts:
        return "element_idle_contract"
    if element.startswith("allocation.recycling_parameters.") and element.split(".")[2] not in FIXED_BY_RULE:
        return "element_idle_parameter"
    if element in {f"scenarios.{item.id}.stage" for item in rule.scenarios if not item.mandatory}:
        return "element_idle_optional_scenario"
    if element.startswith("processes.") and element.endswith(".stage"):
        name = element.removeprefix("processes.").removesuffix(".stage")
        if not next(item for item in rule.processes if item.id == name).required:
            return "element_idle_optional_process"
    if element.startswith("report_sections.") and element.split(".", 2)[2] in ALWAYS:
        return "element_idle_always_there"
    if element.startswith("checks.") and element.endswith(".each.activity"):
        check = next(item for item in rule.checks if item.id == element.split(".")[1])
        return "element_idle_words_of_activity" if _passes_elsewhere(rule, check) else None
    return None


def _passes_elsewhere(rule: Rule, check: CheckRule) -> bool:
    """Return whether a check of the rows of one activity would pass on any row of another.

    So it does where it reads nothing but words that no other activity has, and passes where these are empty.
    """
    activity = None if check.each is None else check.each.activity
    words = WORDS_OF.get(activity or "", ())
    read = {name.removeprefix("row.") for name in parse(check.expect).names()}
    if check.when is not None or not read <= set(words):
        return False
    none: Any = SimpleNamespace(**dict.fromkeys(words, ""))
    holds: bool = compile_check(rule, check)[1](none, none)
    return holds


def _try(mutant: Mutant, prepared: Sequence[Prepared], find_release: FindRelease) -> Trial:
    before, after = mutant.before, mutant.after
    try:
        changed = parse_rule(mutant.document)
    except TanbiaoError:
        return Trial(mutant.element, before, after, refused=True)
    noticed = next((item for item in _tries(changed, prepared, find_release) if not item.passed), None)
    return Trial(mutant.element, before, after, "" if noticed is None else noticed.example)


def _tries(rule: Rule, prepared: Sequence[Prepared], find_release: FindRelease) -> Iterable[Tried]:
    """Try the examples one by one, so that the first that breaks ends it."""
    for item in prepared:
        yield try_one(rule, item, find_release)
