"""What part of the world a map shows, where far places stand at its edge, and where names find room."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Extent", "choose_extent", "place_labels"]

_RATIO = 1.39  # width by height of the room that a map has
_FAR = 0.45  # a place is far when it lies beyond this share of the core's size from its frame


@dataclass(frozen=True, slots=True)
class Extent:
    """A window of the map in degrees; longitudes may run past 180."""

    west: float
    east: float
    south: float
    north: float

    @property
    def middle(self) -> float:
        """Return the latitude of the centre."""
        return (self.south + self.north) / 2

    @property
    def centre(self) -> float:
        """Return the longitude of the centre."""
        return (self.west + self.east) / 2

    def to_map(self, lat: float, lon: float) -> tuple[float, float]:
        """Return x and y of a point: its longitude, turned to the side of the globe that is shown, and latitude."""
        return lon + 360 * round((self.centre - lon) / 360), lat

    def holds(self, lat: float, lon: float) -> bool:
        """Return whether a point lies within the window."""
        x, y = self.to_map(lat, lon)
        return self.west <= x <= self.east and self.south <= y <= self.north

    def edge(self, lat: float, lon: float) -> tuple[float, float]:
        """Return where the great circle from the centre to a far point leaves the window, a little inside its frame."""
        bearing = _bearing(self.middle, self.centre, lat, lon)
        squeeze = math.cos(math.radians(self.middle))
        dx, dy = math.sin(bearing) / squeeze, math.cos(bearing)
        wide, tall = 0.965 * (self.east - self.west) / 2, 0.955 * (self.north - self.south) / 2
        step = min(wide / abs(dx) if dx else math.inf, tall / abs(dy) if dy else math.inf)
        return self.centre + step * dx, self.middle + step * dy

    def inwards(self, x: float, y: float) -> tuple[float, float, str, str]:
        """Return the offset in points and the alignment of a text that belongs to a point at the edge."""
        across = (x - self.west) / (self.east - self.west)
        up = (y - self.south) / (self.north - self.south)
        if across < 0.2:
            return 12.0, 0.0, "left", "top" if up > 0.85 else "bottom" if up < 0.15 else "center"
        if across > 0.8:
            return -12.0, 0.0, "right", "top" if up > 0.85 else "bottom" if up < 0.15 else "center"
        return 0.0, (-12.0 if up > 0.5 else 12.0), "center", ("top" if up > 0.5 else "bottom")


def choose_extent(points: Sequence[tuple[float, float, str]]) -> Extent:
    """Return the window for *points* (latitude, longitude, kind): zones and outlets, and what is not far from them.

    Without zones and outlets all points count. The window has the shape of the room that the picture gives it.
    """
    core = [point for point in points if point[2] in ("zone", "outlet", "fleet")] or list(points)
    centre = _middle_of([lon for _, lon, _ in core])
    turned = [(lat, lon + 360 * round((centre - lon) / 360)) for lat, lon, _ in core]
    box = _frame(turned)
    for lat, lon, _ in points:
        x = lon + 360 * round((centre - lon) / 360)
        size = max(box[1] - box[0], box[3] - box[2], 2.0)
        off = max(box[0] - x, x - box[1], box[2] - lat, lat - box[3], 0.0)
        if 0 < off < _FAR * size:
            turned.append((lat, x))
    return _shape(_frame(turned))


def place_labels(
    axes: Axes,
    labels: Sequence[tuple[str, float, float, bool]],
    taken: Sequence[Any],
    *,
    marks: Sequence[tuple[float, float]],
) -> None:
    """Write *labels* (text, x, y, whether bold) beside their marks, the first ones first, where there is room.

    What finds no room is left out rather than written over other names; *taken* are texts that stand already.
    """
    from matplotlib.text import Text

    canvas = axes.figure.canvas
    renderer = canvas.get_renderer()  # type: ignore[attr-defined]
    frame = axes.get_window_extent(renderer)
    boxes = [text.get_window_extent(renderer).padded(3) for text in taken]
    spots = [tuple(map(float, axes.transData.transform(mark))) for mark in marks]
    for text, x, y, bold in labels:
        for dx, dy, ha, va in _AROUND:
            drawn = axes.annotate(
                text, (x, y), xytext=(dx, dy), textcoords="offset points", ha=ha, va=va, fontsize=9, zorder=8,
                fontweight="bold" if bold else "normal", path_effects=_halo(),
                arrowprops=_LEADER if abs(dx) > 10 else None,
            )  # fmt: skip
            drawn.update_positions(renderer)
            box = Text.get_window_extent(drawn, renderer)  # the words without their leader
            free = (
                not any(box.overlaps(other) for other in boxes)
                and _belongs(box, tuple(map(float, axes.transData.transform((x, y)))), spots)
                and box.x0 > frame.x0 and box.x1 < frame.x1 and box.y0 > frame.y0 and box.y1 < frame.y1
            )  # fmt: skip
            if free:
                boxes.append(box.padded(1))
                break
            drawn.remove()


_AROUND = (
    (8, 0, "left", "center"), (-8, 0, "right", "center"), (0, 8, "center", "bottom"), (0, -8, "center", "top"),
    (6, 7, "left", "bottom"), (-6, 7, "right", "bottom"), (6, -7, "left", "top"), (-6, -7, "right", "top"),
    (18, 14, "left", "bottom"), (-18, 14, "right", "bottom"), (18, -14, "left", "top"), (-18, -14, "right", "top"),
    (34, 4, "left", "center"), (-34, 4, "right", "center"), (14, 34, "left", "bottom"), (-14, -34, "right", "top"),
    (14, -34, "left", "top"), (40, -26, "left", "top"), (-40, -26, "right", "top"), (-14, 34, "right", "bottom"),
)  # fmt: skip


def _belongs(box: Any, own: tuple[float, ...], spots: Sequence[tuple[float, ...]]) -> bool:
    """Return whether *box* covers no mark and lies nearer to its *own* than to any other: else a reader errs."""
    reach = _gap(box, own)
    others = [_gap(box, spot) for spot in spots if math.dist(spot, own) > 1]
    return reach > 1 and all(gap > min(max(reach, 3), 30) for gap in others)


def _gap(box: Any, spot: tuple[float, ...]) -> float:
    across = max(box.x0 - spot[0], spot[0] - box.x1, 0.0)
    return math.hypot(across, max(box.y0 - spot[1], spot[1] - box.y1, 0.0))


_LEADER = {"arrowstyle": "-", "color": "#767676", "linewidth": 0.7, "shrinkA": 0, "shrinkB": 3}


def _halo() -> list[Any]:
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=2.5, foreground="white", alpha=0.85)]


def _frame(points: Sequence[tuple[float, float]]) -> tuple[float, float, float, float]:
    lats, lons = [p[0] for p in points], [p[1] for p in points]
    return min(lons), max(lons), min(lats), max(lats)


def _shape(box: tuple[float, float, float, float]) -> Extent:
    """Return the box with a margin, widened or heightened to the shape of the picture."""
    west, east, south, north = box
    tall = max(north - south, 1.0) * 1.14
    wide = max(east - west, 1.0) * 1.12
    middle, centre = (south + north) / 2, (west + east) / 2
    squeeze = math.cos(math.radians(middle))
    wide = max(wide, tall * _RATIO / squeeze)
    tall = max(tall, wide * squeeze / _RATIO)
    return Extent(centre - wide / 2, centre + wide / 2, middle - tall / 2, middle + tall / 2)


def _middle_of(lons: Sequence[float]) -> float:
    """Return the circular mean of longitudes, so that a country on the date line stays in one piece."""
    x = sum(math.cos(math.radians(lon)) for lon in lons)
    y = sum(math.sin(math.radians(lon)) for lon in lons)
    return math.degrees(math.atan2(y, x))


def _bearing(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    p1, p2, d = math.radians(lat1), math.radians(lat2), math.radians(lon2 - lon1)
    return math.atan2(
        math.sin(d) * math.cos(p2), math.cos(p1) * math.sin(p2) - math.sin(p1) * math.cos(p2) * math.cos(d)
    )
