from __future__ import annotations

import math
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netsim.view.style import (
    PALETTE,
    PictureError,
    colour_designs,
    figure,
    fold,
    label_of,
    money_scale,
    round_interval,
    save,
    spread,
    styled,
)


@pytest.mark.parametrize(("name", "label"), [
    ("country_warehouse", "Country warehouse"), ("mail-in", "Mail in"), ("as-is", "As is"), ("USA hub", "USA hub"),
    ("备件中心", "备件中心"), ("_", "_"),
])  # fmt: skip
def test_names_become_readable(name: str, label: str) -> None:
    assert label_of(name) == label


@pytest.mark.parametrize(("mean", "half", "shown"), [
    (12.3456, 0.0456, ("12.35", "0.05")),  # a first digit above 1: one digit
    (12.3456, 0.0123, ("12.35", "0.02")),  # four digits of the mean at most, the half width rounded up
    (1234567, 45678, ("1,230,000", "50,000")),
    (63156.0, 12.0, ("63,156", "12")),  # whole numbers keep what is supported
    (63156.0, 0.01, ("63,156", "1")),
    (-0.5, 0.14, ("−0.50", "0.14")),
    (0.0, 0.03, ("0.00", "0.03")),
    (7.0, 0.0, ("7.00", "0")),
    (1234.5, math.nan, ("1,234", "")),
    (math.nan, math.nan, ("–", "")),
])  # fmt: skip
def test_numbers_are_rounded_to_what_the_interval_supports(mean: float, half: float, shown: tuple[str, str]) -> None:
    assert round_interval(mean, half) == shown


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e8))
def test_rounding_moves_the_mean_by_less_than_the_half_width(mean: float, half: float) -> None:
    text, width = round_interval(mean, half)
    assert text
    shown, reach = (Decimal(part.replace("−", "-").replace(",", "")) for part in (text, width))
    assert reach > 0
    assert abs(shown - Decimal(mean)) <= Decimal(half) * Decimal("0.5001") + Decimal("0.5001") * Decimal(10) ** (
        math.floor(math.log10(abs(mean))) - 3 if mean else -9
    )


@pytest.mark.parametrize(("largest", "divisor", "unit"), [
    (12.0, 1.0, "EUR"), (9999.0, 1.0, "EUR"), (52_000.0, 1e3, "k EUR"), (3.2e6, 1e6, "M EUR"), (7e9, 1e9, "bn EUR"),
])  # fmt: skip
def test_money_is_shown_in_a_size_that_reads(largest: float, divisor: float, unit: str) -> None:
    assert money_scale([1.0, -largest, math.nan], "EUR") == (divisor, unit)


@given(st.lists(st.floats(0, 100), max_size=12), st.floats(0.1, 5))
def test_labels_are_spread_apart_in_their_order(positions: list[float], gap: float) -> None:
    placed = spread(positions, gap, low=0.0, high=100.0)
    order = sorted(range(len(positions)), key=lambda i: (positions[i], i))
    steps = np.diff([placed[i] for i in order])
    assert np.all(steps >= gap - 1e-6)
    assert all(-1e-6 <= place <= 100 + 1e-6 for place in placed)


def test_labels_with_room_stay_where_they_are() -> None:
    assert spread([10.0, 50.0, 30.0], 5.0) == [10.0, 50.0, 30.0]


def test_designs_keep_their_colours_and_no_two_neighbours_share_one() -> None:
    colours = colour_designs([f"d{i}" for i in range(12)])
    assert list(colours.values())[: len(PALETTE)] == list(PALETTE)
    assert len(set(PALETTE)) == len(PALETTE)


def test_a_figure_has_the_same_bytes_each_time(tmp_path: Path) -> None:
    def draw(folder: Path) -> list[bytes]:
        made = figure("What is seen", subtitle="with a subtitle")
        with styled():
            made.add_axes((0.1, 0.1, 0.8, 0.7)).plot([1, 2, 3], label="a")
        return [place.read_bytes() for place in save(made, folder, "picture")]

    one, other = draw(tmp_path / "a"), draw(tmp_path / "b")
    assert one == other
    assert b"Date" not in one[0]
    assert b"<dc:date>" not in one[1]


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(PictureError, match="--out"):
        save(figure("x"), tmp_path / "file" / "below", "picture")


def test_folding_keeps_all_words() -> None:
    assert fold("a long name of a design", 10).replace("\n", " ") == "a long name of a design"
    assert max(map(len, fold("a long name of a design", 10).split("\n"))) <= 10
