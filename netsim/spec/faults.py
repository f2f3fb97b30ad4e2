"""What pydantic found wrong, told as faults: each at its line, with a remedy, and once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from netsim.errors import Fault, did_you_mean
from netsim.spec.reading import Origin, Path, show_path
from netsim.spec.records import Record
from netsim.spec.shapes import known_fields
from netsim.units import QuantityError

__all__ = ["explain", "origin_of", "same_once", "translate"]

_STRUCTURE = {"model_type", "dict_type", "tuple_type", "list_type", "model_attributes_type", "string_type"}


def translate(
    error: ValidationError, tree: Any, *, lines: Mapping[Path, Origin], model: type[Record], path: Path = ()
) -> list[Fault]:
    """Return one fault for each mistake in *error*, raised by validating *tree*, which stands at *path*.

    *lines* gives the origin of each full path (the longest known prefix is used), *model* is what it was validated as,
    for names that were meant. Where a union was tried, only the branches that fit the kind of the value are told.
    """
    grouped: dict[Path, list[ErrorDetails]] = {}
    for details in error.errors(include_url=False):
        grouped.setdefault(_inside(tree, details["loc"]), []).append(details)
    faults = []
    for inner, group in grouped.items():
        value = _value_at(tree, inner)
        deeper = any(other[: len(inner)] == inner and len(other) > len(inner) for other in grouped)
        branches = [details for details in group if _is_branch(details["loc"], inner)]
        told = [details for details in group if details not in branches]
        if branches and not (deeper and isinstance(value, dict | list)):
            told += _fitting(branches, value)
        for details in told:
            what, remedy = _message(details, inner, tree, model)
            place = origin_of((*path, *inner), lines)
            what = f"column `{place.column}`: {what}" if place.column else what
            faults.append(Fault(place.file, place.line, show_path((*path, *inner)), what, remedy))
    return faults


def explain(error: ValidationError) -> str:
    """Return the mistakes that *error* tells in one line, for values that were given in Python or on a command line."""
    told = []
    for details in error.errors(include_url=False):
        place = show_path(tuple(part for part in details["loc"] if not str(part)[:1].isupper() and part != "int"))
        cause = details.get("ctx", {}).get("error")
        what = f"{cause.what} · {cause.remedy}" if isinstance(cause, QuantityError) else details["msg"]
        told.append(f"{place}: {what}" if place else what)
    return "; ".join(dict.fromkeys(told))


def origin_of(path: Path, lines: Mapping[Path, Origin]) -> Origin:
    """Return the origin of the longest prefix of *path* that *lines* knows."""
    for length in range(len(path), -1, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return Origin("", 0)


def same_once(faults: Iterable[Fault]) -> list[Fault]:
    """Return *faults* without those that tell one mistake again by another path (a default, or a list of lanes)."""
    kept: dict[tuple[str, int, str, str], Fault] = {}
    for fault in faults:
        key = (fault.file, fault.line, fault.what, fault.remedy if fault.line else fault.path)
        if key not in kept or len(fault.path) < len(kept[key].path):
            kept[key] = fault
    return list(kept.values())


def _inside(tree: Any, location: tuple[str | int, ...]) -> Path:
    """Return the part of pydantic's location that is a path of the tree; names of union branches are left out."""
    path: list[str | int] = []
    value = tree
    for part in location:
        if part == "[key]":
            continue
        if _holds(value, part):
            value = value[part]
        elif isinstance(part, str) and (part[:1].isupper() or "[" in part or part in {"str", "int", "float", "bool"}):
            continue
        elif isinstance(value, Mapping) and isinstance(part, str):
            path.append(part)
            break
        else:
            continue
        path.append(part)
    return tuple(path)


def _holds(value: Any, part: str | int) -> bool:
    if isinstance(value, list):
        return isinstance(part, int) and part < len(value)
    return isinstance(value, Mapping) and part in value


def _value_at(tree: Any, path: Path) -> Any:
    for part in path:
        try:
            tree = tree[part]
        except (KeyError, IndexError, TypeError):
            return None
    return tree


def _is_branch(location: tuple[str | int, ...], inner: Path) -> bool:
    """Whether a location ends in the name of a union branch, rather than in a part of the tree or a bad key."""
    return bool(location) and location[-1] != "[key]" and location[-1:] != inner[-1:]


def _fitting(group: list[ErrorDetails], value: Any) -> list[ErrorDetails]:
    """Return the errors of the union branches that the value was meant for."""
    if isinstance(value, dict | list):
        kept = [details for details in group if details["type"] not in {"string_type", "int_type", "literal_error"}]
        structural = [details for details in kept if details["type"] in _STRUCTURE]
        kept = [details for details in kept if details not in structural] or structural
        written = [details for details in kept if _quantity_error(details) is None]
        return written or kept[:1] or group[:1]
    kept = [details for details in group if details["type"] not in _STRUCTURE]
    return (kept or group)[:1]


def _quantity_error(details: ErrorDetails) -> QuantityError | None:
    error = details.get("ctx", {}).get("error")
    return error if isinstance(error, QuantityError) else None


def _message(details: ErrorDetails, path: Path, tree: Any, model: type[Record]) -> tuple[str, str]:
    quantity = _quantity_error(details)
    if quantity is not None:
        return quantity.what, quantity.remedy
    kind, context = details["type"], details.get("ctx", {})
    if kind == "extra_forbidden":
        known = sorted(known_fields(model, path[:-1]) - set(_value_at(tree, path[:-1]) or ()))
        hint = did_you_mean(str(path[-1]), known) or did_you_mean(str(path[-1]), known_fields(model, path[:-1]))
        return "unknown field", hint or (f"its fields are {', '.join(known[:12])}" if known else "leave it out")
    if kind == "missing" and isinstance(details["loc"][-1], int):
        return f"`{_short(_value_at(tree, path))}` has too few items", "`netsim schema` lists what each field takes"
    if kind == "missing":
        return "is missing", f"add `{path[-1]}`" if path else "add it"
    if kind in {"model_type", "dict_type", "model_attributes_type"}:
        return f"`{_short(details['input'])}` is not a mapping", "write `key: value` lines, or { key: value }"
    if kind in {"tuple_type", "list_type"}:
        return f"`{_short(details['input'])}` is not a list", "write it such as `[first, second]`"
    if kind == "literal_error":
        choices = str(context.get("expected", "")).replace("'", "`")
        hint = did_you_mean(str(details["input"]), choices.replace("`", "").replace(" or ", ", ").split(", "))
        return f"`{_short(details['input'])}` is not one of {choices}", hint or "write one of them"
    message = details["msg"].removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    return f"`{_short(details['input'])}`: {message}", _remedy(kind, context)


def _remedy(kind: str, context: Mapping[str, Any]) -> str:
    for bound, words in (("gt", "above"), ("ge", "at least"), ("lt", "below"), ("le", "at most")):
        if bound in context:
            return f"write a value {words} {context[bound]}"
    return {
        "bool_type": "write true or false",
        "bool_parsing": "write true or false",
        "int_type": "write a whole number",
        "int_parsing": "write a whole number",
        "int_from_float": "write a whole number",
        "float_type": "write a number",
        "float_parsing": "write a number",
        "finite_number": "write a finite number",
        "string_type": "write a text; put quotes around a number or a truth value",
    }.get(kind, "write another value; `netsim schema` lists what each field takes")


def _short(value: object) -> str:
    text = "an empty value" if value is None else str(value)
    return text if len(text) <= 60 else text[:57] + "..."
