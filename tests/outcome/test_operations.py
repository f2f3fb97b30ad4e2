"""Open hours, rosters, rents and the orders' own money."""

from __future__ import annotations

import numpy as np
import pytest

from netsim.engine.records import OrderState
from netsim.outcome.accounts import Item
from netsim.outcome.books import Books, keep_books
from netsim.outcome.operations import WRITE_OFF_SECONDS, open_seconds
from netsim.outcome.postings import accrual_bounds, month_starts
from tests.outcome.story import DAY, HOUR, Story, build_model, build_scenario, calendar


def books(story: Story, *, days: int = 30, late: str = "4 EUR/d", **node: object) -> Books:
    world = {
        "countries": {"ES": {"wage": "10 EUR/h"}},
        "parts": {"screen": {"value": "20 EUR"}},
        "promise": {"turnaround": "5 d", "late": late, "late_cap": "30 EUR"},
        "rates": {"contact": "2 EUR"},
    }
    network = {"nodes": {"shop": {"kind": "outlet", **node}}}
    model = build_model(
        nodes={"shop": ("outlet", "ES")},
        parts=("screen",),
        zones={"town": "ES"},
        benches={"shop": (2, calendar((9 * HOUR, 19 * HOUR), (DAY + 9 * HOUR, DAY + 19 * HOUR)))},
        horizon=days * DAY,
    )
    return keep_books(build_scenario(world=world, network=network), model, story.records(days * DAY))


def items(found: Books) -> dict[str, float]:
    sums: dict[str, float] = {}
    for item, amount in zip(found.postings.item.tolist(), found.postings.amount.tolist(), strict=True):
        name = Item(item).name
        sums[name] = sums.get(name, 0.0) + amount
    return sums


def test_open_seconds_count_opening_hours_only() -> None:
    shift = calendar((10, 20), (30, 50))
    times = np.array([0, 10, 15, 20, 25, 30, 49, 50, 99])
    assert open_seconds(shift, times).tolist() == [0, 0, 5, 10, 10, 10, 29, 30, 30]
    assert open_seconds(None, times).tolist() == times.tolist()
    assert open_seconds(calendar(), times).tolist() == [0] * len(times)


def test_a_crew_is_paid_every_open_hour_idle_or_not() -> None:
    assert items(books(Story(), bench={"technicians": 2})) == pytest.approx({"WAGES": 20 * 2 * 10})


def test_months_begin_on_their_first_day() -> None:
    assert month_starts("2026-01-05", 60 * DAY).tolist() == [0, 27 * DAY, 55 * DAY]
    assert month_starts("2028-02-01", 30 * DAY).tolist() == [0, 29 * DAY]  # a leap year
    assert accrual_bounds("2026-01-05", 30 * DAY, [3 * DAY, 99 * DAY]).tolist() == [0, 3 * DAY, 27 * DAY, 30 * DAY]


def test_set_up_is_paid_once_and_written_off_within_five_years() -> None:
    five = WRITE_OFF_SECONDS // DAY
    found = items(books(Story(), days=2000, capex="1825 EUR"))
    assert found == pytest.approx({"CAPEX_PAID": 1825, "DEPRECIATION": 1825})
    part = items(books(Story(), days=365, capex="1825 EUR"))
    assert part["DEPRECIATION"] == pytest.approx(1825 * 365 / five)


@pytest.mark.parametrize(("days", "owed"), [(5.0, 0.0), (5.5, 2.0), (8.0, 12.0), (13.0, 30.0)])
def test_late_orders_are_compensated_up_to_the_cap(days: float, owed: float) -> None:
    story = Story()
    story.order(created=0, handed_over=DAY, closed=DAY + int(days * DAY), node=0)
    assert items(books(story)).get("LATE", 0.0) == pytest.approx(owed)


def test_nobody_owes_for_orders_that_were_not_served() -> None:
    story = Story()
    for state in (OrderState.CANCELLED, OrderState.UNCOVERED, OrderState.REMOTE):
        story.order(created=0, closed=20 * DAY, state=state)
    story.order(created=0, handed_over=-1)
    assert items(books(story)) == pytest.approx({"CONTACT": 4 * 2})


def test_only_paid_repairs_are_revenue() -> None:
    story = Story()
    for paid, state in ((1, OrderState.REPAIRED), (0, OrderState.REPAIRED), (1, OrderState.REJECTED_QUOTE)):
        order = story.order(created=0, closed=DAY, paid=paid, state=state, node=0)
        if state == OrderState.REPAIRED:
            story.install(HOUR, 0, 0, story.line(order=order, qty=2), qty=2)
    assert items(books(story))["REPAIR_SOLD"] == pytest.approx(1.5 * 40)
