"""Queues against printed values and against laws that any correct formula keeps."""

import math

import numpy as np
import pytest

from netsim.errors import ModelError
from netsim.theory.queues import erlang_b, erlang_c, machine_repairman, mg1_wait, mmc_wait


def erlang_b_by_sum(servers: int, load: float) -> float:
    """Erlang's 1917 formula as he wrote it, a ratio of sums."""
    terms = [load**k / math.factorial(k) for k in range(servers + 1)]
    return terms[-1] / sum(terms)


@pytest.mark.parametrize(("servers", "load"), [(1, 0.3), (10, 5), (20, 15), (8, 5), (3, 9)])
def test_erlang_b_equals_the_ratio_of_sums(servers: int, load: float) -> None:
    assert erlang_b(servers, load) == pytest.approx(erlang_b_by_sum(servers, load), rel=1e-12)


def test_erlang_b_printed_values() -> None:
    # Erlang's loss tables: B(10, 5) = 0.0184, B(20, 15) = 0.0456.
    assert erlang_b([10, 20], [5, 15]) == pytest.approx([0.01838457034, 0.04559321559], rel=1e-9)


def test_erlang_c_textbook_values() -> None:
    # M/M/3 with load 2 waits with probability 4/9 (any queueing text); M/M/1 waits with probability rho.
    assert erlang_c(3, 2) == pytest.approx(4 / 9, rel=1e-12)
    assert erlang_c(10, 8) == pytest.approx(0.4091801508, rel=1e-9)
    assert erlang_c(1, [0.1, 0.5, 0.9]) == pytest.approx([0.1, 0.5, 0.9], rel=1e-12)


def test_five_technicians_four_jobs_an_hour() -> None:
    assert erlang_c(5, 4) == pytest.approx(0.5541, abs=5e-5)
    assert mmc_wait(5, 4, service_time=1) == pytest.approx(0.5541, abs=5e-5)
    assert mmc_wait(6, 4, service_time=1) == pytest.approx(0.1424, abs=5e-5)


def test_waits_of_textbook_queues() -> None:
    assert mmc_wait(3, 2, service_time=1) == pytest.approx(4 / 9, rel=1e-12)
    assert mmc_wait(1, 0.9, service_time=1) == pytest.approx(9, rel=1e-12)
    assert mg1_wait(0.8, 1, cv=2) == pytest.approx(10, rel=1e-12)


def test_one_exponential_server_is_the_same_by_both_formulas() -> None:
    rates = np.linspace(0, 0.95, 20)
    assert mg1_wait(rates, 1, cv=1) == pytest.approx(mmc_wait(1, rates, service_time=1), abs=1e-12)


def test_overload_waits_for_ever_and_everybody_waits() -> None:
    assert erlang_c([2, 2], [2, 5]).tolist() == [1, 1]
    assert np.isinf(mmc_wait(2, 2, service_time=1))
    assert np.isinf(mg1_wait(1, 1, cv=0))


def test_no_servers_lose_everybody() -> None:
    assert erlang_b(0, 3) == 1
    assert erlang_c(0, 3) == 1


def test_patrol_cars_of_winston() -> None:
    # Winston, Operations Research: 5 cars, up 30 days, 2 repairers of 3 days; the book works on with rounded p0.
    shop = machine_repairman(5, 2, mean_up=30, mean_repair=3)
    assert shop.probabilities[:3] == pytest.approx([0.619, 0.310, 0.062], abs=1e-3)
    assert shop.mean_up == pytest.approx(4.535, abs=6e-4)
    assert shop.mean_down == pytest.approx(0.465, abs=6e-4)
    assert shop.idle_share == pytest.approx(0.774, abs=1e-3)
    assert shop.downtime == pytest.approx(3.08, abs=6e-3)


def test_enough_repairers_make_the_machines_independent() -> None:
    shop = machine_repairman(6, 6, mean_up=8, mean_repair=2)
    binomial = [math.comb(6, k) * 0.2**k * 0.8 ** (6 - k) for k in range(7)]
    assert shop.probabilities == pytest.approx(binomial, rel=1e-12)
    assert shop.downtime == pytest.approx(2, rel=1e-12)


def test_thousands_of_machines_do_not_overflow() -> None:
    shop = machine_repairman(5000, 3, mean_up=1, mean_repair=1)
    assert shop.probabilities.sum() == pytest.approx(1)
    assert shop.mean_up == pytest.approx(3, rel=1e-6)  # three repairers send back 3 per unit of time


@pytest.mark.parametrize(("servers", "load"), [(-1, 1), (1.5, 1), (2, -0.1), (2, math.nan)])
def test_meaningless_numbers_are_refused(servers: float, load: float) -> None:
    with pytest.raises(ModelError, match="give"):
        erlang_b(servers, load)


def test_an_empty_shop_is_refused() -> None:
    with pytest.raises(ModelError, match="at least one machine"):
        machine_repairman(5, 0, mean_up=1, mean_repair=1)
