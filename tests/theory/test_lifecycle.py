"""One-off purchases against printed values and against the brute minimum of their cost."""

import math

import numpy as np
import pytest

from netsim.errors import ModelError
from netsim.theory.lifecycle import critical_ratio, erlang2_renewals, last_time_buy, last_time_buy_cost, newsvendor


def test_last_time_buy_for_a_hundred_pieces() -> None:
    assert critical_ratio(100, 19) == pytest.approx(0.8403, abs=5e-5)
    assert last_time_buy(100, understock=100, overstock=19) == 110


@pytest.mark.parametrize("ratio", [1.0, 3.0])
@pytest.mark.parametrize("overstock", [1, 19, 400])
def test_last_time_buy_is_the_cheapest_quantity(overstock: float, ratio: float) -> None:
    quantities = np.arange(400)
    costs = last_time_buy_cost(quantities, 100, understock=100, overstock=overstock, variance_ratio=ratio)
    chosen = last_time_buy(100, understock=100, overstock=overstock, variance_ratio=ratio)
    assert costs[chosen] == pytest.approx(costs.min(), rel=1e-12)


def test_nothing_is_bought_when_shortage_costs_nothing() -> None:
    assert last_time_buy(100, understock=0, overstock=1) == 0
    assert last_time_buy(0, understock=5, overstock=1) == 0


def test_continuous_newsvendor_of_simopt() -> None:
    # CNTNEWS-1 of the SimOpt library: Burr XII (a 2, b 20), cost 5, price 9, salvage 1; optimum 0.1878.
    def quantile(chance: float) -> float:
        return ((1 - chance) ** (-1 / 20) - 1) ** (1 / 2)

    assert newsvendor(9 - 5, 5 - 1, quantile=quantile) == pytest.approx(0.1878, abs=6e-5)


def test_free_leftovers_and_negative_costs_are_refused() -> None:
    with pytest.raises(ModelError, match="overstock=0"):
        last_time_buy(10, understock=5, overstock=0)
    with pytest.raises(ModelError, match="not both 0"):
        critical_ratio(0, 0)
    with pytest.raises(ModelError, match="0 or more"):
        critical_ratio(-1, 2)


def test_erlang2_renewals() -> None:
    # Cox 1962: printed values, and the sum of P(Poisson(rate t) >= 2 k) over the renewals k.
    assert erlang2_renewals(2, [0.5, 1, 2]) == pytest.approx([0.2838338208, 0.7545789097, 1.750083866], rel=1e-9)
    steps = 2 * 1.3
    chances = [math.exp(-steps) * steps**n / math.factorial(n) for n in range(80)]
    assert erlang2_renewals(2, 1.3) == pytest.approx(sum(sum(chances[2 * k :]) for k in range(1, 40)), rel=1e-9)


def test_early_renewals_keep_their_digits() -> None:
    # For small x, x/2 - (1 - exp(-2x))/4 = x^2/2 - x^3/3 + ...; cancellation must not eat it.
    assert erlang2_renewals(1, 1e-4) == pytest.approx(1e-8 / 2 - 1e-12 / 3, rel=1e-6)


def test_time_does_not_run_backwards() -> None:
    with pytest.raises(ModelError, match="0 or more"):
        erlang2_renewals(1, -1)
