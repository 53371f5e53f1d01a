"""What each clause of a category rule is aligned to in international documents: equal, modified or none, and why.

A record stands beside the rule and not in it: a foreign document changes without the rule, and an issued rule keeps
its hash. Facts only: a clause number names where it was read, and no sentence of a standard is here. Of the packaged
rules the common sections are compared once, and what is particular to a rule stands under its id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Final, Literal, Self, get_args

from pydantic import Field, model_validator

from tanbiao.core.catalogue.framework import Framework, load_framework
from tanbiao.core.catalogue.framework_model import Read, Standard
from tanbiao.core.catalogue.load import FOLDER
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.rules.load import read_model
from tanbiao.core.rules.model import Rule, SectionName
from tanbiao.core.rules.parts import Clause, Id, Line, Part, Title, Version
from tanbiao.core.strict_text import parse_text
from tanbiao.core.study.parse import suggest

Degree = Literal["equal", "modified", "none"]
DEGREES: Final = get_args(Degree)
INTERNATIONAL: Final = ("international", "foreign", "consortium")
"""Kinds of standards that a rule may be aligned to here; national ones stand in the framework's own table."""


class AlignedClause(Part):
    """One clause of a rule beside one document: its clause there (where there is one), how near, and why."""

    clause: Clause
    document: Id
    degree: Degree
    at: Line | None = None
    read: Read | None = None
    """How much of the document was seen when the number was taken; ``cited``: it was not read itself."""
    source: Line | None = None
    reason: Title

    @model_validator(mode="after")
    def _cited(self) -> Self:
        if self.degree != "none" and (self.at is None or self.source is None or self.read is None):
            raise ValueError("what is equal or modified names the clause, where it was read, and how")
        return self


class PackagedLine(Part):
    """A line of the package: a section of a rule, and the topic under which the framework has the clause's number."""

    section: SectionName
    document: Id
    degree: Degree
    topic: Id | None = None
    reason: Title

    @model_validator(mode="after")
    def _placed(self) -> Self:
        if self.degree != "none" and self.topic is None:
            raise ValueError("what is equal or modified names the topic whose clause it is")
        return self


class AlignmentGroup(Part):
    """Lines that hold for some rules, by their ids."""

    rules: tuple[Id, ...] = Field(min_length=1)
    lines: tuple[PackagedLine, ...] = Field(min_length=1)


class AlignmentSet(Part):
    """The records of the packaged rules: lines that hold for every rule with the section, and lines of some rules."""

    tanbiao: Literal["rule-alignment-set/1"]
    version: Version
    common: tuple[PackagedLine, ...]
    groups: tuple[AlignmentGroup, ...]


@dataclass(frozen=True, slots=True)
class ClauseRow:
    """A clause of a rule with what was said of it; without lines nobody compared it yet."""

    clause: str
    section: str
    lines: tuple[AlignedClause, ...]


def clauses_of(rule: Rule) -> dict[str, str]:
    """Return the clauses of a rule by their numbers: number → section."""
    numbered = [(section.clause, name) for name, section in rule.sections.items() if section.clause is not None]
    return dict(sorted(numbered, key=lambda one: natural(one[0])))


def natural(clause: str) -> tuple[tuple[int, str], ...]:
    """Return what clauses are sorted by: ``4.10`` after ``4.9``, letters after numbers."""
    return tuple((int(part), "") if part.isdigit() else (2**31, part) for part in clause.split("."))


def home_of(clause: str, own: Iterable[str]) -> str | None:
    """Return the rule's clause under which a clause stands: its own, or the nearest above it; None: there is none."""
    above = [one for one in own if clause == one or clause.startswith(f"{one}.")]
    return max(above, key=len, default=None)


def rows(rule: Rule, lines: Iterable[AlignedClause]) -> tuple[ClauseRow, ...]:
    """Return every clause of a rule with its lines; one of ``4.2`` stands with ``4`` where there is no ``4.2``."""
    own, said = clauses_of(rule), tuple(lines)
    return tuple(
        ClauseRow(clause, section, tuple(line for line in said if home_of(line.clause, own) == clause))
        for clause, section in own.items()
    )


def documents_of(lines: Iterable[AlignedClause]) -> tuple[str, ...]:
    """Return the ids of the documents that lines name, each once, in order."""
    return tuple(dict.fromkeys(line.document for line in lines))


def packaged(rule: Rule) -> tuple[AlignedClause, ...]:
    """Return what the package says of a rule's clauses; () for a rule without sections."""
    known, framework, numbers = load_alignments(), load_framework(), clauses_of(rule)
    own = [line for group in known.groups if rule.id in group.rules for line in group.lines]
    return tuple(
        _resolved(clause, line, framework)
        for clause, name in numbers.items()
        for line in (*known.common, *own)
        if line.section == name
    )


def _resolved(clause: str, line: PackagedLine, framework: Framework) -> AlignedClause:
    at = read = source = None
    if line.topic is not None and line.degree != "none":
        topic = next(item for item in framework.alignment.topics if item.id == line.topic)
        cell = topic.cell(line.document)
        assert cell is not None, "load_alignments has looked"
        known = framework.standards.sources[cell.source]
        at, read, source = cell.clause, known.read, known.title
    return AlignedClause(
        clause=clause, document=line.document, degree=line.degree, at=at, read=read, source=source, reason=line.reason
    )


def check_lines(rule: Rule, lines: Sequence[tuple[str, AlignedClause]], framework: Framework) -> list[Finding]:
    """Return what is wrong with lines, given with their places: clauses that the rule lacks, documents, repetitions."""
    return list(_wrong(rule, lines, framework))


def _wrong(rule: Rule, lines: Sequence[tuple[str, AlignedClause]], framework: Framework) -> Iterator[Finding]:
    own, seen = clauses_of(rule), dict[tuple[str, str, str], str]()
    for where, line in lines:
        if home_of(line.clause, own) is None:
            known = ", ".join(own) or "—"
            yield finding("alignment_clause_unknown", Severity.ERROR, where, clause=line.clause, known=known)
        yield from document_wrong(line.document, where, framework)
        key = (line.clause, line.document, line.at or "")
        if key in seen:
            yield finding("alignment_twice", Severity.ERROR, where, clause=line.clause, first=seen[key])
        seen.setdefault(key, where)


def document_wrong(document: str, where: str, framework: Framework) -> Iterator[Finding]:
    """Find a document that the framework lacks, or one that is no international one."""
    found = framework.by_id.get(document)
    if found is None:
        near = suggest(document, [item.id for item in international(framework)])
        yield finding("alignment_document_unknown", Severity.ERROR, where, document=document[:64], near=near)
    elif found.kind not in INTERNATIONAL:
        yield finding("alignment_document_national", Severity.ERROR, where, document=found.number or found.id)


def international(framework: Framework) -> tuple[Standard, ...]:
    """Return the documents that a rule may be aligned to."""
    return tuple(item for item in framework.standards.standards if item.kind in INTERNATIONAL)


@lru_cache(maxsize=1)
def load_alignments() -> AlignmentSet:
    """Return the packaged records, checked.

    Raises
    ------
    TanbiaoError
        ``catalogue_malformed``, ``catalogue_name_unknown``: a document, or a topic without that document's clause.
    """
    root = resources.files("tanbiao.data").joinpath(FOLDER, "framework")
    document, _ = parse_text(root.joinpath("rule-alignment.yaml").read_bytes())
    known, framework = read_model(AlignmentSet, document, "catalogue_malformed"), load_framework()
    cells = {(topic.id, cell.standard) for topic in framework.alignment.topics for cell in topic.cells}
    wrong = [
        finding(
            "catalogue_name_unknown", Severity.BLOCKING, f"rule-alignment.{name}", name=f"{line.topic}/{line.document}"
        )
        for name, lines in (("common", known.common), *((one.rules[0], one.lines) for one in known.groups))
        for line in lines
        if line.document not in framework.by_id or (line.degree != "none" and (line.topic, line.document) not in cells)
    ]
    if wrong:
        raise TanbiaoError(*wrong)
    return known
