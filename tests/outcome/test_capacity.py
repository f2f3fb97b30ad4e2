"""Utilisation, load and yield of hand-made work."""

import pytest

from netsim.engine.records import Activity, MoveReason, StockState
from netsim.outcome.capacity import measure_capacity
from netsim.outcome.groups import Tally
from netsim.study.windows import Windows
from tests.outcome.story import DAY, HOUR, Story, build_model, build_scenario, calendar

HOURS = calendar(*((d * DAY + 9 * HOUR, d * DAY + 17 * HOUR) for d in range(40)))
NODES = {"shop": ("outlet", "PL"), "works": ("factory", "PL"), "free": ("outlet", "PL")}


def figures(story, *, benches, end=10 * DAY, begin=0, network=None, horizon=40 * DAY):
    model = build_model(nodes=NODES, parts=("board",), zones={"warsaw": "PL"}, benches=benches)
    scenario = build_scenario(world={"countries": {"PL": {}}}, network=network)
    tally = Tally(model)
    measure_capacity(scenario, model, story.records(horizon), Windows(begin, end, horizon), tally)
    return {(kpi, group): value for kpi, group, value, _, _ in tally.observations}


def test_work_counts_in_opening_hours_only():
    story = Story()
    story.work(bench=0, subject=0, start=16 * HOUR, end=DAY + 11 * HOUR, content=3 * HOUR)
    found = figures(story, benches={"shop": (2, HOURS)})
    assert found["utilisation", "all"] == found["utilisation", "node=shop"] == pytest.approx(3 / (10 * 8 * 2))
    assert found["busy_hours", "all"] == 3


def test_work_across_the_window_counts_in_part_and_work_under_way_to_its_end():
    story = Story()
    story.work(bench=0, subject=0, start=16 * HOUR, end=DAY + 11 * HOUR, content=3 * HOUR)
    story.work(bench=0, subject=0, start=DAY + 16 * HOUR, content=30 * HOUR)
    found = figures(story, benches={"shop": (2, HOURS)}, begin=DAY, end=2 * DAY)
    assert found["utilisation", "all"] == pytest.approx((2 + 1) / 16)


def test_unlimited_benches_have_hours_but_no_utilisation():
    story = Story()
    story.work(bench=0, subject=0, start=0, end=2 * HOUR)
    found = figures(story, benches={"free": (0, None)})
    assert found["utilisation", "all"] is None
    assert found["busy_hours", "node=free"] == 2


def test_a_shared_bench_has_the_paid_share_of_its_hours():
    story = Story()
    story.work(bench=0, subject=0, start=9 * HOUR, end=13 * HOUR)
    network = {"nodes": {"shop": {"kind": "outlet", "bench": {"technicians": 1, "share": 0.5}}}}
    found = figures(story, benches={"shop": (1, HOURS)}, end=DAY, network=network)
    assert found["utilisation", "all"] == 1


def test_factory_load_counts_what_arrived_whether_done_or_not():
    story = Story()
    for i in range(20):
        story.move(i * HOUR, 0, (0, StockState.RETURNING), (1, StockState.CORE), MoveReason.RECEIVE)
    for i in range(4):
        story.move(i * HOUR, 0, (1, StockState.CORE), (1, StockState.SCRAP), MoveReason.BEYOND_REPAIR)
    story.work(bench=0, subject=0, activity=Activity.FACTORY, start=0, end=3 * HOUR)
    story.work(bench=0, subject=0, activity=Activity.FACTORY, start=3 * HOUR, end=8 * HOUR)
    found = figures(story, benches={"works": (2, None)}, end=DAY)
    assert found["factory_load", "node=works"] == pytest.approx(16 * 4 / (24 * 2))
    assert found["utilisation", "node=works"] == pytest.approx(8 / 48)


def test_an_outlet_is_no_factory():
    story = Story()
    story.work(bench=0, subject=0, start=0, end=HOUR)
    assert figures(story, benches={"shop": (1, None)})["factory_load", "all"] is None


def test_yield_is_good_over_good_and_scrapped():
    story = Story()
    for i, reason in enumerate(
        [MoveReason.REPAIRED] * 3 + [MoveReason.SCRAPPED] + [MoveReason.BEYOND_REPAIR] + [MoveReason.REPAIRED]
    ):
        story.move(i * DAY, 0, (1, StockState.WORK), (1, StockState.FREE), reason)
    found = figures(story, benches={"works": (1, None)}, end=5 * DAY)
    assert found["repair_yield", "all"] == found["repair_yield", "part=board"] == 3 / 4
    assert found["beyond_repair_rate", "all"] == 1 / 5
