from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from netsim.statistics.sample import Sample
from netsim.store.store import Store
from netsim.view.charts import Durations, draw_costs, draw_trade_off, draw_turnaround
from netsim.view.tables import Measure, Values, compare_designs
from netsim.view.time_charts import draw_over_time
from tests.view.synthetic import CATEGORIES, DESIGNS, fill_store

NAMES = list(DESIGNS)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store.open(fill_store(tmp_path_factory.mktemp("store")), read_only=True)


@pytest.fixture(scope="module")
def values(store: Store) -> Values:
    table = store.observations()

    def ask(kpi: str, group: str) -> Mapping[str, Sample]:
        return {design: one_of(table[table["design"] == design], kpi, group) for design in NAMES}

    return ask


def one_of(table: pd.DataFrame, kpi: str, group: str) -> Sample:
    columns = ["value", "numerator", "denominator"]
    mine = table.loc[(table["kpi"] == kpi) & (table["group"] == group), columns]
    value, top, bottom = mine.to_numpy(dtype=float).T
    return Sample(value) if np.isnan(bottom).all() else Sample(value, top, bottom)


def durations(store: Store) -> dict[str, list[Durations]]:
    times, censored = store.samples("tat"), store.samples("tat_censored")
    return {d: [Durations(times[k] / 86_400, censored[k] == 0) for k in times if k.design == d] for d in NAMES}


def texts_of(made: Figure) -> list[Text]:
    made.draw_without_rendering()
    beyond = set()  # ticks outside of what an axis shows are there, but not drawn
    for axis in (axis for axes in made.axes for axis in (axes.xaxis, axes.yaxis)):
        low, high = sorted(axis.get_view_interval())
        room = 1e-9 * (high - low)
        beyond |= {tick.label1 for tick in axis.get_major_ticks() if not low - room <= tick.get_loc() <= high + room}
    found = [text for text in made.findobj(Text) if isinstance(text, Text) and text.get_visible()]
    return [text for text in found if text.get_text().strip() and text not in beyond]


def words_of(made: Figure) -> str:
    return " | ".join(text.get_text() for text in texts_of(made)).replace("\n", " ")


def assert_nothing_overlaps(made: Figure) -> None:
    """No text lies over another, and none is cut off by the edge of the picture."""
    renderer = made.canvas.get_renderer()  # type: ignore[attr-defined]
    boxes = [(text.get_text(), Text.get_window_extent(text, renderer)) for text in texts_of(made)]
    for (one, a), (other, b) in itertools.combinations(boxes, 2):
        assert not (a.shrunk(0.9, 0.8).overlaps(b.shrunk(0.9, 0.8))), f"{one!r} lies over {other!r}"
    for text, box in boxes:
        assert box.x0 >= -1, text
        assert box.x1 <= made.bbox.x1 + 1, text
        assert box.y0 >= -1, text
        assert box.y1 <= made.bbox.y1 + 1, text


def test_costs_stack_to_the_total_of_each_design(values: Values) -> None:
    made = draw_costs(values, NAMES, currency="USD")
    assert_nothing_overlaps(made)
    (axes,) = made.axes
    for i, design in enumerate(NAMES):
        bars = [bar for bar in axes.patches if abs(bar.get_y() + bar.get_height() / 2 - i) < 0.01]  # type: ignore[attr-defined]
        total = sum(bar.get_width() for bar in bars)  # type: ignore[attr-defined]
        expected = sum(values("cost", f"category={c}")[design].values.mean() for c in CATEGORIES) / 1e6
        assert len(bars) == len(CATEGORIES)
        assert total == pytest.approx(expected)
    words = words_of(made)
    for label in ("M USD", "USD/order", "Regional hub", "Compensation", "5 replications"):
        assert label in words


def test_turnaround_marks_percentiles_where_the_curves_are(store: Store) -> None:
    made = draw_turnaround(durations(store), promise=5.0)
    assert_nothing_overlaps(made)
    words = words_of(made)
    assert "promise 5 d" in words
    assert words.count("P90") == len(NAMES) + 1, "one for each design, and one in the subtitle"
    (axes,) = made.axes
    for line in axes.lines:
        if line.get_marker() in ("o", "D"):
            assert float(np.asarray(line.get_ydata())[0]) == (0.5 if line.get_marker() == "o" else 0.9)


def test_turnaround_that_never_ends_is_called_so() -> None:
    open_ones = Durations(np.array([1.0, 2.0, 3.0]), np.array([True, False, False]))
    words = words_of(draw_turnaround({"a": [open_ones], "b": [Durations(np.zeros(0), np.zeros(0, dtype=bool))]}))
    assert "not reached" in words


def test_turnaround_of_nothing_but_zeros_is_drawn() -> None:
    zeros = Durations(np.zeros(4), np.ones(4, dtype=bool))
    assert "P50 0 min" in words_of(draw_turnaround({"a": [zeros]}, promise=1.0))


def test_time_goes_by_months_with_a_band_of_the_mean(store: Store) -> None:
    made = draw_over_time(store.series(), NAMES, start=date(2027, 1, 1), until=365 * 86_400)
    assert_nothing_overlaps(made)
    assert "95 % interval" in words_of(made)
    for axes in made.axes:
        assert len(axes.lines) == len(NAMES)
        assert all(len(np.asarray(line.get_xdata())) == 12 for line in axes.lines)


def test_months_are_ratios_of_sums_and_half_measured_ones_are_left_out() -> None:
    rows = [
        ("x", "a", r, "arrival_rate", "all", m, top, 10.0) for r in (0, 1) for m, top in ((0, 5.0), (1, 9.0), (2, 1.0))
    ]
    columns = ["scenario", "design", "replication", "kpi", "group", "period", "numerator", "denominator"]
    series = pd.DataFrame(rows, columns=columns)
    made = draw_over_time(series, ["a"], start=date(2027, 1, 1), until=59 * 86_400)  # January and February
    line = made.axes[0].lines[0]
    assert np.asarray(line.get_ydata()).tolist() == pytest.approx([50.0, 90.0])
    assert np.asarray(line.get_xdata()).tolist() == [15.5, 45.0]
    assert "range" in words_of(made), "two replications give no interval worth the name"


def test_trade_off_shows_each_design_in_each_panel(values: Values) -> None:
    measures = {
        "cost": Measure("net_cost", "Net cost", "money", "lower"),
        "turnaround": Measure("tat_p90", "Turnaround, 90th percentile", "d", "lower"),
        "arrival": Measure("arrival_rate", "Parts arrival rate", "share", "higher"),
    }
    rows = dict(zip(measures, compare_designs(values, list(measures.values()), baseline=NAMES[0]), strict=True))
    made = draw_trade_off(rows, NAMES, currency="USD", front=NAMES[1:])
    assert_nothing_overlaps(made)
    assert len(made.axes) == 3
    assert all(len(axes.containers) == len(NAMES) for axes in made.axes)
    assert "better" in words_of(made)
    assert all(len(axes.collections) >= len(NAMES[1:]) for axes in made.axes)
    assert "undecided" not in words_of(made)
    open_one = draw_trade_off(rows, NAMES, currency="USD", front=NAMES[1:], undecided=NAMES[:1])
    assert_nothing_overlaps(open_one)
    assert "dashed: undecided" in words_of(open_one)
    assert all(len(b.collections) == len(a.collections) + 1 for a, b in zip(made.axes, open_one.axes, strict=True))


def test_one_design_in_one_replication_is_drawn(tmp_path: Path) -> None:
    with Store.open(fill_store(tmp_path, designs=("mail_in",), replications=1), read_only=True) as one:
        table, series = one.observations(), one.series()

    def ask(kpi: str, group: str) -> Mapping[str, Sample]:
        return {"mail_in": one_of(table, kpi, group)}

    assert "1 replication;" in words_of(draw_costs(ask, ["mail_in"], currency="USD")).replace("tion,", "tion;")
    assert_nothing_overlaps(draw_over_time(series, ["mail_in"], start=date(2027, 1, 1)))
