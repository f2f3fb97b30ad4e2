from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.text import Text

from netsim.view.map_layout import Extent, choose_extent, place_labels
from netsim.view.style import figure

MEXICO = [(32.5, -117.0, "zone"), (21.2, -86.8, "zone"), (14.9, -92.3, "zone"), (19.4, -99.1, "outlet")]
SHENZHEN = (22.54, 114.06, "supplier")


def test_a_country_fills_its_map_and_a_far_supplier_does_not_shrink_it() -> None:
    alone, together = choose_extent(MEXICO), choose_extent([*MEXICO, SHENZHEN])
    assert alone == together
    assert all(alone.holds(lat, lon) for lat, lon, _ in MEXICO)
    assert not alone.holds(*SHENZHEN[:2])


def test_a_place_close_by_is_taken_in() -> None:
    extent = choose_extent([*MEXICO, (35.0, -106.6, "warehouse")])
    assert extent.holds(35.0, -106.6)


def test_a_network_without_customers_shows_all_its_places() -> None:
    extent = choose_extent([(52.0, 5.0, "warehouse"), (50.0, 19.0, "factory")])
    assert extent.holds(52.0, 5.0)
    assert extent.holds(50.0, 19.0)


def test_a_country_on_the_date_line_stays_in_one_piece() -> None:
    extent = choose_extent([(-17.0, 178.0, "zone"), (-16.5, -179.5, "zone")])
    assert extent.east - extent.west < 20
    assert extent.holds(-17.0, 178.0)
    assert extent.holds(-16.5, -179.5)


@given(st.floats(-60, 70), st.floats(-180, 180), st.floats(-80, 80), st.floats(-180, 180))
def test_the_mark_of_a_far_place_stands_within_the_frame(lat: float, lon: float, far: float, off: float) -> None:
    extent = choose_extent([(lat, lon, "zone")])
    x, y = extent.edge(far, off)
    assert extent.west <= x <= extent.east
    assert extent.south <= y <= extent.north


@pytest.mark.parametrize(
    ("lat", "lon", "side"), [(60, 0, "north"), (-60, 0, "south"), (0, 60, "east"), (0, -60, "west")]
)
def test_the_mark_stands_on_the_side_where_the_place_lies(lat: float, lon: float, side: str) -> None:
    extent = Extent(-7.0, 7.0, -5.0, 5.0)
    x, y = extent.edge(lat, lon)
    reached = {"north": y / 5, "south": -y / 5, "east": x / 7, "west": -x / 7}
    assert max(reached, key=lambda name: reached[name]) == side
    assert 0.9 < reached[side] < 1


def test_names_do_not_cover_each_other() -> None:
    made = figure("names")
    axes = made.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, 10)
    axes.set_ylim(0, 10)
    spots = [(5 + 0.05 * i, 5 + 0.04 * math.sin(i)) for i in range(30)]
    place_labels(axes, [(f"Outlet {i}", x, y, i == 0) for i, (x, y) in enumerate(spots)], [], marks=spots)
    renderer = made.canvas.get_renderer()  # type: ignore[attr-defined]
    boxes = []
    for text in axes.texts:
        boxes.append(Text.get_window_extent(text, renderer))  # the words without their leader
    assert boxes
    assert axes.texts[0].get_text() == "Outlet 0", "the first ones have the choice"
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
