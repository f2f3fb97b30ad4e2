"""Turnaround of hand-made orders."""

from datetime import UTC, datetime

import numpy as np
import pytest

from netsim.engine.records import OrderState
from netsim.model.model import Channel
from netsim.outcome.groups import Tally
from netsim.outcome.orders import measure_orders
from netsim.outcome.turnaround import local_dates, measure_turnaround
from netsim.study.windows import Windows
from tests.outcome.story import DAY, HOUR, Story, build_model, build_scenario, calendar

SCENARIO = build_scenario(
    world={
        "countries": {"PL": {"time_zone": "Europe/Warsaw"}, "MX": {"time_zone": "America/Mexico_City"}},
        "promise": {"turnaround": "5 d"},
    },
    start="2026-03-28",
)


def make_model(**more):
    return build_model(
        nodes={"warsaw": ("outlet", "PL"), "puebla": ("outlet", "MX")},
        zones={"north": "PL", "south": "MX"},
        start="2026-03-28",
        **more,
    )


def figures(story, *, end=50 * DAY, horizon=100 * DAY, model=None, measure=measure_turnaround):
    model = model or make_model()
    tally, window = Tally(model), Windows(0, end, horizon)
    if measure is measure_orders:
        measure_orders(story.records(horizon), window, tally)
    else:
        measure_turnaround(SCENARIO, model, story.records(horizon), window, tally)
    return {(kpi, group): value for kpi, group, value, _, _ in tally.observations}


def test_percentiles_and_mean_in_days_from_handing_over():
    story = Story()
    for days in range(1, 11):
        story.order(created=0, handed_over=DAY, closed=DAY + days * DAY, transport=days * DAY)
    found = figures(story)
    assert [found[kpi, "all"] for kpi in ("tat_p50", "tat_p90", "tat_p95")] == [5, 9, 10]
    assert found["tat_mean", "all"] == found["tat_transport", "all"] == found["custody", "all"] == 5.5
    assert found["on_time", "all"] == 1 / 2


def test_open_and_cancelled_orders_are_censored_and_never_dropped():
    story = Story()
    for _ in range(9):
        story.order(created=0, closed=DAY)
    story.order(created=0)
    found = figures(story, horizon=60 * DAY)
    assert found["tat_p90", "all"] == 1
    assert found["tat_p95", "all"] is None
    assert found["tat_mean", "all"] is None
    assert found["tat_restricted", "all"] == pytest.approx(0.9 * 1 + 0.1 * 60)
    assert found["censored_share", "all"] == 1 / 10
    assert found["on_time", "all"] == 9 / 10
    story.order(created=0, closed=2 * DAY, state=OrderState.CANCELLED)  # before the promise: left out of on_time
    found = figures(story, horizon=60 * DAY)
    assert found["censored_share", "all"] == 2 / 11
    assert found["on_time", "all"] == 9 / 10
    story.order(created=0, closed=9 * DAY, state=OrderState.CANCELLED)  # after it: a miss
    assert figures(story, horizon=60 * DAY)["on_time", "all"] == 9 / 11


def test_orders_without_a_node_have_no_turnaround():
    story = Story()
    story.order(created=0, closed=2 * DAY)
    story.order(created=0, closed=0, node=-1, state=OrderState.UNCOVERED, reason=1, channel=Channel.LOST)
    story.order(created=0, closed=0, node=-1, state=OrderState.REMOTE, channel=Channel.REMOTE)
    assert figures(story)["tat_mean", "all"] == 2
    counts = figures(story, measure=measure_orders)
    assert counts["uncovered_rate", "all"] == counts["remote_rate", "all"] == pytest.approx(1 / 3)
    assert counts["uncovered_rate", "channel=lost"] == 1


def test_groups_by_node_country_of_the_zone_and_channel():
    story = Story()
    story.order(created=0, closed=DAY, zone=0, node=0)
    story.order(created=0, closed=3 * DAY, zone=1, node=0, channel=Channel.SWAP)
    found = figures(story)
    assert found["tat_mean", "node=warsaw"] == 2
    assert found["tat_mean", "country=MX"] == found["tat_mean", "channel=swap"] == 3
    assert found["custody", "all"] == 1  # the swap's customer walks out with a unit


def test_same_day_is_local_and_knows_summer_time():
    # Clocks in Poland go forward on 29 March 2026, 01:00 UTC: 22:30 UTC is 23:30 on the 28th, but 00:30 later.
    story = Story()
    story.order(created=20 * HOUR, closed=22 * HOUR + 1800)  # 21:00 to 23:30 on the 28th
    story.order(created=DAY + 20 * HOUR, closed=DAY + 22 * HOUR + 1800)  # 22:00 on the 29th to 00:30 on the 30th
    story.order(created=DAY + 20 * HOUR, closed=DAY + 22 * HOUR + 1800, node=1)  # in Mexico it is afternoon
    found = figures(story)
    assert found["same_day", "node=warsaw"] == 1 / 2
    assert found["same_day", "node=puebla"] == 1


def test_open_orders_are_late_for_the_same_day_once_it_is_over():
    story = Story()
    story.order(created=HOUR)
    assert figures(story, end=DAY, horizon=2 * DAY)["same_day", "all"] == 0
    assert figures(story, end=2 * HOUR, horizon=2 * HOUR)["same_day", "all"] is None


def test_local_dates_agree_with_the_zone_database():
    from zoneinfo import ZoneInfo

    rng = np.random.default_rng(3)
    seconds, country = rng.integers(0, 300 * DAY, 400), rng.integers(0, 2, 400)
    dates = local_dates(SCENARIO, make_model(), country, seconds, 300 * DAY)
    begin = datetime(2026, 3, 28, tzinfo=UTC).timestamp()
    for number, zone in enumerate(("Europe/Warsaw", "America/Mexico_City")):
        mine = country == number
        expected = [datetime.fromtimestamp(begin + s, ZoneInfo(zone)).toordinal() for s in seconds[mine].tolist()]
        assert len(set((dates[mine] - expected).tolist())) == 1


def test_business_time_is_open_time_of_the_bench():
    hours = calendar(*((d * DAY + 9 * HOUR, d * DAY + 17 * HOUR) for d in range(100)))
    story = Story()
    story.order(created=16 * HOUR, closed=DAY + 10 * HOUR)  # an hour before closing, an hour after opening
    found = figures(story, model=make_model(benches={"warsaw": (1, hours)}))
    assert found["tat_business", "all"] == pytest.approx(2 / 24)
    assert found["tat_mean", "all"] == pytest.approx(18 / 24)


def test_orders_by_outcome_add_up_to_those_created():
    story = Story()
    for number, state in enumerate(s for s in OrderState if s >= OrderState.REPAIRED):
        story.order(created=number, closed=DAY + number, state=state)
    story.order(created=0)
    story.order(created=0, state=OrderState.PARTS)
    found = figures(story, measure=measure_orders)
    ends = [f"orders_{s.name.lower()}" for s in OrderState if s >= OrderState.REPAIRED]
    assert found["orders_open", "all"] == 2
    assert sum(found[kpi, "all"] for kpi in ends) + 2 == found["orders_created", "all"] == 12
    assert found["orders_closed", "all"] == 10


def test_backlog_is_arrivals_times_turnaround():
    story = Story()
    for day in range(10):
        story.order(created=day * DAY, closed=day * DAY + 2 * DAY)
    found = figures(story, end=20 * DAY, measure=measure_orders)
    assert found["backlog", "all"] == pytest.approx(10 / 20 * 2)
    assert found["backlog_max", "all"] == 2
