"""Our own documents (study, rule, scheme) as YAML or JSON text, read strictly.

Read from the event stream of the parser, never through a constructor: every scalar stays text until the schema types
it (no ``NO`` = false, no dates, no ``1_000``), tags, anchors, aliases, merge keys, duplicate keys and a second
document are refused, size and depth are bounded, and the line and column of every value are kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from tanbiao.core.findings import TanbiaoError

MAX_BYTES = 5 * 1024 * 1024
MAX_DEPTH = 40
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})

Position = tuple[int, int]
"""Line and column, both from 1."""


def parse_text(data: bytes, *, max_bytes: int = MAX_BYTES) -> tuple[Any, dict[str, Position]]:
    """Read YAML or JSON bytes into mappings, lists and text, with positions.

    Returns
    -------
    document, positions
        Scalars are ``str``; a key without a value (or ``null``) is None. Items of a list are named by their
        ``id`` in the paths of ``positions``, else by ``[index]``.

    Raises
    ------
    TanbiaoError
        ``file_too_large``, ``not_utf8``, ``yaml_syntax``, ``yaml_anchor``, ``yaml_alias``, ``yaml_tag``,
        ``yaml_duplicate_key``, ``yaml_key_not_text``, ``yaml_too_deep``, ``yaml_several_documents``, ``yaml_empty``;
        its ``where`` is ``line:column``.
    """
    if len(data) > max_bytes:
        raise TanbiaoError.of("file_too_large", size=len(data), limit=max_bytes)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TanbiaoError.of("not_utf8", f"byte {error.start}") from error
    builder = _Builder()
    try:
        for event in _events(text):
            builder.take(event)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or str(error).split("\n", 1)[0]
        place = f"{mark.line + 1}:{mark.column + 1}" if mark is not None else ""
        raise TanbiaoError.of("yaml_syntax", place, reason=str(reason)) from error
    if not builder.documents:
        raise TanbiaoError.of("yaml_empty")
    positions: dict[str, Position] = {}
    return builder.documents[0].plain("", positions), positions


def _events(text: str) -> Iterator[Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    yield from yaml.parse(text, Loader=loader)


@dataclass(slots=True)
class _Node:
    """A value with its place; mappings keep their keys in order."""

    at: Position
    value: Any

    def plain(self, path: str, positions: dict[str, Position]) -> Any:
        positions[path] = self.at
        if isinstance(self.value, dict):
            body = {}
            for key, node in self.value.items():
                body[key] = node.plain(f"{path}.{key}" if path else key, positions)
            return body
        if isinstance(self.value, list):
            return [node.plain(f"{path}{node.step(index)}", positions) for index, node in enumerate(self.value)]
        return self.value

    def step(self, index: int) -> str:
        if isinstance(self.value, dict):
            name = self.value.get("id")
            if name is not None and isinstance(name.value, str) and name.value:
                return f".{name.value}"
        return f"[{index}]"


def _at(event: Any) -> Position:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _refuse(code: str, event: Any, **params: Any) -> TanbiaoError:
    line, column = _at(event)
    return TanbiaoError.of(code, f"{line}:{column}", **params)


class _Builder:
    """Builds nodes from parser events."""

    def __init__(self) -> None:
        self.documents: list[_Node] = []
        self._stack: list[tuple[_Node, list[Any]]] = []

    def take(self, event: Any) -> None:
        """Take the next event."""
        if isinstance(event, yaml.AliasEvent):
            raise _refuse("yaml_alias", event, name=str(event.anchor))
        if isinstance(event, yaml.NodeEvent):
            self._check(event)
        if isinstance(event, yaml.DocumentStartEvent) and self.documents:
            raise _refuse("yaml_several_documents", event)
        if isinstance(event, yaml.ScalarEvent):
            plain_null = not event.style and event.value in _NULLS  # the C parser says '' where the other says None
            self._add(_Node(_at(event), None if plain_null else event.value), event)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            if len(self._stack) >= MAX_DEPTH:
                raise _refuse("yaml_too_deep", event, limit=MAX_DEPTH)
            node = _Node(_at(event), {} if isinstance(event, yaml.MappingStartEvent) else [])
            self._add(node, event)
            self._stack.append((node, []))
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._stack.pop()

    def _check(self, event: Any) -> None:
        if event.anchor is not None:
            raise _refuse("yaml_anchor", event, name=str(event.anchor))
        if getattr(event, "tag", None) is not None:
            raise _refuse("yaml_tag", event, tag=str(event.tag))

    def _add(self, node: _Node, event: Any) -> None:
        if not self._stack:
            self.documents.append(node)
            return
        parent, pending = self._stack[-1]
        if isinstance(parent.value, list):
            parent.value.append(node)
        elif not pending:
            pending.append(self._key(parent, node, event))
        else:
            parent.value[pending.pop()] = node

    def _key(self, parent: _Node, node: _Node, event: Any) -> str:
        if not isinstance(node.value, str) or node.value == "<<":
            raise _refuse("yaml_key_not_text", event)
        if node.value in parent.value:
            first = parent.value[node.value].at[0]
            raise _refuse("yaml_duplicate_key", event, key=node.value, first=first)
        return node.value
