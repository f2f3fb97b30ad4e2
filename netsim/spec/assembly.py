"""A scenario and its overlays put together into one resolved tree, with the origin of every value.

Order: nodes, world and policies merge by the declarations; a variant's ``adjust`` scales the world; defaults go into
the nodes; lane keys are written out layer by layer against the nodes that there are now, and merge; last, policies
keyed by selectors are resolved to names of nodes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from netsim.errors import Fault
from netsim.spec.adjusting import adjust_world
from netsim.spec.faults import origin_of
from netsim.spec.files import ScenarioFile
from netsim.spec.lanes import expand_lanes
from netsim.spec.overlay import Change, Layer, Merge, copy_lines, copy_tree, drop_lines
from netsim.spec.reading import Document, Origin, Path, show_path
from netsim.spec.selectors import NODES, Spot, parse_lane_key, parse_selector, resolve_keys, split_keys
from netsim.spec.shapes import Shape, shape_of
from netsim.spec.ways import written_end
from netsim.units import QuantityError

__all__ = ["Assembled", "assemble"]

SECTIONS = ("world", "network", "policies")


@dataclass(slots=True)
class Assembled:
    """The resolved *tree*, the origin of each path in it, what overlays changed, and the faults met."""

    tree: dict[str, Any]
    lines: dict[Path, Origin]
    changes: list[Change]
    faults: list[Fault] = field(default_factory=list)


def assemble(base: Document, overlays: Sequence[Document]) -> Assembled:
    """Return the resolved tree of a scenario document under its overlays, laid in the order given."""
    root = shape_of(ScenarioFile)
    layers = [_layer(document) for document in (base, *overlays)]
    merge = Merge(tree={}, lines={})
    merge.tree = copy_tree(layers[0].rest)
    merge.lines = dict(layers[0].lines)
    adjusts: list[tuple[Any, _Layer]] = []
    gone: dict[str, Origin] = {}
    excluded: list[tuple[str, str, Origin]] = []
    for layer in layers[1:]:
        if "adjust" in layer.rest.get("world", {}):
            adjusts.append((layer.rest["world"].pop("adjust"), layer))
        nodes = layer.rest.get("network", {}).get("nodes", {})
        gone.update({name: origin_of(("network", "nodes", name), layer.lines) for name in nodes if nodes[name] is None})
        excluded += _take_exclusions(layer, merge.tree)
        merge.lay(Layer(layer.rest, layer.lines), root)
        merge.seal()
    nodes = merge.tree.setdefault("network", {}).setdefault("nodes", {})
    gone = {name: origin for name, origin in gone.items() if name not in nodes}
    faults = [*merge.faults, *(fault for layer in layers for fault in layer.faults)]
    _apply_defaults(merge, root)
    spots = _spots(merge, faults)
    for adjust, layer in adjusts:
        changes, found = adjust_world(merge.tree["world"], adjust, layer.lines, spots=spots)
        merge.changes += changes
        faults += found
    _lay_lanes(merge, layers, root, spots=spots, gone=gone, faults=faults)
    _resolve_policies(merge, root, spots=spots, gone=gone, excluded=excluded, faults=faults)
    return Assembled(merge.tree, merge.lines, merge.changes, faults)


@dataclass(slots=True)
class _Layer:
    """One file: its lanes apart from the rest, whose policy keys name one selector each."""

    rest: dict[str, Any]
    lanes: dict[str, Any]
    lines: dict[Path, Origin]
    faults: list[Fault]


def _layer(document: Document) -> _Layer:
    lines, faults = dict(document.lines), list[Fault]()
    is_base = "netsim" in document.tree
    rest = {key: value for key, value in document.tree.items() if is_base or key in SECTIONS}
    network = dict(rest.get("network", {}))
    lanes = network.pop("lanes", {})
    rest = {**rest, "network": network} if "network" in rest else rest
    policies = dict(rest.get("policies", {}))
    for name in _keyed(policies):
        split, new_lines = split_keys(policies[name], lines, ("policies", name), faults=faults)
        policies[name] = split
        lines.update(new_lines)
    rest = {**rest, "policies": policies} if "policies" in rest else rest
    if "world" in rest:
        rest["world"] = dict(rest["world"])
    return _Layer(rest, lanes, lines, faults)


def _keyed(policies: dict[str, Any]) -> list[str]:
    """Return the policies whose keys are selectors."""
    shape = shape_of(ScenarioFile).child("policies")
    return [name for name in policies if shape.child(name).is_collection and isinstance(policies[name], dict)]


def _take_exclusions(layer: _Layer, below: dict[str, Any]) -> list[tuple[str, str, Origin]]:
    """Take ``NAME: null`` out of a layer's policies where only a wider selector below can mean the node."""
    taken = []
    policies = layer.rest.get("policies", {})
    for policy in _keyed(policies):
        known = below.get("policies", {}).get(policy, {})
        for key in [key for key, value in policies[policy].items() if value is None and key not in known]:
            del policies[policy][key]
            taken.append((policy, key, origin_of(("policies", policy, key), layer.lines)))
    return taken


def _apply_defaults(merge: Merge, root: Shape) -> None:
    """Put ``network.defaults.<kind>`` under every node of the kind, records merging by field."""
    network = merge.tree["network"]
    defaults = network.get("defaults", {})
    shape = root.child("network").child("nodes").child("")
    for name, node in network["nodes"].items():
        kind = node.get("kind") if isinstance(node, dict) else None
        given = defaults.get(kind) if isinstance(kind, str) and isinstance(defaults, dict) else None
        if isinstance(given, dict):
            _fill(node, given, shape, ("network", "nodes", name), ("network", "defaults", str(kind)), merge.lines)


def _fill(
    node: dict[str, Any], given: dict[str, Any], shape: Shape, path: Path, source: Path, lines: dict[Path, Origin]
) -> None:
    for key, value in given.items():
        if key not in node:
            node[key] = copy_tree(value)
            copy_lines(value, lines, (*source, key), into=lines, target=(*path, key))
        elif isinstance(node[key], dict) and isinstance(value, dict) and not shape.child(key).is_value:
            _fill(node[key], value, shape.child(key), (*path, key), (*source, key), lines)


def _spots(merge: Merge, faults: list[Fault]) -> dict[str, Spot]:
    """Return every place that a selector may name; a name of two places is a fault."""
    spots: dict[str, Spot] = {}
    homes: dict[str, Path] = {}
    world, network = merge.tree.get("world", {}), merge.tree["network"]
    for section, holder, kind in (("nodes", network, ""), ("zones", world, "zone"), ("fleets", world, "fleet")):
        members = holder.get(section, {})
        for name, record in members.items() if isinstance(members, dict) else ():
            path: Path = ("network" if section == "nodes" else "world", section, name)
            if name in spots:
                origin, other = origin_of(path, merge.lines), origin_of(homes[name], merge.lines)
                what = f"`{name}` is the name of another place too, at {other.file}:{other.line}"
                remedy = "rename one of them; lanes could not tell them apart"
                faults.append(Fault(origin.file, origin.line, show_path(path), what, remedy))
                continue
            fields = record if isinstance(record, dict) else {}
            spots[name] = Spot(
                kind or str(fields.get("kind")), str(fields.get("country", "")), _point(fields.get("at"))
            )
            homes[name] = path
    return spots


def _point(at: Any) -> tuple[float, float] | None:
    if isinstance(at, list) and len(at) == 2 and all(isinstance(x, int | float) for x in at):
        return float(at[0]), float(at[1])
    return None


def _lay_lanes(
    merge: Merge,
    layers: Sequence[_Layer],
    root: Shape,
    *,
    spots: dict[str, Spot],
    gone: dict[str, Origin],
    faults: list[Fault],
) -> None:
    path: Path = ("network", "lanes")
    drop_lines(merge.lines, path, layers[0].lanes)
    merge.tree["network"]["lanes"] = {}
    for number, layer in enumerate(layers):
        _tell_gone_lanes(merge, layer, gone)
        below = list(merge.tree["network"]["lanes"])
        written = Layer(layer.lanes, layer.lines)
        single = expand_lanes(written, spots=spots, gone=gone, below=below, faults=faults)
        if number == 0:
            merge.tree["network"]["lanes"] = copy_tree(single.tree)
            merge.lines.update(single.lines)
            continue
        before = len(merge.faults)
        merge.lay(Layer({"network": {"lanes": single.tree}}, single.lines), root)
        merge.seal()
        faults += merge.faults[before:]


def _tell_gone_lanes(merge: Merge, layer: _Layer, gone: dict[str, Origin]) -> None:
    """Note the lanes that go along with removed nodes."""
    for key, record in layer.lanes.items() if gone else ():
        try:
            parsed = parse_lane_key(key)
        except QuantityError:
            continue
        for left in parsed.left:
            for right in parsed.right:
                name = left.text if left.text in gone else right.text
                if name in gone and record is not None:
                    arrow = "<->" if parsed.both else "->"
                    text = f"{left.text} {arrow} {right.text}" + (f" / {parsed.label}" if parsed.label else "")
                    at = gone[name]
                    merge.changes.append(Change(show_path(("network", "lanes", text)), record, None, at.file, at.line))


def _resolve_policies(
    merge: Merge,
    root: Shape,
    *,
    spots: dict[str, Spot],
    gone: dict[str, Origin],
    excluded: list[tuple[str, str, Origin]],
    faults: list[Fault],
) -> None:
    policies = merge.tree.get("policies", {})
    for policy in _keyed(policies):
        mapping = policies[policy]
        path: Path = ("policies", policy)
        for name in [name for name in mapping if name in gone]:
            merge.remove((*path, name), gone[name])
        whole = root.child("policies").child(policy).child("").is_value
        if whole:
            _forget_targets(merge, mapping, path, gone)
        for _, name, origin in [entry for entry in excluded if entry[0] == policy]:
            _exclude(merge, mapping, (*path, name), name, origin, spots, faults)
        written = dict(mapping)
        policies[policy] = resolve_keys(mapping, merge.lines, path, spots=spots, whole=whole, faults=faults)
        for key in [key for key in written if key not in policies[policy]]:
            drop_lines(merge.lines, (*path, key), written[key])
    for policy, _, origin in excluded:
        if policy not in policies:
            what = "null removes, but there is nothing to remove"
            faults.append(Fault(origin.file, origin.line, show_path(("policies", policy)), what, "leave it out"))


def _forget_targets(merge: Merge, mapping: dict[str, Any], path: Path, gone: dict[str, Origin]) -> None:
    """Take removed nodes out of sources and ways back."""
    for key, value in list(mapping.items()):
        ways = value if isinstance(value, list) else [value]
        lost = [end for way in ways if (end := written_end(way)) is not None and end in gone]
        if not lost:
            continue
        left = [way for way in ways if written_end(way) not in lost]
        at = gone[lost[0]]
        if not left:
            merge.remove((*path, key), at)
            continue
        mapping[key] = left
        merge.changes.append(Change(show_path((*path, key)), value, left, at.file, at.line))


def _exclude(
    merge: Merge,
    mapping: dict[str, Any],
    path: Path,
    name: str,
    origin: Origin,
    spots: dict[str, Spot],
    faults: list[Fault],
) -> None:
    spot = spots.get(name)
    covered = spot is not None and spot.kind in NODES and any(_covers(key, name, spot) for key in mapping)
    if not covered:
        what = "null removes, but there is nothing to remove"
        faults.append(Fault(origin.file, origin.line, show_path(path), what, "leave it out, or name what is there"))
        return
    mapping[name] = None
    merge.lines[path] = origin
    merge.changes.append(Change(show_path(path), "(by a wider key)", None, origin.file, origin.line))


def _covers(key: str, name: str, spot: Spot) -> bool:
    try:
        return parse_selector(key).matches(name, spot)
    except QuantityError:
        return False
