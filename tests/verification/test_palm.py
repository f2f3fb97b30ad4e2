"""One stock point, (S-1,S), Poisson demand, backorders: Palm's theorem in the engine, for any law of lead times.

Sources: Palm 1938; Feeney and Sherbrooke 1966. The long run needs only the mean of independent lead times.
"""

from __future__ import annotations

import numpy as np
import pytest

from netsim.theory.spares import palm
from tests.engine.networks import DAY, Lived
from tests.verification.estimates import agrees, by_node, days, mean_free, mean_waiting, outlets, replicate

WARM = 60 * DAY
LAWS = {
    "constant": lambda mean: mean,
    "exponential": lambda mean: {"exponential": mean},
    "lognormal": lambda mean: {"lognormal": mean, "cv": 1.5},
    "gamma": lambda mean: {"gamma": mean, "cv": 0.5},
}
LONG = pytest.mark.long


def stock(count: int, level: int, *, rate: str, lead: str, law: str) -> dict:
    network = outlets(count, rate=rate, stock={f"shop{i:03d}": {"levels": {"board": level}} for i in range(count)})
    for lane in network["network"]["lanes"].values():
        lane["transit"] = LAWS[law](lead)
    return network


def figures(lived: Lived) -> dict[str, np.ndarray]:
    lines, horizon = lived.records.lines, lived.records.horizon
    asked, got = lines["requested"].astype(np.int64), lines["arrived"].astype(np.int64)
    rows = (asked >= WARM) & (asked < horizon - 30 * DAY)
    wait = np.where(got < 0, horizon, got) - asked
    count = len(lived.model.zone_names)
    found = {
        "fill": by_node(lived, (wait == 0).astype(float), rows=rows),
        "wait": by_node(lived, days(wait), rows=rows),
        "on_hand": np.array([mean_free(lived, after=WARM, node=node) for node in range(count)]),
        "backorders": np.array(
            [
                mean_waiting(asked[lines["node"] == node], got[lines["node"] == node], after=WARM, horizon=horizon)
                for node in range(count)
            ]
        ),
    }
    for window in (0.25, 0.5, 1.0):
        found[f"within {window}"] = by_node(lived, (days(wait) <= window).astype(float), rows=rows)
    return found


@pytest.mark.parametrize(
    ("law", "wide"), [("constant", 0.65), ("exponential", 0.8), ("lognormal", 1.1), ("gamma", 0.7)]
)
@pytest.mark.parametrize(
    ("length", "replications", "loose"),
    [(1800, 1, 8.0), pytest.param(12000, 1, 2.8, marks=LONG)],
)
def test_o1_eight_pieces_on_a_pipeline_of_five(law, wide, length, replications, loose):
    # rate 0.5 a day, mean lead time 10 days, S = 8
    network = stock(40, 8, rate="0.5 /d", lead="10 d", law=law)
    found = replicate(network, figures, days=length, replications=replications)
    agrees(found["fill"], 0.8666, catches=0.02 * loose * wide)
    agrees(found["on_hand"], 3.1221, catches=0.035 * loose * wide)
    agrees(found["wait"], 0.2442, catches=0.2 * loose * wide)
    agrees(found["backorders"], 0.1221, catches=0.2 * loose * wide)


@pytest.mark.parametrize(
    ("level", "fill", "backorders", "on_hand", "wait"),
    [
        (2, 0.1991482735, 1.248935342, 0.2489353418, 0.6244676709),
        (4, 0.6472318888, 0.3193573117, 1.319357312, 0.1596786559),
        (6, 0.916082058, 0.05070261424, 3.050702614, 0.02535130712),
    ],
)
@pytest.mark.parametrize(
    ("length", "replications", "loose"),
    [(600, 1, 8.0), pytest.param(3000, 2, 2.5, marks=LONG)],
)
def test_a_row_of_levels_on_a_pipeline_of_three(level, fill, backorders, on_hand, wait, length, replications, loose):
    # rate 2 a day, exponential lead time of mean 1.5 days
    found = replicate(
        stock(40, level, rate="2 /d", lead="1.5 d", law="exponential"), figures, days=length, replications=replications
    )
    theory = palm(level, 3.0)
    assert (float(theory.fill), float(theory.on_hand)) == pytest.approx((fill, on_hand), rel=1e-8)
    agrees(found["fill"], fill, catches=0.03 * loose * np.sqrt((1 - fill) / fill))
    agrees(found["on_hand"], on_hand, catches=0.05 * loose)
    wide = 0.04 * loose / np.sqrt(backorders)
    agrees(found["backorders"], backorders, catches=wide)
    agrees(found["wait"], wait, catches=wide)


@pytest.mark.parametrize(("length", "replications", "loose"), [(500, 1, 6.0), pytest.param(3000, 1, 2.8, marks=LONG)])
def test_waiting_times_within_a_window_at_a_constant_lead_time(length, replications, loose):
    # rate 2 a day, lead time 1.5 days, S = 3: P(W <= w) = P(Poisson(2 (1.5 - w)) <= 2)
    found = replicate(
        stock(40, 3, rate="2 /d", lead="1.5 d", law="constant"), figures, days=length, replications=replications
    )
    agrees(found["fill"], 0.4231900811, catches=0.035 * loose)
    agrees(found["within 0.25"], 0.5438131159, catches=0.027 * loose)
    agrees(found["within 0.5"], 0.6766764162, catches=0.02 * loose)
    agrees(found["within 1.0"], 0.9196986029, catches=0.008 * loose)
