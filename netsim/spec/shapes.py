"""What an overlay may merge: read off the declarations, never guessed from the values."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin

from netsim.spec.records import Record

__all__ = ["VALUE", "Shape", "item_type", "known_fields", "options_of", "shape_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """A record (with *fields*), a collection by name (of *member*), or, with neither, a value replaced whole."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    member: Any = None

    @property
    def is_record(self) -> bool:
        """Whether it merges field by field."""
        return bool(self.fields)

    @property
    def is_collection(self) -> bool:
        """Whether it merges name by name."""
        return self.member is not None

    @property
    def is_value(self) -> bool:
        """Whether it is replaced whole."""
        return not self.fields and self.member is None

    def child(self, key: str) -> Shape:
        """Return the shape of the field or member *key*; what is not declared is a value."""
        if self.member is not None:
            return shape_of(self.member)
        return shape_of(self.fields[key]) if key in self.fields else VALUE


VALUE = Shape()


@cache
def shape_of(annotation: Any) -> Shape:
    """Return the shape of a declared type; of a union, that of its first record or collection."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return shape_of(get_args(annotation)[0])
    if origin in {Union, types.UnionType}:
        shapes = [shape_of(option) for option in get_args(annotation)]
        return next((shape for shape in shapes if not shape.is_value), VALUE)
    if origin is dict:
        return Shape(member=get_args(annotation)[1])
    if isinstance(annotation, type) and issubclass(annotation, Record):
        fields = {name: info.annotation for name, info in annotation.model_fields.items()}
        return Shape(fields=fields)
    return VALUE


def known_fields(annotation: Any, path: tuple[str | int, ...]) -> set[str]:
    """Return the names of all fields that a record at *path* below a declared type may have, in any union branch."""
    found: set[str] = set()
    for option in _options(annotation):
        shape = shape_of(option)
        if not path:
            found |= set(shape.fields)
        elif shape.is_collection:
            found |= known_fields(shape.member, path[1:])
        elif isinstance(path[0], int):
            found |= set().union(*(known_fields(item, path[1:]) for item in get_args(option) if item is not ...))
        elif path[0] in shape.fields:
            found |= known_fields(shape.fields[path[0]], path[1:])
    return found


def _options(annotation: Any) -> list[Any]:
    if get_origin(annotation) is Annotated:
        return _options(get_args(annotation)[0])
    if get_origin(annotation) in {Union, types.UnionType}:
        return [inner for option in get_args(annotation) for inner in _options(option)]
    return [annotation]


def options_of(annotation: Any, marks: tuple[Any, ...] = ()) -> list[tuple[Any, tuple[Any, ...]]]:
    """Return every type that a declared type allows, each with the marks (bounds, how it is written) on it."""
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        spread = [mark for each in more for mark in (getattr(each, "metadata", None) or [each])]
        return options_of(inner, (*marks, *spread))
    if get_origin(annotation) in {Union, types.UnionType}:
        return [option for inner in get_args(annotation) for option in options_of(inner, marks)]
    return [(annotation, marks)]


def item_type(annotation: Any, number: int) -> Any:
    """Return the declared type of item *number* of a list; of what is no list, *annotation* itself."""
    for kind, _ in options_of(annotation):
        if get_origin(kind) is tuple:
            inner = get_args(kind)
            return inner[0] if inner[-1] is ... else inner[min(number, len(inner) - 1)]
    return annotation
