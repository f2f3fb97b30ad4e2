"""Stock formulas against printed values, brute sums and the limits where two formulas must agree."""

import math

import numpy as np
import pytest

from netsim.errors import ModelError
from netsim.theory.spares import (
    base_pipeline,
    graves,
    lost_sales_fill,
    metric,
    order_up_to_fill,
    palm,
    periodic_ss_cost,
    reorder_point_cost,
    reorder_point_fill,
    size_base_stock,
    size_order_up_to,
    size_reorder_point,
    two_echelon,
    wait_within,
)


def poisson(count: int, mean: float) -> float:
    return math.exp(-mean) * mean**count / math.factorial(count)


def negative_binomial(count: int, mean: float, ratio: float) -> float:
    order, success = mean / (ratio - 1), 1 / ratio
    log_ways = math.lgamma(count + order) - math.lgamma(order) - math.lgamma(count + 1)
    return math.exp(log_ways + order * math.log(success) + count * math.log(1 - success))


class TestPalm:
    def test_printed_values(self) -> None:
        # Rate 2, mean lead time 1.5: Palm 1938, Feeney and Sherbrooke 1966, by the Poisson table of mean 3.
        point = palm([2, 4, 6], 3)
        assert point.fill == pytest.approx([0.1991482735, 0.6472318888, 0.916082058], rel=1e-9)
        assert point.no_backlog == pytest.approx([0.4231900811, 0.8152632445, 0.9664914647], rel=1e-9)
        assert point.backorders == pytest.approx([1.248935342, 0.3193573117, 0.05070261424], rel=1e-9)
        assert point.on_hand == pytest.approx([0.2489353418, 1.319357312, 3.050702614], rel=1e-9)

    def test_half_a_piece_a_day_and_ten_days(self) -> None:
        point = palm(8, 5)
        assert [float(point.fill), float(point.backorders), float(point.on_hand)] == pytest.approx(
            [0.8666, 0.1221, 3.1221], abs=5e-5
        )
        assert float(point.backorders) / 0.5 == pytest.approx(0.2442, abs=5e-5)

    def test_depot_without_stock_is_one_long_lead_time(self) -> None:
        assert palm(4, 0.1 * (20 + 5)).fill == pytest.approx(0.7576, abs=5e-5)

    @pytest.mark.parametrize("ratio", [1.0, 1.7, 4.0])
    def test_equals_sums_over_the_distribution(self, ratio: float) -> None:
        chances = [poisson(k, 4.5) if ratio == 1 else negative_binomial(k, 4.5, ratio) for k in range(150)]
        for stock in (0, 1, 5, 12):
            point = palm(stock, 4.5, variance_ratio=ratio)
            assert point.fill == pytest.approx(sum(chances[:stock]), abs=1e-12)
            assert point.no_backlog == pytest.approx(sum(chances[: stock + 1]), abs=1e-12)
            assert point.backorders == pytest.approx(
                sum(max(k - stock, 0) * p for k, p in enumerate(chances)), abs=1e-9
            )
            assert point.on_hand == pytest.approx(sum(max(stock - k, 0) * p for k, p in enumerate(chances)), abs=1e-9)

    def test_without_demand_everything_is_on_hand(self) -> None:
        for ratio in (1.0, 2.0):
            point = palm([0, 3], 0, variance_ratio=ratio)
            assert point.fill.tolist() == [0, 1]
            assert point.on_hand.tolist() == [0, 3]
            assert point.backorders.tolist() == [0, 0]

    def test_pooling_saves_stock_at_equal_fill(self) -> None:
        # Four outlets of pipeline 2 against one of pipeline 8, 95 % fill.
        assert (size_base_stock(0.95, 2), size_base_stock(0.95, 8)) == (6, 14)
        assert 4 * float(palm(6, 2).on_hand) == pytest.approx(16.02, abs=5e-3)
        assert palm(14, 8).on_hand == pytest.approx(6.03, abs=5e-3)

    @pytest.mark.parametrize(("stock", "pipeline"), [(-1, 2), (1.5, 2), (1, -2), (1, math.nan)])
    def test_meaningless_numbers_are_refused(self, stock: float, pipeline: float) -> None:
        with pytest.raises(ModelError, match="give"):
            palm(stock, pipeline)

    def test_naive_planner_pays_for_forecast_error(self) -> None:
        # Pipeline 60, target 95 %, level sized from 60 X with X lognormal of mean 1; means over X by quantiles.
        from scipy.special import ndtri

        middles = ndtri((np.arange(400) + 0.5) / 400)
        for sigma, fill, on_hand in [(0.0, 0.956, 14.1), (0.2513, 0.759, 16.0), (0.5067, 0.580, 20.3)]:
            forecasts = 60 * np.exp(sigma * middles - sigma**2 / 2)
            point = palm([size_base_stock(0.95, forecast) for forecast in forecasts], 60)
            assert point.fill.mean() == pytest.approx(fill, abs=0.01)
            assert point.on_hand.mean() == pytest.approx(on_hand, rel=0.03)


class TestWaiting:
    def test_constant_lead_time(self) -> None:
        # P(Poisson(2 (1.5 - w)) <= 2).
        chances = [sum(poisson(k, 2 * (1.5 - w)) for k in range(3)) for w in (0, 0.25, 0.5, 1)]
        assert wait_within(3, 2, lead_time=1.5, window=[0, 0.25, 0.5, 1]) == pytest.approx(chances, rel=1e-12)
        assert chances == pytest.approx([0.4231900811, 0.5438131159, 0.6766764162, 0.9196986029], rel=1e-9)

    def test_nobody_waits_longer_than_the_lead_time(self) -> None:
        assert wait_within([0, 3], 2, lead_time=1.5, window=1.5).tolist() == [1, 1]
        assert wait_within(0, 2, lead_time=1.5, window=1.4) == 0

    def test_mean_wait_is_backorders_over_rate(self) -> None:
        windows = (np.arange(3000) + 0.5) / 2000
        late = 1 - wait_within(3, 2, lead_time=1.5, window=windows)
        assert late.sum() / 2000 == pytest.approx(float(palm(3, 3).backorders) / 2, rel=1e-5)


class TestLostSales:
    def test_printed_values(self) -> None:
        # Erlang loss, rate 2, mean lead time 1.5; and load 5 with 8 pieces.
        assert lost_sales_fill([2, 4, 6], 3) == pytest.approx([0.4705882353, 0.7938931298, 0.9478428847], rel=1e-9)
        assert lost_sales_fill(8, 5) == pytest.approx(0.93, abs=5e-5)

    def test_losing_demand_leaves_more_for_the_rest(self) -> None:
        stocks = np.arange(1, 20)
        assert (lost_sales_fill(stocks, 6) > palm(stocks, 6).fill).all()


class TestSizing:
    @pytest.mark.parametrize("ratio", [1.0, 2.5])
    @pytest.mark.parametrize("mean", [0.0, 0.3, 7.0, 350.0])
    @pytest.mark.parametrize("target", [0.0, 0.5, 0.95, 0.999])
    def test_base_stock_is_the_smallest_that_reaches_the_target(self, target: float, mean: float, ratio: float) -> None:
        level = size_base_stock(target, mean, variance_ratio=ratio)
        assert palm(level, mean, variance_ratio=ratio).fill >= target
        assert level == 0 or palm(level - 1, mean, variance_ratio=ratio).fill < target

    @pytest.mark.parametrize("ratio", [1.0, 2.5])
    @pytest.mark.parametrize("quantity", [1, 5, 40])
    def test_reorder_point_is_the_smallest_that_reaches_the_target(self, quantity: int, ratio: float) -> None:
        point = size_reorder_point(0.9, 12, quantity=quantity, variance_ratio=ratio)
        assert reorder_point_fill(point, quantity, mean=12, variance_ratio=ratio) >= 0.9
        assert point == 0 or reorder_point_fill(point - 1, quantity, mean=12, variance_ratio=ratio) < 0.9

    @pytest.mark.parametrize("ratio", [1.0, 2.5])
    def test_order_up_to_is_the_smallest_that_reaches_the_target(self, ratio: float) -> None:
        level = size_order_up_to(0.9, 5, mean_over_review=3.5, variance_ratio=ratio)
        assert order_up_to_fill(level, 5, mean_over_review=3.5, variance_ratio=ratio) >= 0.9
        assert order_up_to_fill(level - 1, 5, mean_over_review=3.5, variance_ratio=ratio) < 0.9

    def test_more_variance_never_needs_less(self) -> None:
        levels = [size_base_stock(0.95, 20, variance_ratio=ratio) for ratio in (1, 1.5, 2, 4, 8)]
        assert levels == sorted(levels)
        assert levels[-1] > levels[0]

    def test_one_piece_at_a_time_is_base_stock(self) -> None:
        assert reorder_point_fill(6, 1, mean=5) == pytest.approx(float(palm(7, 5).fill), rel=1e-12)
        assert size_reorder_point(0.95, 5, quantity=1) == size_base_stock(0.95, 5) - 1

    def test_fill_of_reorder_point_is_the_average_over_positions(self) -> None:
        # Snyder and Shen, Example 5.8: rate 1.5, lead time 2, (3,5): the average of five Poisson sums of mean 3.
        sums = [sum(poisson(k, 3) for k in range(position)) for position in range(4, 9)]
        assert reorder_point_fill(3, 5, mean=3) == pytest.approx(sum(sums) / 5, rel=1e-12)
        assert reorder_point_fill(3, 5, mean=3) == pytest.approx(0.8666328304, rel=1e-9)

    def test_continuous_review_is_base_stock(self) -> None:
        assert order_up_to_fill(9, 5, mean_over_review=0) == pytest.approx(float(palm(9, 5).fill), rel=1e-12)
        assert order_up_to_fill(9, 5, mean_over_review=1e-5) == pytest.approx(float(palm(9, 5).fill), rel=1e-5)

    def test_periodic_fill_is_the_average_over_the_review(self) -> None:
        middles = 5 + 3.5 * (np.arange(2000) + 0.5) / 2000
        for ratio in (1.0, 2.0):
            average = palm(np.full(2000, 11), middles, variance_ratio=ratio).fill.mean()
            assert order_up_to_fill(11, 5, mean_over_review=3.5, variance_ratio=ratio) == pytest.approx(
                average, rel=1e-6
            )

    @pytest.mark.parametrize("target", [1.0, 1.2, -0.1, math.nan])
    def test_impossible_targets_are_refused(self, target: float) -> None:
        with pytest.raises(ModelError, match="target_fill"):
            size_base_stock(target, 3)

    def test_other_meaningless_numbers_are_refused(self) -> None:
        with pytest.raises(ModelError, match="variance_ratio"):
            size_base_stock(0.9, 3, variance_ratio=0.5)
        with pytest.raises(ModelError, match="mean demand"):
            size_base_stock(0.9, math.inf)
        with pytest.raises(ModelError, match="at least one piece"):
            size_reorder_point(0.9, 3, quantity=0)


class TestCosts:
    def test_reorder_points_of_snyder_and_shen(self) -> None:
        # Fundamentals of Supply Chain Theory, 2nd ed., Example 5.8.
        prices = {"rate": 1.5, "lead_time": 2, "order": 100, "holding": 20, "backorder": 150}
        assert reorder_point_cost(3, 5, **prices) == pytest.approx(107.9235806, abs=1e-6)
        assert reorder_point_cost(8, 12, **prices) == pytest.approx(242.5281638, abs=1e-6)

    def test_periodic_levels_of_snyder_and_shen(self) -> None:
        # Fundamentals of Supply Chain Theory, 2nd ed., Example 4.7 and Problem 4.31.
        prices = {"mean": 6, "order": 5, "holding": 1, "backorder": 4}
        assert periodic_ss_cost(4, 10, **prices) == pytest.approx(8.034111561, abs=1e-6)
        assert periodic_ss_cost(6, 18, **prices) == pytest.approx(10.19379867, abs=1e-6)
        assert periodic_ss_cost(2, 7, mean=4, order=150, holding=40, backorder=125) == pytest.approx(
            223.5748296, abs=1e-6
        )

    def test_nonsense_is_refused(self) -> None:
        with pytest.raises(ModelError, match="S must exceed s"):
            periodic_ss_cost(5, 5, mean=1, order=1, holding=1, backorder=1)
        with pytest.raises(ModelError, match="positive mean"):
            periodic_ss_cost(1, 5, mean=0, order=1, holding=1, backorder=1)


class TestTwoEchelon:
    def test_twenty_outlets_below_a_repair_depot(self) -> None:
        # Graves 1985: exact by binomial disaggregation.
        network = two_echelon(np.full(20, 0.2), np.full(20, 1), transport=3, depot_stock=24, depot_lead=6)
        assert network.bases.fill == pytest.approx(np.full(20, 0.50196), abs=5e-6)

    def test_four_bases(self) -> None:
        # Depot backorders are exact; simulated fill 0.811 to 0.815, simulated backorders 0.077 a base.
        bases = {"rates": np.full(4, 0.1), "stocks": np.full(4, 2), "transport": 5, "depot_stock": 8, "depot_lead": 20}
        exact, approximate, fitted = two_echelon(**bases), metric(**bases), graves(**bases)
        assert exact.depot.backorders == pytest.approx(1.1167, abs=5e-5)
        assert 0.811 <= exact.bases.fill[0] <= 0.815
        assert exact.bases.backorders[0] == pytest.approx(0.077, abs=5e-4)
        assert approximate.bases.fill[0] == pytest.approx(0.816, abs=5e-4)
        assert approximate.bases.backorders[0] == pytest.approx(0.054, abs=5e-4)
        assert abs(fitted.bases.backorders[0] - 0.0766) < abs(approximate.bases.backorders[0] - 0.0766) / 10

    def test_a_depot_without_stock_is_a_longer_lead_time(self) -> None:
        network = two_echelon([0.1, 0.4], [4, 3], transport=5, depot_stock=0, depot_lead=20)
        alone = palm([4, 3], np.array([0.1, 0.4]) * 25)
        assert network.bases.fill == pytest.approx(alone.fill, rel=1e-9)
        assert network.bases.backorders == pytest.approx(alone.backorders, rel=1e-9)

    def test_a_full_depot_leaves_only_transport(self) -> None:
        network = two_echelon([0.1, 0.4], [1, 3], transport=5, depot_stock=60, depot_lead=20)
        assert network.bases.fill == pytest.approx(palm([1, 3], [0.5, 2]).fill, rel=1e-9)

    def test_one_base_waits_for_all_depot_backorders(self) -> None:
        # D = (N - 2)+ + M with N ~ Poisson(3), M ~ Poisson(1), summed by hand.
        waiting = [sum(poisson(n, 3) for n in range(3))] + [poisson(k + 2, 3) for k in range(1, 60)]
        on_order = [sum(waiting[k] * poisson(j - k, 1) for k in range(j + 1)) for j in range(6)]
        found = base_pipeline(1.0, depot_rate=1, depot_stock=2, depot_lead=3, transport=1, size=6)
        assert found == pytest.approx(on_order, rel=1e-9)

    def test_a_base_without_demand_keeps_its_stock(self) -> None:
        network = two_echelon([0.0, 0.5], [2, 1], transport=3, depot_stock=1, depot_lead=6)
        assert network.bases.fill[0] == pytest.approx(1)
        assert network.bases.on_hand[0] == pytest.approx(2)
        assert network.bases.backorders[0] == pytest.approx(0, abs=1e-12)

    def test_agrees_with_a_direct_sample_of_the_pipeline(self) -> None:
        # The two-echelon recursion sampled: orders in repair, FIFO split by drawing without replacement of marks.
        generator = np.random.default_rng()
        in_repair = generator.poisson(0.6 * 8, size=40_000)
        own_waiting = generator.binomial(np.maximum(in_repair - 4, 0), 1 / 3)
        on_order = own_waiting + generator.poisson(0.2 * 3, size=40_000)
        exact = two_echelon(np.full(3, 0.2), np.full(3, 2), transport=3, depot_stock=4, depot_lead=8).bases.fill[0]
        # Five standard errors: a false alarm once in 1.7 million runs.
        assert abs(np.mean(on_order <= 1) - exact) < 5 * math.sqrt(exact * (1 - exact) / 40_000)

    def test_shapes_must_agree(self) -> None:
        with pytest.raises(ModelError, match="one rate and one stock"):
            two_echelon([0.1, 0.2], [1], transport=1, depot_stock=1, depot_lead=1)
        with pytest.raises(ModelError, match="positive rate"):
            metric([0.0], [1], transport=1, depot_stock=1, depot_lead=1)
