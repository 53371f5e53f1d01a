"""The readers of code tables: what a code is called, and which codes a word names.

A public table is everybody's to see; any other one shows itself only to people who are signed in to this platform, and
leaves it in no file and no open answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from tanbiao.core.dataset.classifications import scheme as known_scheme
from tanbiao.core.dataset.classifications import schemes
from tanbiao.core.dataset.code_tables import key_of
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.catalogue.models import CodeName, CodeTable
from tanbiao.web.commanding import NotFound, allowed

MAX_NAMED = 300
"""Codes that one search word may stand for; a wider word is no help in finding anything (project default)."""
DEEPEST = 12
"""Levels that a table is followed through (project default; no classification here has more than six)."""

Key = tuple[str, str]
"""Classification and code, as :func:`tanbiao.core.dataset.code_tables.key_of` has them."""
Names = Mapping[Key, CodeName]


@dataclass(frozen=True, slots=True)
class Coded:
    """A code as it is shown: as it is written where it stands, and its name in a brought table, if it has one."""

    scheme: str
    code: str
    name_zh: str = ""
    name_en: str = ""

    def name(self, lang: str) -> str:
        """Return the name in a language, else in the other one; empty where no table names the code."""
        return (self.name_en or self.name_zh) if lang == "en" else (self.name_zh or self.name_en)

    def document(self) -> dict[str, str]:
        """Return it as the API has it; names only where a table gives them."""
        said = {"scheme": self.scheme, "code": self.code, "name_zh": self.name_zh, "name_en": self.name_en}
        return {key: value for key, value in said.items() if value}


def tables(actor: Actor, *, every_version: bool = False) -> QuerySet[CodeTable]:
    """Return the code tables the actor may see; older versions only for who may bring new ones."""
    rows = CodeTable.objects.select_related("organisation")
    if not (every_version and allowed(actor, "catalogue.bring_codes")):
        rows = rows.filter(is_current=True)
    return rows.filter(is_public=True) if actor.is_anonymous else rows


def table(actor: Actor, table_id: UUID) -> CodeTable:
    """Return one code table.

    Raises
    ------
    NotFound
        ``code_table_unknown``
    """
    found = tables(actor, every_version=True).filter(id=table_id).first()
    if found is None:
        raise NotFound.of("code_table_unknown", str(table_id))
    return found


def versions(actor: Actor, found: CodeTable) -> QuerySet[CodeTable]:
    """Return the versions of a table that the actor may see, the newest first."""
    return tables(actor, every_version=True).filter(scheme=found.scheme).order_by("-number")


def rows(found: CodeTable, text: str = "", parent: str | None = None) -> QuerySet[CodeName]:
    """Return the codes of a table by code: those whose code begins with ``text`` or whose name has it.

    Parameters
    ----------
    parent
        Only the codes right under this one; empty: the widest ones.
    """
    names = found.names.order_by("code")
    if parent is not None:
        names = names.filter(parent=parent)
    wanted = " ".join(text.split())
    if not wanted:
        return names
    return names.filter(_called(wanted) | Q(code__istartswith=key_of(found.scheme, wanted)[1] or wanted))


def _called(text: str) -> Q:
    return Q(name_zh__icontains=text) | Q(name_en__icontains=text)


def names(actor: Actor, codes: Iterable[tuple[str, str]]) -> Names:
    """Return what brought tables call codes, given as (classification, code) in whatever spelling."""
    keys = {key_of(scheme, code) for scheme, code in codes}
    wanted = {scheme for scheme, _ in keys}
    found: dict[Key, CodeName] = {}
    for one in tables(actor).filter(scheme__in=wanted) if wanted else ():
        mine = [code for scheme, code in keys if scheme == one.scheme]
        for row in one.names.filter(code__in=mine):
            found[one.scheme, row.code] = row
    return found


def coded(actor: Actor, codes: Iterable[tuple[str, str]], known: Names | None = None) -> list[Coded]:
    """Return codes with their names, in their order and as they are written.

    Parameters
    ----------
    known
        What :func:`names` gave for them already, where a page asks for many.
    """
    listed = list(codes)
    called = names(actor, listed) if known is None else known
    made = []
    for scheme, code in listed:
        row = called.get(key_of(scheme, code))
        made.append(Coded(scheme, code, row.name_zh, row.name_en) if row else Coded(scheme, code))
    return made


def named(actor: Actor, text: str) -> list[Key]:
    """Return the codes whose name has a search text, with those under them; none where a word names too many.

    A single letter or digit names nothing; a single Chinese character may.
    """
    wanted = " ".join(text.split())
    if len(wanted.encode()) < 2:
        return []
    found: list[Key] = []
    for one in tables(actor):
        codes = list(one.names.filter(_called(wanted)).values_list("code", flat=True)[: MAX_NAMED + 1])
        known = known_scheme(one.scheme)
        if known is None or not known.levels:
            codes += _below(one, codes)
        if len(codes) <= MAX_NAMED:
            found += [(one.scheme, code) for code in codes]
    return found


def _below(one: CodeTable, codes: list[str]) -> list[str]:
    """Return the codes of a table under others, where the codes themselves do not tell."""
    found, level = list[str](), codes
    for _ in range(DEEPEST):
        level = list(one.names.filter(parent__in=level[:MAX_NAMED]).values_list("code", flat=True)[: MAX_NAMED + 1])
        level = [code for code in level if code not in found and code not in codes]
        if not level or len(found) > MAX_NAMED:
            break
        found += level
    return found


def stands_under(code: Key, others: Iterable[Key]) -> bool:
    """Whether a code is one of these, or a narrower one of the same classification."""
    scheme, plain = code
    known = known_scheme(scheme)
    by_beginning = known is not None and bool(known.levels)
    return any(
        scheme == other and (plain == wide or (by_beginning and plain.startswith(wide))) for other, wide in others
    )


def known_schemes() -> list[tuple[str, str, str]]:
    """Return id, Chinese and English name of the classifications whose codes have a known form."""
    return [(one.id, one.zh, one.en) for one in schemes().values()]
