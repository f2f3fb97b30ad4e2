"""The reference of the public names, from `netsim.__all__` and the docstrings."""

from __future__ import annotations

import inspect
import types
from typing import Any

import netsim
from docs.pages import NOTE

_HEAD = """
# Python

The names of `import netsim as ns`. Importing it loads nothing heavy; each name is looked up when it is first used.
What a script looks like: [the end of the tutorial](../tutorial.md#the-same-in-python).
"""


def page() -> str:
    """Return the page."""
    return NOTE + _HEAD + "".join(_entry(name, getattr(netsim, name)) for name in sorted(netsim.__all__, key=str.lower))


def _entry(name: str, thing: Any) -> str:
    text = f"\n## {name}\n\n`{thing.__module__}`\n"
    if inspect.isclass(thing):
        if not issubclass(thing, Exception) and not thing.__module__.endswith("scenario"):
            text += _call(name, thing)
        text += "\n" + _words(thing)
        kinds = property | classmethod | staticmethod | types.FunctionType
        members = [
            (member, value)
            for each in reversed(thing.__mro__)
            if each.__module__.partition(".")[0] == "netsim"
            for member, value in vars(each).items()
            if not member.startswith("_") and isinstance(value, kinds) and inspect.getdoc(getattr(thing, member))
        ]
        for member, value in members:
            shown = member if isinstance(value, property) else member + _signature(getattr(thing, member))
            text += f"\n- **`.{shown}`** {_first(getattr(thing, member) if not isinstance(value, property) else value)}"
        return text + ("\n" if members else "")
    return text + _call(name, thing) + "\n" + _words(thing)


def _call(name: str, thing: Any) -> str:
    return f"\n```text\n{name}{_signature(thing)}\n```\n"


class _Bare:
    """An annotation that prints without quotes."""

    def __init__(self, text: object) -> None:
        self.text = str(text).replace("netsim.", "")

    def __repr__(self) -> str:
        return self.text


def _signature(thing: Any) -> str:
    found = inspect.signature(thing)
    empty = inspect.Parameter.empty
    mine = [
        parameter if parameter.annotation is empty else parameter.replace(annotation=_Bare(parameter.annotation))
        for place, parameter in enumerate(found.parameters.values())
        if place or parameter.name != "self"
    ]
    result = found.return_annotation
    told = empty if result in (empty, None, "None") else _Bare(result)
    return str(found.replace(parameters=mine, return_annotation=told))


def _words(thing: Any) -> str:
    return _code(inspect.getdoc(thing) or "") + "\n"


def _first(thing: Any) -> str:
    return " ".join(_code((inspect.getdoc(thing) or "").partition("\n\n")[0]).split())


def _code(text: str) -> str:
    return text.replace("``", "`")
