"""Laws of the launch in Mexico, at 10 replications: each holds if its paired 95 % interval has the stated sign."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from netsim.statistics.intervals import Interval, t_interval
from netsim.statistics.paired import paired_difference
from netsim.study.results import Results
from netsim.study.study import Study

pytestmark = pytest.mark.long

FOLDER = Path(__file__).parents[2] / "scenarios" / "launch_mexico"
REPLICATIONS = 10
HUB, WAREHOUSE, SWAP, MAIL = "regional-hub", "country-warehouse", "swap-pools", "mail-in"

Floats = npt.NDArray[np.float64]


def run_study(file: str, out: Path) -> Results:
    study = Study.from_file(FOLDER / file)
    results = study.run(workers=2, out=out, replications=REPLICATIONS, progress=False)
    assert results.failures() == []
    return results


@pytest.fixture(scope="module")
def launch(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return run_study("study.yaml", tmp_path_factory.mktemp("launch"))


@pytest.fixture(scope="module")
def meeting(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return run_study("break_even.yaml", tmp_path_factory.mktemp("break_even"))


def gap(results: Results, kpi: str, design: str, other: str) -> Interval:
    """Return the paired interval of one design's KPI minus another's."""
    values = results.values(kpi)
    return paired_difference(values[design], values[other])


def others(design: str) -> list[str]:
    return [each for each in (HUB, WAREHOUSE, SWAP, MAIL) if each != design]


def by_month(results: Results, kpi: str, design: str, scenario: str | None = None) -> tuple[Floats, Floats]:
    """Return numerators and denominators [replication, month] of a monthly series of one design."""
    frame = results.series(kpi)
    frame = frame[(frame["design"] == design) & (frame["scenario"] == (scenario or results.scenarios[0]))]

    def table(column: str) -> Floats:
        wide = pd.DataFrame(frame).pivot_table(index="replication", columns="period", values=column)
        return wide.to_numpy(dtype=np.float64)

    return table("numerator"), table("denominator")


def payback_month(results: Results, scenario: str) -> Floats:
    """Return for each replication the month, with fractions, at which the warehouse has earned its cost.

    It is where the hub's total cost since the launch passes the warehouse's for the last time; NaN if it never does.
    Cost is spread evenly over a month.
    """
    ahead = by_month(results, "cost", HUB, scenario)[0] - by_month(results, "cost", WAREHOUSE, scenario)[0]
    so_far = np.cumsum(ahead, axis=1)
    found = np.full(len(so_far), np.nan)
    for row, total in enumerate(so_far):
        behind = np.flatnonzero(total < 0)
        last = int(behind[-1]) if len(behind) else -1
        if 0 <= last < len(total) - 1:
            found[row] = last + 1 + total[last] / (total[last] - total[last + 1])
    return found


def test_country_warehouse_brings_more_parts_within_72_hours(launch: Results) -> None:
    assert gap(launch, "par_72h", WAREHOUSE, HUB).low > 0


@pytest.mark.parametrize("other", others(SWAP))
def test_swap_has_the_lowest_p90_turnaround(launch: Results, other: str) -> None:
    assert gap(launch, "tat_p90", SWAP, other).high < 0


@pytest.mark.parametrize("other", others(SWAP))
def test_swap_ties_up_most_cash(launch: Results, other: str) -> None:
    assert gap(launch, "cash_tied", SWAP, other).low > 0


@pytest.mark.parametrize("kpi", ["tat_mean", "tat_p50", "tat_p90"])
@pytest.mark.parametrize("other", others(MAIL))
def test_mail_in_has_the_highest_turnaround(launch: Results, other: str, kpi: str) -> None:
    assert gap(launch, kpi, MAIL, other).low > 0


@pytest.mark.parametrize("other", others(MAIL))
def test_mail_in_has_the_lowest_fixed_cost(launch: Results, other: str) -> None:
    assert launch.values("fixed_cost")[MAIL].min() > 0
    assert gap(launch, "fixed_cost", MAIL, other).high < 0


@pytest.mark.parametrize("design", [HUB, WAREHOUSE, SWAP, MAIL])
def test_cost_per_order_falls_as_volume_ramps(launch: Results, design: str) -> None:
    cost, closed = by_month(launch, "cost_per_order", design)
    yearly = [cost[:, year : year + 12].sum(axis=1) / closed[:, year : year + 12].sum(axis=1) for year in (0, 12, 24)]
    assert paired_difference(yearly[1], yearly[0]).high < 0
    assert paired_difference(yearly[2], yearly[1]).high < 0


def test_break_even_exists(meeting: Results) -> None:
    """The warehouse begins dearer, and from some month on is the cheaper in every month."""
    ahead = by_month(meeting, "cost", HUB)[0] - by_month(meeting, "cost", WAREHOUSE)[0]
    assert t_interval(ahead[:, 0]).high < 0
    after = np.array([np.flatnonzero(row < 0)[-1] + 1 for row in ahead])
    assert (after < 30).all(), "a month within the measured time of every replication"
    paid = payback_month(meeting, meeting.scenarios[0])
    assert not np.isnan(paid).any()
    assert t_interval(paid).low > 1


@pytest.mark.parametrize("variant", ["dear-customs", "dear-delay", "more-demand"])
def test_break_even_comes_earlier_where_the_border_delay_or_demand_weigh_more(meeting: Results, variant: str) -> None:
    usual, changed = payback_month(meeting, meeting.scenarios[0]), payback_month(meeting, variant)
    assert not np.isnan(changed).any()
    assert paired_difference(changed, usual).high < 0
