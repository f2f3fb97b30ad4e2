from __future__ import annotations

import math

import pytest

from netsim.statistics.intervals import Interval
from netsim.statistics.selection import Gap, Goal, Selection, Standing


def verdict(*standings, guaranteed=True, **more):
    return Selection(
        Goal("net_cost", "lower"), standings, "by hand", 0.95, guaranteed=guaranteed, promise="it holds", **more
    )


BEST = Standing("hub", "best", Interval(100.0, 5.0, 20), 20)
TIED = Standing("swap", "tied", Interval(101.0, 5.0, 20), 20, Gap(1.0, -2.0, 4.0), "hub", 18)
WORSE = Standing("mail", "worse", Interval(150.0, 9.0, 10), 10, Gap(50.0, 40.0, 60.0), "swap", 10)


def test_the_best_alone():
    found = verdict(WORSE, BEST)
    assert (found.best, found.tied, found.is_tie, found.replications) == ("hub", (), False, 30)
    assert found.headline == "best: hub"


def test_a_tie_is_the_headline():
    found = verdict(BEST, TIED, WORSE)
    assert found.is_tie
    assert found.headline == "tie: swap cannot be told from hub, whose net_cost came out best"


def test_the_lines_give_numbers_of_runs_and_intervals_best_first():
    lines = verdict(WORSE, TIED, BEST).lines(show=lambda kpi, value: f"{value:.0f} EUR")
    assert lines[1:] == [
        "  net_cost, lower is better, by by hand, 50 replications of 3 designs",
        "  promised at 0.95: it holds",
        "  best: hub, 100 EUR (95 EUR to 105 EUR) (20 replications)",
        (
            "  tied: swap, 101 EUR (96 EUR to 106 EUR), difference to the best 1 EUR (-2 EUR to 4 EUR), eliminated by "
            "hub after 18 replications (20 replications)"
        ),
        (
            "  worse: mail, 150 EUR (141 EUR to 159 EUR), difference to the best 50 EUR (40 EUR to 60 EUR), eliminated "
            "by swap after 10 replications (10 replications)"
        ),
    ]


def test_without_values_there_is_nothing_to_select_from():
    found = verdict(Standing("hub", "missing", Interval(math.nan, math.nan, 0), 10), guaranteed=False)
    assert found.best is None
    assert found.headline.startswith("nothing to select from")
    assert "missing: hub, no value (10 replications)" in found.lines()[-1]
    assert "not promised" in found.lines()[2]


def test_of_many_designs_the_last_are_counted():
    many = [Standing(f"p{i}", "worse", Interval(200.0 + i, 1.0, 10), 10, Gap(100.0, 90.0, 110.0)) for i in range(40)]
    ties = [Standing(f"t{i}", "tied", Interval(101.0, 1.0, 10), 10, Gap(1.0, -1.0, 3.0)) for i in range(10)]
    found = verdict(*many, *ties, BEST)
    assert "t0, t1, t2, t3, t4, t5, t6, t7 and 2 more cannot be told" in found.headline
    lines = found.lines(most=12)
    assert len(lines) == 3 + 12 + 1
    assert lines[-1] == "  and 39 worse"


def test_a_standing_is_found_by_its_design():
    assert verdict(BEST, TIED)["swap"] is TIED
    with pytest.raises(KeyError):
        verdict(BEST)["swap"]
