"""Strict YAML: a file becomes a plain tree, with the line of every value, and all of its faults.

Read as YAML 1.2 core: ``NO`` and ``18:30`` stay text, keys are always text. Repeated keys, tags, merge keys, several
documents and recursive aliases are refused; size, depth and the number of values (aliases expanded) are bounded.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from netsim.errors import Fault

__all__ = [
    "Document",
    "Origin",
    "Path",
    "decode_text",
    "plain_scalar",
    "read_bytes",
    "read_yaml",
    "read_yaml_text",
    "show_path",
]

Path = tuple[str | int, ...]

LARGEST_FILE = 20_000_000
MOST_VALUES = 200_000
DEEPEST = 40

_INT = re.compile(r"[-+]?\d{1,40}")
_BASED = re.compile(r"0o[0-7]{1,40}|0x[0-9a-fA-F]{1,40}")
_FLOAT = re.compile(r"[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?")
_CONSTANTS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_BARE = re.compile(r"[\w-]+")


class Origin(NamedTuple):
    """Where a value stands: the file, its 1-based line (0: the file says it itself) and, in a table, the column."""

    file: str
    line: int
    column: str = ""


@dataclass(slots=True)
class Document:
    """A file as read: plain *tree*, the origin of each path of it (*lines*), and every fault met on the way."""

    file: str
    tree: dict[str, Any] = field(default_factory=dict)
    lines: dict[Path, Origin] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def origin(self, path: Path) -> Origin:
        """Return the origin of *path*, or of its longest prefix that is known."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return Origin(self.file, 0)

    def fault(self, path: Path, what: str, remedy: str = "") -> None:
        """Note a fault of the value at *path*."""
        file, line, column = self.origin(path)
        self.faults.append(Fault(file, line, show_path(path), f"column `{column}`: {what}" if column else what, remedy))


def show_path(path: Path) -> str:
    """Return *path* as a planner reads it: ``network.lanes["venlo -> madrid"].cost[1]``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _BARE.fullmatch(part):
            text += f".{part}" if text else part
        else:
            text += f'["{part}"]'
    return text


def read_yaml(path: FilePath) -> Document:
    """Return the `Document` of the YAML file at *path*; what cannot be read is a fault, never an exception."""
    document = Document(str(path))
    content = read_bytes(path, document.faults)
    if content is not None:
        text = decode_text(content, document)
        if text is not None:
            document = read_yaml_text(text, str(path))
    return document


def read_yaml_text(text: str, file: str, *, first_line: int = 1) -> Document:
    """Return the `Document` of YAML *text*; *file* and *first_line* say where it stands."""
    document = Document(file)
    builder = _Builder(document, first_line)
    try:
        root = builder.build(text)
    except _Refused:
        return document
    except MarkedYAMLError as error:
        line = error.problem_mark.line + first_line if error.problem_mark is not None else 0
        what = "; ".join(part for part in (error.context, error.problem) if part)
        remedy = (
            "check the indentation, the colons and the brackets here; put quotes around text that holds `: ` or `#`"
        )
        document.faults.append(Fault(file, line, "", f"not YAML: {what}", remedy))
        return document
    except (YAMLError, RecursionError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        document.faults.append(Fault(file, 0, "", f"not YAML: {reason}", "save it as plain UTF-8 text"))
        return document
    document.lines[()] = Origin(file, first_line)
    if root is None:
        document.faults.append(Fault(file, 0, "", "the file is empty", "begin it with `netsim: 1`, `design: NAME` ..."))
    elif not isinstance(root.value, dict):
        remedy = "write `key: value` lines at the top of the file"
        document.faults.append(Fault(file, root.line, "", "the file is not a mapping", remedy))
    else:
        document.tree = _flatten(root, (), document)
    return document


def read_bytes(path: FilePath, faults: list[Fault]) -> bytes | None:
    """Return the content of the regular file at *path*, or ``None`` after noting in *faults* why it cannot be had."""

    def refuse(what: str, remedy: str) -> bytes | None:
        faults.append(Fault(str(path), 0, "", what, remedy))
        return None

    try:
        mode, size = path.stat().st_mode, path.stat().st_size
        if stat.S_ISDIR(mode):
            return refuse("is a folder, not a file", "name the file in it, such as `scenario.yaml`")
        if not stat.S_ISREG(mode):
            return refuse("is not a regular file", "name a file on disk")
        if size > LARGEST_FILE:
            return refuse(f"has {size / 1e6:.0f} MB, the limit is {LARGEST_FILE / 1e6:.0f} MB", "split it into tables")
        return path.read_bytes()
    except FileNotFoundError:
        near = sorted(p.name for p in path.parent.glob(f"*{path.suffix}"))[:5] if path.parent.is_dir() else []
        return refuse("there is no such file", f"beside it: {', '.join(near)}" if near else "check the path")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return refuse(f"cannot be read: {reason}", "check the path and its permissions")


def plain_scalar(text: str) -> Any:
    """Return what unquoted *text* means in YAML 1.2 core: None, a truth value, a number, or the text itself."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INT.fullmatch(text):
        return int(text)
    if _BASED.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text) and len(text) <= 40:
        return float(text)
    return text


def decode_text(content: bytes, document: Document) -> str | None:
    """Return *content* as text, or ``None`` after noting that it is not UTF-8."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        what = "is binary or not UTF-8 text"
        document.faults.append(Fault(document.file, line, "", what, "save it as UTF-8 text"))
        return None
    if "\0" in text:
        document.faults.append(Fault(document.file, 0, "", "is binary, not text", "save it as UTF-8 text"))
        return None
    return text


class _Refused(Exception):  # noqa: N818 - control flow: the fault has been noted
    """Reading cannot go on; the fault has been noted."""


@dataclass(slots=True)
class _Node:
    """A value with its line and the number of values in it, aliases expanded."""

    value: Any
    line: int
    size: int = 1


class _Builder:
    """Builds nodes from parser events, so that bounds are checked before memory is spent."""

    def __init__(self, document: Document, first_line: int) -> None:
        self.document = document
        self.first_line = first_line
        self.anchors: dict[str, _Node | None] = {}
        self.values = 0

    def build(self, text: str) -> _Node | None:
        events = iter(YAML(typ="safe", pure=True).parse(text))
        root: _Node | None = None
        documents = 0
        for event in events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._refuse(event, "holds several documents (`---`)", "write one thing a file", stop=True)
            elif not isinstance(event, DocumentEndEvent) and hasattr(event, "anchor"):
                empty = isinstance(event, ScalarEvent) and event.value == "" and all(event.implicit[:1])
                root = None if empty else self._node(event, events, 0)
        return root

    def _node(self, event: Any, events: Iterator[Any], depth: int) -> _Node:
        line = event.start_mark.line + self.first_line
        if depth > DEEPEST:
            self._refuse(event, f"is nested more than {DEEPEST} deep", "flatten it", stop=True)
        if isinstance(event, AliasEvent):
            node = self.anchors.get(event.anchor)
            if node is None:
                known = event.anchor in self.anchors
                what = f"alias `*{event.anchor}` " + ("stands inside its own anchor" if known else "has no anchor")
                self._refuse(event, what, "write the value out")
                node = _Node(None, line)
            self._count(event, node.size)
            return _Node(node.value, line, node.size)
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        if event.tag is not None and event.tag != "!":
            self._refuse(event, f"has the tag `{event.tag}`", "leave tags out; write plain values")
        self._count(event, 1)
        if isinstance(event, ScalarEvent):
            node = _Node(plain_scalar(event.value) if event.implicit[0] else event.value, line)
        elif isinstance(event, SequenceStartEvent):
            node = self._sequence(line, events, depth)
        else:
            node = self._mapping(event, line, events, depth)
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        return node

    def _sequence(self, line: int, events: Iterator[Any], depth: int) -> _Node:
        items: list[_Node] = []
        for event in events:
            if isinstance(event, SequenceEndEvent):
                break
            items.append(self._node(event, events, depth + 1))
        return _Node(items, line, 1 + sum(item.size for item in items))

    def _mapping(self, start: MappingStartEvent, line: int, events: Iterator[Any], depth: int) -> _Node:
        entries: dict[str, _Node] = {}
        size = 1
        for event in events:
            if isinstance(event, MappingEndEvent):
                break
            key = self._key(event, events, depth)
            value_event = next(events)
            value = self._node(value_event, events, depth + 1)
            size += value.size
            value.line = event.start_mark.line + self.first_line
            if key in entries:
                self._refuse(event, f"key `{key}` is written twice (first on line {entries[key].line})", "keep one")
                continue
            if start.flow_style and _is_nothing(value_event):
                remedy = (
                    f"put quotes around a key with a comma, or write `{key}` on a line of its own without the {{ }}"
                )
                self._refuse(event, f"key `{key}` inside {{ }} has no value: a comma ends a key there", remedy)
            if key:
                entries[key] = value
        return _Node(entries, line, size)

    def _key(self, event: Any, events: Iterator[Any], depth: int) -> str:
        if isinstance(event, ScalarEvent):
            if event.value == "<<" and event.implicit[0]:
                self._refuse(event, "`<<` merges are not part of YAML 1.2", "put shared values into `network.defaults`")
            elif event.value == "":
                self._refuse(event, "a key is empty", "name it")
            return str(event.value)
        self._refuse(event, "a key is a list, a mapping or an alias", "write a name as the key")
        self._node(event, events, depth + 1)
        return ""

    def _count(self, event: Any, size: int) -> None:
        self.values += size
        if self.values > MOST_VALUES:
            what = f"holds more than {MOST_VALUES:,} values once its aliases are written out".replace(",", " ")
            self._refuse(event, what, "keep bulk data in CSV tables; use no aliases of aliases", stop=True)

    def _refuse(self, event: Any, what: str, remedy: str, *, stop: bool = False) -> None:
        line = event.start_mark.line + self.first_line
        self.document.faults.append(Fault(self.document.file, line, "", what, remedy))
        if stop:
            raise _Refused


def _is_nothing(event: Any) -> bool:
    return isinstance(event, ScalarEvent) and event.value == "" and bool(event.implicit[0])


def _flatten(node: _Node, path: Path, document: Document) -> Any:
    document.lines[path] = Origin(document.file, node.line)
    if isinstance(node.value, dict):
        return {key: _flatten(child, (*path, key), document) for key, child in node.value.items()}
    if isinstance(node.value, list):
        return [_flatten(child, (*path, index), document) for index, child in enumerate(node.value)]
    return node.value
