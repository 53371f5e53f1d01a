"""Read label schemes: from a document, or by ``id@version`` from the package and further folders."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.rules.load import find_document, packaged_names, read_model
from tanbiao.core.schemes.model import Scheme
from tanbiao.core.strict_text import parse_text
from tanbiao.core.study.parse import suggest

FOLDER = "schemes"


def parse_scheme(document: Any) -> Scheme:
    """Return the scheme of a document.

    Raises
    ------
    TanbiaoError
        ``scheme_malformed``, ``unknown_key``, ``field_missing``.
    """
    return read_model(Scheme, document, "scheme_malformed")


@lru_cache(maxsize=64)
def read_scheme(data: bytes) -> Scheme:
    """Return the scheme of a YAML or JSON file. Raises as :func:`parse_scheme` and ``parse_text``."""
    return parse_scheme(parse_text(data)[0])


def list_schemes() -> list[Scheme]:
    """Return every version of the packaged schemes, by reference."""
    return [load_scheme(name.removesuffix(".yaml")) for name in packaged_names(FOLDER)]


def newest_schemes() -> list[Scheme]:
    """Return the newest version of each packaged scheme: the demonstration first, then by id."""
    newest = {scheme.id: load_scheme(scheme.id) for scheme in list_schemes()}
    return sorted(newest.values(), key=lambda scheme: (not scheme.is_demonstration, scheme.id))


def load_scheme(reference: str, *, data_dir: Path | str | None = None) -> Scheme:
    """Return a scheme by ``id@version``, or the newest packaged version by ``id``.

    Raises
    ------
    TanbiaoError
        ``scheme_unknown`` with the nearest references.
    """
    known = [name.removesuffix(".yaml") for name in packaged_names(FOLDER)]
    scheme_id, _, version = reference.partition("@")
    if not version:
        versions = [name for name in known if name.partition("@")[0] == scheme_id]
        reference = max(versions, key=_order, default=reference)
    safe = all(char.isalnum() or char in "-.@" for char in reference)
    data = find_document(FOLDER, f"{reference}.yaml", data_dir) if safe else None
    if data is None:
        raise TanbiaoError.of("scheme_unknown", "scheme", scheme=reference, near=suggest(reference, known))
    return read_scheme(data)


def _order(reference: str) -> tuple[int, ...]:
    return tuple(int(part) for part in reference.partition("@")[2].split("."))
