"""What a dry run needs of the platform without its database, so that other processes can do the work.

A study is named by its files in the content store and read where it is judged; a release is found by its hash; the
rules that past studies name are handed over.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca.release import Release
from tanbiao.core.lca.release_find import find_release
from tanbiao.core.rules.dry_run import Past
from tanbiao.core.rules.model import Rule
from tanbiao.web.ledger.stored import read_file


@dataclass(frozen=True, slots=True)
class Stored:
    """A document of the content store: where its file lies, and its hash."""

    path: str
    hash: str


@dataclass(frozen=True, slots=True)
class PastFiles:
    """A revision and its newest result, by their files."""

    id: str
    study: Stored
    result: Stored | None


def read(given: PastFiles) -> Past:
    """Return a past study with its stored result; errors as :func:`tanbiao.web.ledger.stored.read_file`."""
    study = json.loads(read_file(given.study.path, given.study.hash))
    result = None if given.result is None else json.loads(read_file(given.result.path, given.result.hash))
    return Past(given.id, study, result)


def release_of(name: str, hashes: Mapping[str, str], data_dir: str) -> Release:
    """Return an installed release by name.

    Parameters
    ----------
    hashes
        Name of each installed release → the hash that it was installed under.

    Raises
    ------
    TanbiaoError
        ``release_not_installed``; as :func:`tanbiao.core.lca.release_find.find_release`.
    """
    plain = name.partition("@")[0]
    if plain not in hashes:
        raise TanbiaoError.of("release_not_installed", plain, name=plain or "—")
    return find_release(f"{plain}@{hashes[plain]}", data_dir=data_dir)


def rule_of(reference: str, rules: Mapping[str, Rule]) -> Rule:
    """Return a rule that was handed over.

    Raises
    ------
    TanbiaoError
        ``rule_unknown``: the platform has no such rule.
    """
    if reference not in rules:
        raise TanbiaoError.of("rule_unknown", "rule", rule=reference, near="")
    return rules[reference]
