"""Overlays laid on a tree: collections merge by name, records by field, values are replaced whole, null removes.

What is a collection, a record or a value is read off the declarations (`netsim.spec.shapes`). Two overlays may not set
one field, whatever they set it to, and a null must hit something.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from netsim.errors import Fault, did_you_mean
from netsim.spec.faults import origin_of
from netsim.spec.reading import Origin, Path, show_path
from netsim.spec.shapes import Shape

__all__ = ["Change", "Layer", "Merge", "copy_lines", "copy_tree", "refuse_sections"]


@dataclass(frozen=True, slots=True)
class Change:
    """One "old -> new" of an overlay: *old* is None for what was added, *new* is None for what was removed."""

    path: str
    old: Any
    new: Any
    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}: {_brief(self.old)} -> {_brief(self.new)}  ({self.file}:{self.line})"


@dataclass(slots=True)
class Layer:
    """A part of a file to lay on a tree, and the origin of each of its paths."""

    tree: dict[str, Any]
    lines: Mapping[Path, Origin]


@dataclass(slots=True)
class Merge:
    """A tree under its overlays: *tree* and *lines* as they are now, *changes* and *faults* as they came."""

    tree: dict[str, Any]
    lines: dict[Path, Origin]
    changes: list[Change] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    _claims: dict[Path, Origin] = field(default_factory=dict)
    _before: dict[Path, Origin] = field(default_factory=dict)

    def lay(self, layer: Layer, shape: Shape, *, path: Path = ()) -> None:
        """Lay one overlay on the tree; *shape* is that of the root, *path* where the layer's tree belongs."""
        target: dict[str, Any] = self.tree
        for part in path:
            shape = shape.child(str(part))
            target = target.setdefault(str(part), {})
        self._lay(target, layer.tree, shape, path, layer, quiet=False)

    def seal(self) -> None:
        """End the present overlay: what it set is what the next one may not set again."""
        self._before.update(self._claims)
        self._claims.clear()

    def remove(self, path: Path, origin: Origin) -> None:
        """Remove what stands at *path* because of a null at *origin*, and note the change."""
        target = self.tree
        for part in path[:-1]:
            target = target[str(part)]
        old = target.pop(str(path[-1]))
        drop_lines(self.lines, path, old)
        self.changes.append(Change(show_path(path), old, None, origin.file, origin.line))

    def _lay(
        self, old: dict[str, Any], new: dict[str, Any], shape: Shape, path: Path, layer: Layer, *, quiet: bool
    ) -> None:
        for key, value in new.items():
            here = (*path, key)
            child = shape.child(key)
            origin = origin_of(here, layer.lines)
            if value is None:
                self._remove(old, key, here, origin)
            elif child.is_value or not isinstance(value, dict) or not isinstance(old.get(key, {}), dict):
                self._replace(old, key, value, here, layer, quiet=quiet)
            elif key in old:
                self._lay(old[key], value, child, here, layer, quiet=quiet)
            else:
                old[key] = {}
                self.lines[here] = origin
                hide = child.is_record
                if not value:
                    self._claim(here, origin, whole=True)
                self._lay(old[key], value, child, here, layer, quiet=quiet or hide)
                if hide and not quiet:
                    self.changes.append(Change(show_path(here), None, copy_tree(old[key]), origin.file, origin.line))

    def _replace(self, old: dict[str, Any], key: str, value: Any, path: Path, layer: Layer, *, quiet: bool) -> None:
        origin = origin_of(path, layer.lines)
        if not self._claim(path, origin, whole=isinstance(old.get(key), dict)):
            return
        before = old.get(key)
        old[key] = copy_tree(value)
        drop_lines(self.lines, path, before)
        copy_lines(value, layer.lines, path, into=self.lines, target=path)
        if not quiet and before != value:
            self.changes.append(Change(show_path(path), before, value, origin.file, origin.line))

    def _remove(self, old: dict[str, Any], key: str, path: Path, origin: Origin) -> None:
        if not self._claim(path, origin, whole=True):
            return
        if key not in old:
            remedy = did_you_mean(key, old) or "leave it out, or name what is there"
            what = "null removes, but there is nothing to remove"
            self.faults.append(Fault(origin.file, origin.line, show_path(path), what, remedy))
            return
        self.remove(path, origin)

    def _claim(self, path: Path, origin: Origin, *, whole: bool) -> bool:
        """Note that this overlay sets *path* (*whole*: and all below it); False if another overlay has set it."""
        other = next((self._before[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self._before), None)
        if other is None and whole:
            other = next((at for known, at in self._before.items() if known[: len(path)] == path), None)
        self._claims[path] = origin
        if other is None:
            return True
        what = f"is set by another overlay too, at {other.file}:{other.line}"
        remedy = "two overlays may not set one field: leave it to one of them"
        self.faults.append(Fault(origin.file, origin.line, show_path(path), what, remedy))
        return False


def refuse_sections(layer: Layer, *, kind: str) -> list[Fault]:
    """Return the faults of an overlay that edits what its *kind* (``design`` or ``variant``) may not."""
    faults = []
    for section in layer.tree:
        origin = origin_of((section,), layer.lines)
        if kind == "design" and section == "world":
            what = "a design may not change the world"
            remedy = "put this into a scenario variant (`variant: NAME`) and list it in the study"
        elif kind == "variant" and section in {"network", "policies"}:
            what = "a variant holds the world only"
            remedy = "put this into a design (`design: NAME`)"
        elif section in {"start", "currency", "netsim", "name"}:
            what, remedy = f"a {kind} may not change it", "it belongs to the scenario"
        elif section in {"windows", "replications", "seed", "compare"}:
            what, remedy = f"a {kind} may not say how it is measured", "put this into a study (`study: NAME`)"
        else:
            continue
        faults.append(Fault(origin.file, origin.line, section, what, remedy))
    return faults


def copy_lines(
    value: Any, source: Mapping[Path, Origin], path: Path, *, into: dict[Path, Origin], target: Path
) -> None:
    """Copy the origins of *value*, which stands at *path* in *source*, to *target* in the map *into*."""
    if path in source:
        into[target] = source[path]
    items: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, item in items:
        if isinstance(item, dict | list):
            copy_lines(item, source, (*path, key), into=into, target=(*target, key))
        elif (origin := source.get((*path, key))) is not None:
            into[(*target, key)] = origin


def copy_tree(value: Any) -> Any:
    """Return a copy of a plain tree of mappings and lists, which shares no part with it or within itself."""
    if isinstance(value, dict):
        return {key: copy_tree(item) if isinstance(item, dict | list) else item for key, item in value.items()}
    if isinstance(value, list):
        return [copy_tree(item) if isinstance(item, dict | list) else item for item in value]
    return value


def drop_lines(lines: dict[Path, Origin], path: Path, value: Any) -> None:
    """Forget the origins of *path* and of all below it, where *value* stands."""
    lines.pop(path, None)
    items: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, item in items:
        drop_lines(lines, (*path, key), item)


def _brief(value: Any) -> str:
    if value is None:
        return "(none)"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_brief(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_brief(item) for item in value) + "]"
    return str(value)
