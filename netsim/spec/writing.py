"""A resolved tree as YAML text: blocks for what holds collections, one line for what holds plain values only.

Written by hand, as a general writer takes half a minute for a network of 4,000 outlets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from netsim.spec.reading import plain_scalar

__all__ = ["write_tree"]

_WIDTH = 110
_INDICATORS = "-?:,[]{}#&*!|>'\"%@`"
_NOT_IN_FLOW = re.compile(r"[,\[\]{}?]")
_LIKE_A_DATE = re.compile(r"\d{4}-\d\d?-\d\d?(?:$|[Tt \t])")
_WITH_MEANING = re.compile(r": |:$| #|^\.(?:inf|nan)$|^<<$|^=$", re.IGNORECASE)


def write_tree(tree: Mapping[str, Any]) -> str:
    """Return *tree*, plain mappings, lists and values, as YAML text that `netsim.spec.reading` reads as the same."""
    return "".join(f"{line}\n" for line in _block(tree, 0, _Texts()))


class _Texts:
    """Values as text; the same few words stand in every outlet."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, bool], str] = {}

    def of(self, value: Any, *, flow: bool) -> str:
        """Return the text of a value that is no collection, inside { } or [ ] if *flow*."""
        if type(value) is str:
            found = self._known.get((value, flow))
            if found is None:
                found = self._known[value, flow] = _word(value, flow=flow)
            return found
        if value is None:
            return "null"
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, float):
            text = repr(value)
            return text if "." in text else text.replace("e", ".0e")
        return str(value)


def _word(text: str, *, flow: bool) -> str:
    if not text.isprintable():
        return '"' + "".join(_escaped(mark) for mark in text) + '"'
    plain = (
        text
        and text == text.strip()
        and text[0] not in _INDICATORS
        and plain_scalar(text) == text
        and not _WITH_MEANING.search(text)
        and not _LIKE_A_DATE.match(text)
        and not (flow and _NOT_IN_FLOW.search(text))
    )
    if plain:
        return text
    return f'"{text}"' if "'" in text and not re.search(r'["\\]', text) else "'" + text.replace("'", "''") + "'"


def _escaped(mark: str) -> str:
    if mark in '"\\':
        return f"\\{mark}"
    return mark if mark.isprintable() else f"\\U{ord(mark):08X}"


def _block(value: Any, depth: int, texts: _Texts) -> Iterator[str]:
    """Yield the lines of a collection that holds others, *depth* steps in."""
    margin = "  " * depth
    if isinstance(value, Mapping):
        for key, item in value.items():
            head = f"{margin}{texts.of(key, flow=False)}:"
            if _is_leaf(item):
                yield from _leaf(head, item, depth + 1, texts)
            else:
                yield head
                yield from _block(item, depth if isinstance(item, list) else depth + 1, texts)
        return
    for item in value:
        if _is_leaf(item):
            yield from _leaf(f"{margin}-", item, depth + 1, texts)
        else:
            first, *rest = _block(item, depth + 1, texts)
            yield f"{margin}- {first.lstrip()}"
            yield from rest


def _is_leaf(value: Any) -> bool:
    if isinstance(value, Mapping):
        return not any(isinstance(item, Mapping | list) for item in value.values())
    return not isinstance(value, list) or not any(isinstance(item, Mapping | list) for item in value)


def _leaf(head: str, value: Any, depth: int, texts: _Texts) -> Iterator[str]:
    """Yield the lines of what holds plain values only: one, or more where it is wide."""
    if isinstance(value, Mapping):
        items = [f"{texts.of(key, flow=True)}: {texts.of(item, flow=True)}" for key, item in value.items()]
        begin, end = "{", "}"
    elif isinstance(value, list):
        items, begin, end = [texts.of(item, flow=True) for item in value], "[", "]"
    else:
        yield f"{head} {texts.of(value, flow=False)}"
        return
    line, first = f"{head} {begin}", True
    for item in items:
        if not first and len(line) + len(item) + 3 > _WIDTH:
            yield f"{line},"
            line = "  " * depth + item
        else:
            line += item if first else f", {item}"
        first = False
    yield line + end
