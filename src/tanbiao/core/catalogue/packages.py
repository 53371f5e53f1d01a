"""Find what stands behind a rule: is it complete, do its examples pass, what does its model rest on.

The rule's own test kit and its model studies are run once; what is found is kept beside the rules
(``data/catalogue/packages.json``, written by ``scripts/build_packages.py``), so that a list of them costs nothing.
"""

from __future__ import annotations

from tanbiao.core.catalogue.facts import ModelFacts, PackageFacts
from tanbiao.core.findings import Severity, TanbiaoError
from tanbiao.core.rules.completeness import completeness
from tanbiao.core.rules.declared import headline
from tanbiao.core.rules.kit import FindRelease, study_bytes, try_examples
from tanbiao.core.rules.model import Example, Rule
from tanbiao.core.strict_text import parse_text
from tanbiao.core.study.calculation import calculate
from tanbiao.core.study.model import Study


def find_facts(rule: Rule, find_release: FindRelease, replaced_by: str | None = None) -> PackageFacts:
    """Return the facts of a rule by running its test kit and its model studies."""
    tried = try_examples(rule, find_release)
    models = tuple(_model(rule, item, find_release) for item in rule.examples if _is_model(item))
    return PackageFacts(
        rule=rule.reference,
        hash=rule.hash,
        standing=rule.standing,
        title=rule.title.model_dump(),
        categories=rule.covers.categories,
        missing=tuple(f"{item.code} {item.where}" for item in completeness(rule, Severity.WARNING)),
        examples=len(tried),
        failed=tuple(item.example for item in tried if not item.passed),
        failing=sum(bool(item.expect_finding) or isinstance(item.expect_failed, tuple) for item in rule.examples),
        basis=_basis(rule, models),
        replaced_by=replaced_by,
        models=models,
    )


def _basis(rule: Rule, models: tuple[ModelFacts, ...]) -> str:
    if models:
        return "inventory"
    return "arithmetic" if all(item.kind == "arithmetic" for item in rule.examples) else "unsaid"


def _is_model(example: Example) -> bool:
    """Whether an example is the rule's model as it stands: a cited inventory, unchanged."""
    return example.kind == "inventory" and example.change is None


def _model(rule: Rule, example: Example, find_release: FindRelease) -> ModelFacts:
    document, _ = parse_text(study_bytes(example.study))
    study, findings = Study.parse({**document, "rule": rule.reference})
    if study is None:
        raise TanbiaoError(*findings)
    body = calculate(study, find_release(example.release or study.release or ""), rule, samples=0).document
    return ModelFacts(
        example=example.id,
        study=example.study,
        release=body["versions"]["release"],
        value=float(f"{headline(rule, body):.6g}"),
        unit=body["total"]["unit"],
        completeness=body["total"]["completeness"],
        stand_in_share=None if body["unknown"] else round(sum(item["share"] for item in body["stand_ins"]), 4),
        unknown=len(body["unknown"]),
        source=example.source or "",
    )
