"""The network on the map: real borders, zones by population, nodes by kind and size, lanes by mode and flow.

Far-away places do not shrink the country that matters: they are named at the edge, in the direction in which they
lie, and shown on the small overview map.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from netsim.errors import ModelError
from netsim.network.geography import BORDER_NOTE, borders, disputed, distance_km
from netsim.network.graph import Link, links, places
from netsim.view.map_layout import Extent, choose_extent, place_labels
from netsim.view.style import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, SKY, VERMILLION, figure, label_of, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from netsim.network.graph import Network

__all__ = ["draw_network"]

_MODES: dict[str, tuple[str, Any]] = {
    "air": (BLUE, "-"),
    "sea": (SKY, "-"),
    "road": (GREEN, "-"),
    "express": (VERMILLION, "-"),
    "courier": (PURPLE, (0, (3, 0.8))),
    "lateral": (ORANGE, (0, (3, 2))),
}
_SPARE = ((GREY, "-"), (INK, "-"), (INK, (0, (4, 2))), (GREY, (0, (1, 1))))
_KINDS = {
    "outlet": ("o", "Outlet", "white"),
    "warehouse": ("s", "Warehouse", INK),
    "factory": ("^", "Repair factory", INK),
    "supplier": ("*", "Supplier", INK),
}
_LAND, _HOME, _SEA = "#EFEFEC", "#FBF8EE", "#DCE8F0"


def draw_network(
    network: Network,
    *,
    title: str,
    subtitle: str = "",
    flows: Mapping[str, float] | None = None,
    sizes: Mapping[str, float] | None = None,
    size_name: str = "technicians",
) -> Figure:
    """Return the map of a network.

    *flows* maps a lane (``A -> B / LABEL``) to the consignments that it carried: widths follow them, and unused lanes
    are faint. *sizes* maps a node to a number that its mark grows with (default: its technicians), *size_name* says
    what it is. Raise `ModelError` for a network without any place on the map.
    """
    found: list[tuple[str, dict[str, Any]]] = sorted(network.nodes(data=True), key=lambda node: node[0])  # type: ignore[arg-type]
    points = {name: data for name, data in found if data.get("lat") is not None}
    if not points:
        raise ModelError("nothing to draw: no zone or node has a place · give them `at: [latitude, longitude]`")
    extent = choose_extent([(d["lat"], d["lon"], d["kind"]) for d in points.values()])
    made = figure(title, subtitle=subtitle, width=12, height=7.6)
    with styled():
        axes = made.add_axes((0.012, 0.05, 0.745, 0.845))
        _draw_land(axes, extent, {_country(d) for d in points.values()})
        inside = {
            name: extent.to_map(d["lat"], d["lon"]) for name, d in points.items() if extent.holds(d["lat"], d["lon"])
        }
        outside = {name: extent.edge(d["lat"], d["lon"]) for name, d in points.items() if name not in inside}
        modes = _draw_lanes(axes, network, {**inside, **outside}, flows)
        zones = _draw_zones(axes, points, inside)
        kinds = _draw_nodes(axes, points, inside, _sizes(points, sizes))
        axes.apply_aspect()  # else names are placed in a frame that is not the one drawn
        taken = _label_far(axes, points, outside, extent)
        named = [n for n in inside if points[n]["kind"] in _KINDS]
        named.sort(key=lambda n: (points[n]["kind"] == "outlet", -_sizes(points, sizes).get(n, 0), n))
        place_labels(axes, [(_name(points[n], n), *inside[n], points[n]["kind"] != "outlet") for n in named], taken,
                     marks=[inside[n] for n in named])  # fmt: skip
        _add_legend(made, modes, kinds, zones=zones, flows=flows, size_name=size_name if kinds else "")
        if outside:
            _draw_overview(made, network, points, extent)
        made.text(0.012, 0.016, BORDER_NOTE, fontsize=8, color=GREY)
    return made


@lru_cache(maxsize=1)
def _world() -> Any:
    return borders()


@lru_cache(maxsize=1)
def _coarse_world() -> Any:
    """Return the outlines of all countries as coarse as a small map can show."""
    coarse = _world().geometry.simplify(0.25)
    return coarse[~coarse.is_empty]


def _draw_land(axes: Axes, extent: Extent, home: set[str]) -> None:
    near = _world().cx[extent.west : extent.east, extent.south : extent.north]
    axes.set_facecolor(_SEA)
    colours = [_HOME if iso in home else _LAND for iso in near["iso"]]
    if len(near):
        near.plot(ax=axes, color=colours, edgecolor="#8A8A8A", linewidth=0.7, zorder=1)
    lines = disputed().cx[extent.west : extent.east, extent.south : extent.north]
    if len(lines):
        lines.plot(ax=axes, color="#8A8A8A", linewidth=0.8, linestyle=(0, (4, 3)), zorder=1.1)
    axes.set_xlim(extent.west, extent.east)
    axes.set_ylim(extent.south, extent.north)
    axes.set_aspect(1 / math.cos(math.radians(extent.middle)), adjustable="box", anchor="NW")
    axes.set_xlabel("")
    axes.set_ylabel("")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(True)
        spine.set_color("#B0B0B0")


def _draw_lanes(
    axes: Axes, network: Network, at: Mapping[str, tuple[float, float]], flows: Mapping[str, float] | None
) -> dict[str, tuple[str, Any]]:
    """Draw every lane between two places; return the look of each mode that is seen."""
    from matplotlib.collections import LineCollection

    spec = places(network)
    lanes = [lane for lane in links(network) if lane.origin in at and lane.destination in at]
    customers = [lane for lane in lanes if "zone" in {_kind(network, lane.origin), _kind(network, lane.destination)}]
    seen: dict[str, tuple[str, Any]] = {}
    most = max(flows.values(), default=0.0) if flows else 0.0
    groups: dict[tuple[str, bool], list[tuple[Any, float]]] = {}
    for lane in lanes:
        if lane.origin not in spec or lane.destination not in spec or at[lane.origin] == at[lane.destination]:
            continue
        look = _look(lane)
        seen.setdefault(look, (INK, "-"))
        is_customer = lane in customers
        flow = flows.get(lane.key, 0.0) if flows else 0.0
        width = 0.6 + 4.4 * math.sqrt(flow / most) if most and flow else (0.5 if most else 1.3)
        minor = is_customer or look == "lateral"
        groups.setdefault((look, minor), []).append(
            (_arc(at[lane.origin], at[lane.destination]), min(width, 1.0) if minor and not flow else width)
        )
    spare = iter(_SPARE * 10)
    for look in sorted(
        seen, key=lambda name: (name not in _MODES, list(_MODES).index(name) if name in _MODES else 0, name)
    ):
        seen[look] = _MODES[look] if look in _MODES else next(spare)
    for (look, minor), rows in sorted(groups.items(), key=lambda item: (not item[0][1], item[0][0])):
        colour, style = seen[look]
        many = len(rows) > 60
        axes.add_collection(
            LineCollection([line for line, _ in rows], linewidths=[w * (0.6 if minor and many else 1) for _, w in rows],
                           colors=colour, linestyles=[style], alpha=(0.25 if many else 0.45) if minor else 0.75,
                           zorder=2 if minor else 3, capstyle="round" if style == "-" else "butt"),
            autolim=False,
        )  # fmt: skip
        if not minor:
            for line, width in rows:
                _arrow(axes, line, colour, width)
    return {look: seen[look] for look in seen}


def _look(lane: Link) -> str:
    return "lateral" if "lateral" in lane.label else lane.lane.mode


def _arc(a: tuple[float, float], b: tuple[float, float]) -> Any:
    """Return a slightly bent line from *a* to *b*: there and back lie apart."""
    (x0, y0), (x1, y1) = a, b
    t = np.linspace(0, 1, 24)[:, None]
    bend = np.array([(x0 + x1) / 2 - 0.09 * (y1 - y0), (y0 + y1) / 2 + 0.09 * (x1 - x0)])
    return (1 - t) ** 2 * np.array(a) + 2 * t * (1 - t) * bend + t**2 * np.array(b)


def _arrow(axes: Axes, line: Any, colour: str, width: float) -> None:
    axes.annotate(
        "", line[15], line[13], zorder=3.2,
        arrowprops={"arrowstyle": f"-|>,head_width={0.16 + 0.04 * width:.2f},head_length={0.3 + 0.06 * width:.2f}",
                    "color": colour, "linewidth": 0, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 14},
    )  # fmt: skip


def _draw_zones(axes: Axes, points: Mapping[str, Any], inside: Mapping[str, tuple[float, float]]) -> bool:
    zones = [name for name in inside if points[name]["kind"] == "zone"]
    if not zones:
        return False
    weight = np.array(
        [points[name]["spec"].population or points[name]["spec"].units or points[name]["spec"].share for name in zones]
    )
    area = 8 + 500 * weight / weight.max() if weight.max() > 0 else np.full(len(zones), 12.0)
    x, y = zip(*(inside[name] for name in zones), strict=True)
    axes.scatter(x, y, s=area, color="#B39B62", alpha=0.6, linewidth=0, zorder=1.5)
    return True


def _draw_nodes(
    axes: Axes, points: Mapping[str, Any], inside: Mapping[str, tuple[float, float]], sizes: Mapping[str, float]
) -> list[str]:
    """Draw the nodes; return the kinds that the network has, inside or not."""
    most = max(sizes.values(), default=0.0)
    for name, (x, y) in inside.items():
        kind = points[name]["kind"]
        if kind not in _KINDS and kind != "fleet":
            continue
        marker, _, face = _KINDS.get(kind, ("D", "Fleet", "white"))
        share = sizes.get(name, 0.0) / most if most else 0.3
        base = 34 + 90 * share if kind == "outlet" else 105 + 70 * share
        area = base * (1.7 if marker == "*" else 1.0)
        axes.scatter([x], [y], s=area, marker=marker, facecolor=face, edgecolor=INK if face == "white" else "white",
                     linewidth=1.2, zorder=4 if kind == "outlet" else 5)  # fmt: skip
    return [kind for kind in _KINDS if any(d["kind"] == kind for d in points.values())]


def _label_far(
    axes: Axes, points: Mapping[str, Any], outside: Mapping[str, tuple[float, float]], extent: Extent
) -> list[Any]:
    """Name far places at the edge of the map with their distance; return the texts."""
    texts = []
    near: dict[tuple[int, int], int] = {}
    for name, (x, y) in sorted(outside.items(), key=lambda item: item[1]):
        kind = points[name]["kind"]
        if kind not in _KINDS:
            continue
        km = float(distance_km(extent.middle, extent.centre, points[name]["lat"], points[name]["lon"]))
        slot = (round(x), round(y))
        near[slot] = near.get(slot, -1) + 1
        marker, _, face = _KINDS[kind]
        axes.scatter([x], [y], s=130 if marker == "*" else 80, marker=marker, facecolor=face,
                     edgecolor="white" if face != "white" else INK, linewidth=1.2, zorder=6, clip_on=False)  # fmt: skip
        dx, dy, ha, va = extent.inwards(x, y)
        texts.append(axes.annotate(
            f"{_name(points[name], name)}\n{round(km, -2):,.0f} km away", (x, y), xytext=(dx, dy - 28 * near[slot]),
            textcoords="offset points", ha=ha, va=va, fontsize=9.5, fontweight="bold", zorder=7,
            bbox={"boxstyle": "round,pad=0.25", "facecolor": "white", "edgecolor": "#B0B0B0", "alpha": 0.9},
        ))  # fmt: skip
    return texts


def _add_legend(
    made: Figure, modes: Mapping[str, tuple[str, Any]], kinds: Sequence[str], *, zones: bool, flows: Any, size_name: str
) -> None:
    from matplotlib.lines import Line2D

    marks = [
        Line2D([], [], linestyle="", marker=_KINDS[kind][0], markerfacecolor=_KINDS[kind][2], markersize=10,
               markeredgecolor=INK if _KINDS[kind][2] == "white" else "white", label=_KINDS[kind][1])
        for kind in kinds
    ]  # fmt: skip
    if zones:
        marks.append(
            Line2D([], [], linestyle="", marker="o", color="#B39B62", alpha=0.7, markersize=10, label="Demand zone")
        )
    lanes = [
        Line2D([], [], color=colour, linestyle=style, linewidth=2.2, label=label_of(look))
        for look, (colour, style) in modes.items()
    ]
    bold = {"weight": "bold", "size": 10}
    first = made.legend(handles=marks, loc="upper left", bbox_to_anchor=(0.765, 0.905), frameon=False, fontsize=10,
                        title="Places", title_fontproperties=bold, alignment="left")  # fmt: skip
    made.add_artist(first)
    top = 0.905 - 0.045 - 0.0285 * len(marks) - 0.02
    if lanes:
        made.legend(handles=lanes, loc="upper left", bbox_to_anchor=(0.765, top), frameon=False, fontsize=10,
                    title="Lanes by mode", title_fontproperties=bold, alignment="left",
                    handlelength=2.6)  # fmt: skip
        top -= 0.045 + 0.0285 * len(lanes) + 0.02
    notes = ["Zones grow with population."] if zones else []
    if size_name:
        notes.append(f"Nodes grow with {size_name}.")
    if flows:
        notes.append(f"Widest line: {max(flows.values()):,.0f} consignments.")
    notes.append("Arrows show the direction of goods.")
    made.text(0.772, top, "\n".join(notes), fontsize=9, color=GREY, va="top", linespacing=1.5)


def _draw_overview(made: Figure, network: Network, points: Mapping[str, Any], extent: Extent) -> None:
    """Draw a small map of everything, with the lanes between countries as great circles."""
    import matplotlib.patches as patches

    nodes = {n: (d["lat"], _near(d["lon"], extent.centre)) for n, d in points.items() if d["kind"] in _KINDS}
    lat = [p[0] for p in nodes.values()]
    lon = [p[1] for p in nodes.values()]
    west, east = min(*lon, extent.west) - 12, max(*lon, extent.east) + 12
    south, north = max(-60, min(*lat, extent.south) - 15), min(84, max(*lat, extent.north) + 15)
    axes = made.add_axes((0.768, 0.055, 0.222, 0.24))
    axes.set_facecolor(_SEA)
    for turn in (-360, 0, 360):
        land = _coarse_world().translate(xoff=turn).cx[west:east, -90:90]
        if len(land):
            land.plot(ax=axes, color="#D5D5D0", edgecolor="white", linewidth=0.25)
    drawn = set()
    for lane in links(network):
        pair = (lane.origin, lane.destination)
        if lane.origin in nodes and lane.destination in nodes and pair not in drawn:
            drawn.add(pair)
            a, b = nodes[lane.origin], nodes[lane.destination]
            ends = (points[lane.origin], points[lane.destination])
            if float(distance_km(ends[0]["lat"], ends[0]["lon"], ends[1]["lat"], ends[1]["lon"])) < 400:
                continue
            path = _great_circle(a, b)
            north = max(north, min(84, float(path[:, 1].max()) + 5))
            axes.plot(path[:, 0], path[:, 1], color=_MODES.get(_look(lane), (INK, "-"))[0], linewidth=1, alpha=0.8)
    for name, (y, x) in nodes.items():
        kind = points[name]["kind"]
        if kind != "outlet":
            axes.plot([x], [y], _KINDS[kind][0], color=INK, markeredgecolor="white", markeredgewidth=0.5, markersize=6)
    wide, tall = extent.east - extent.west, extent.north - extent.south
    axes.add_patch(
        patches.Rectangle((extent.west, extent.south), wide, tall, fill=False, edgecolor=VERMILLION, linewidth=1.3)
    )
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)
    axes.set_aspect("auto" if (east - west) / (north - south) > 4 else 1.15, adjustable="box", anchor="SW")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_xlabel("")
    axes.set_ylabel("")
    axes.grid(visible=False)
    axes.set_title("Where the map lies (framed)", fontsize=9, color=GREY)
    for spine in axes.spines.values():
        spine.set_visible(True)
        spine.set_color("#B0B0B0")


def _great_circle(a: tuple[float, float], b: tuple[float, float]) -> Any:
    """Return points (longitude, latitude) of the shortest way; longitudes run on past 180."""

    def unit(p: tuple[float, float]) -> Any:
        phi, lam = np.radians(p)
        return np.array([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])

    u, v = unit(a), unit(b)
    angle = math.acos(float(np.clip(u @ v, -1, 1)))
    t = np.linspace(0, 1, 60)[:, None]
    line = (np.sin((1 - t) * angle) * u + np.sin(t * angle) * v) / math.sin(angle)
    lon = np.degrees(np.unwrap(np.arctan2(line[:, 1], line[:, 0])))
    lon += 360 * round((a[1] - lon[0]) / 360)
    return np.column_stack([lon, np.degrees(np.arcsin(np.clip(line[:, 2], -1, 1)))])


def _near(lon: float, centre: float) -> float:
    return lon + 360 * round((centre - lon) / 360)


def _sizes(points: Mapping[str, Any], sizes: Mapping[str, float] | None) -> dict[str, float]:
    if sizes:
        return {name: float(size) for name, size in sizes.items()}
    found = {}
    for name, data in points.items():
        bench = getattr(data["spec"], "bench", None)
        if bench is not None and isinstance(bench.technicians, int):
            found[name] = float(bench.technicians)
    return found


def _country(data: Mapping[str, Any]) -> str:
    return (getattr(data["spec"], "country", None) or "") if data["kind"] in ("zone", "outlet") else ""


def _kind(network: Network, name: str) -> str:
    return str(network.nodes[name].get("kind", ""))


def _name(data: Mapping[str, Any], name: str) -> str:
    return getattr(data["spec"], "label", None) or label_of(name)
