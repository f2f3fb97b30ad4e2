"""One bench: waiting times follow the recursions of queueing theory to the second, and its formulas in the long run.

Sources: Erlang 1917 (M/M/c); Pollaczek 1930, Khinchine 1932 (M/G/1); Lindley 1952; Kiefer and Wolfowitz 1955.
"""

from __future__ import annotations

from heapq import heapify, heapreplace

import numpy as np
import pytest

from netsim.theory.queues import erlang_c, mg1_wait, mmc_wait
from tests.engine.networks import HOUR, Lived, sample
from tests.verification.estimates import SEED, agrees, outlets, quotients, replicate
from tests.verification.test_palm import LONG


def shop(count: int, *, technicians: int, rate: str, work: object) -> dict:
    """Return outlets with parts without end, so that only the bench makes anyone wait."""
    bench = {"technicians": technicians, "work": work}
    ample = {"rule": "reorder-point", "levels": {"board": [-1, 10_000_000]}}
    return outlets(count, rate=rate, node={"bench": bench}, stock={f"shop{i:03d}": ample for i in range(count)})


def waits(lived: Lived, *, after: float) -> dict[str, np.ndarray]:
    """Return mean wait in hours, share that waits, and hours of work an hour, at each outlet from *after* hours on."""
    orders, work, horizon = lived.records.orders, lived.records.work, lived.records.horizon
    first = after * HOUR
    rows = (orders["created"] >= first) & (orders["diagnosed"] >= 0)
    node = orders["node"].astype(np.int64)
    size = np.bincount(node[rows])
    busy = np.clip(np.where(work["end"] < 0, horizon, work["end"]), first, None) - np.clip(work["start"], first, None)
    return {
        "wait": quotients(np.bincount(node[rows], weights=orders["queue"][rows]) / HOUR, size),
        "waits": quotients(np.bincount(node[rows], weights=orders["queue"][rows] > 0), size),
        "busy": np.bincount(work["bench"].astype(np.int64), weights=busy) / (horizon - first),
    }


@pytest.mark.parametrize(
    ("technicians", "rate", "work"),
    [
        (1, "0.9 /h", {"exponential": "1 h"}),
        (1, "0.8 /h", {"lognormal": "1 h", "cv": 2}),
        (3, "2 /h", {"gamma": "1 h", "cv": 0.7}),
    ],
)
def test_every_wait_is_that_of_the_recursion(technicians, rate, work):
    lived = sample(shop(2, technicians=technicians, rate=rate, work=work), days=120, seed=SEED)
    orders, jobs = lived.records.orders, lived.records.work
    content = np.full(len(orders["k"]), -1, dtype=np.int64)
    repairs = jobs["activity"] == 1
    content[jobs["subject"][repairs]] = jobs["content"][repairs]
    for outlet in range(2):
        free = [0] * technicians
        heapify(free)
        mine = (orders["node"] == outlet) & (content >= 0)
        for created, queue, worked in zip(orders["created"][mine], orders["queue"][mine], content[mine], strict=True):
            start = max(int(created), free[0])
            assert queue == start - created
            heapreplace(free, start + int(worked))


@pytest.mark.parametrize(
    ("servers", "rate", "probability", "wait", "used", "stretch"),
    [(5, 4, 0.5541, 0.5541, 0.80, 1.6), (6, 4, None, 0.1424, 4 / 6, 1.3), (3, 2, 0.4444444444, 0.4444444444, 2 / 3, 2)],
)
@pytest.mark.parametrize(("length", "replications", "loose"), [(20, 1, 10.0), pytest.param(100, 2, 4.0, marks=LONG)])
def test_o3_several_technicians(servers, rate, probability, wait, used, stretch, length, replications, loose):
    """Short, it sees a technician too few or too many; long, an eighth of the share that waits."""
    # 4 an hour, an hour each: P(wait) 0.5541 and Wq 0.5541 h of five technicians, Wq 0.1424 h of six
    assert float(mmc_wait(servers, float(rate), service_time=1.0)) == pytest.approx(wait, abs=5e-5)
    network = shop(60, technicians=servers, rate=f"{rate} /h", work={"exponential": "1 h"})
    days = stretch * length  # the busier and slower, the longer it remembers
    found = replicate(network, lambda lived: waits(lived, after=48), days=days, replications=replications)
    agrees(found["wait"], wait, catches=0.12 * loose)
    agrees(found["busy"] / servers, used, catches=0.015 * loose)
    if probability is not None:
        assert float(erlang_c(servers, float(rate))) == pytest.approx(probability, abs=5e-5)
        agrees(found["waits"], probability, catches=0.03 * loose)


@pytest.mark.parametrize(
    ("rate", "wait", "outlets", "days", "warm", "catches"),
    [
        (0.7, 7 / 3, 80, 80, 150, (0.75, 0.1, 0.1)),
        pytest.param(0.9, 9.0, 80, 800, 1500, (0.45, 0.03, 0.03), marks=LONG),
    ],
)
def test_one_technician(rate, wait, outlets, days, warm, catches):
    """At a load of 90 % the mean of a wait needs years: there it is tried in the long run only, at 70 % always."""
    assert float(mmc_wait(1, rate, service_time=1.0)) == pytest.approx(wait)
    network = shop(outlets, technicians=1, rate=f"{rate} /h", work={"exponential": "1 h"})
    found = replicate(network, lambda lived: waits(lived, after=warm), days=days)
    agrees(found["wait"], wait, catches=catches[0])
    agrees(found["waits"], rate, catches=catches[1])  # who comes finds the technician busy as often as he is
    agrees(found["busy"], rate, catches=catches[2])


@pytest.mark.parametrize(
    ("rate", "work", "cv", "wait", "outlets", "days", "warm", "catches"),
    [
        (0.6, "gamma", 1.5, 2.4375, 80, 60, 200, (0.85, 0.15, 0.15)),
        pytest.param(0.8, "gamma", 2.0, 10.0, 80, 800, 1500, (0.35, 0.04, 0.04), marks=LONG),
    ],
)
def test_one_technician_with_uneven_work(rate, work, cv, wait, outlets, days, warm, catches):
    """Not lognormal: with such a tail even years leave the mean wait open; its waits follow the recursion above."""
    assert float(mg1_wait(rate, 1.0, cv=cv)) == pytest.approx(wait)
    network = shop(outlets, technicians=1, rate=f"{rate} /h", work={work: "1 h", "cv": cv})
    found = replicate(network, lambda lived: waits(lived, after=warm), days=days)
    agrees(found["wait"], wait, catches=catches[0])
    agrees(found["waits"], rate, catches=catches[1])
    agrees(found["busy"], rate, catches=catches[2])
