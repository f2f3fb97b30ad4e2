"""Replenishment rules by their properties, for any position and any levels."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from netsim.model.model import StockRule
from netsim.policies.replenishment import base_stock, min_max, order_quantity, order_up_to, reorder_point

POSITION = st.integers(-10_000, 10_000)
LEVEL = st.integers(0, 5_000)
LOT = st.integers(1, 500)


@given(POSITION, LEVEL)
def test_base_stock_fills_up_and_never_sends_back(position, high):
    order = base_stock(position, high)
    assert order >= 0
    assert position + order == max(position, high)


@given(POSITION, st.integers(-1, 5_000), LOT)
def test_reorder_point_is_the_least_number_of_lots_above_the_point(position, low, lot):
    order = reorder_point(position, low, lot)
    assert order % lot == 0
    assert position + order > low
    assert order == 0 or position + order - lot <= low
    if position <= low:
        assert low < position + order <= low + lot


@given(POSITION, LEVEL, LEVEL)
def test_min_max_orders_to_the_top_from_the_bottom_only(position, low, high):
    assume(low < high)
    order = min_max(position, low, high)
    assert order == (high - position if position <= low else 0)


@given(POSITION, LEVEL)
def test_order_up_to_at_a_review_is_base_stock_at_that_date(position, high):
    assert order_up_to(position, high) == base_stock(position, high)


@given(POSITION, LEVEL)
def test_lots_of_one_are_base_stock(position, low):
    assert reorder_point(position, low, 1) == base_stock(position, low + 1)


@given(POSITION, LEVEL)
def test_min_max_a_step_apart_is_base_stock(position, low):
    assert min_max(position, low, low + 1) == base_stock(position, low + 1)


@given(st.sampled_from(list(StockRule)[:4]), POSITION, LEVEL, LOT)
def test_every_rule_is_settled_once_it_has_ordered(rule, position, low, gap):
    high = gap if rule == StockRule.REORDER_POINT else low + gap
    order = order_quantity(rule, position, low, high)
    assert order >= 0
    assert order_quantity(rule, position + order, low, high) == 0


@given(st.sampled_from(list(StockRule)[:4]), POSITION, LEVEL, LOT)
def test_a_lower_position_never_orders_less(rule, position, low, gap):
    high = gap if rule == StockRule.REORDER_POINT else low + gap
    assert order_quantity(rule, position - 1, low, high) >= order_quantity(rule, position, low, high)


@given(POSITION, LEVEL, LOT)
def test_each_number_of_a_rule_means_its_function(position, low, gap):
    assert order_quantity(StockRule.BASE_STOCK, position, low, gap) == base_stock(position, gap)
    assert order_quantity(StockRule.REORDER_POINT, position, low, gap) == reorder_point(position, low, gap)
    assert order_quantity(StockRule.MIN_MAX, position, low, low + gap) == min_max(position, low, low + gap)
    assert order_quantity(StockRule.ORDER_UP_TO, position, low, gap) == order_up_to(position, gap)
