"""Replenishment rules: how much to order at an inventory position.

Scalar functions of integers, without state. Position = free + on order + in repair - backorders.
"""

from __future__ import annotations

__all__ = ["base_stock", "min_max", "order_quantity", "order_up_to", "reorder_point"]

BASE_STOCK, REORDER_POINT, MIN_MAX, ORDER_UP_TO = 0, 1, 2, 3


def base_stock(position: int, high: int) -> int:
    """Return the pieces that bring *position* back to the base-stock level *high* (S-1,S)."""
    return high - position if position < high else 0


def reorder_point(position: int, low: int, lot: int) -> int:
    """Return the least multiple of *lot* that lifts *position* above *low* (s,Q)."""
    return 0 if position > low else ((low - position) // lot + 1) * lot


def min_max(position: int, low: int, high: int) -> int:
    """Return the pieces up to *high* once *position* is at *low* or below (s,S)."""
    return high - position if position <= low and position < high else 0


def order_up_to(position: int, high: int) -> int:
    """Return the pieces up to *high* at a review (R,S)."""
    return high - position if position < high else 0


def order_quantity(rule: int, position: int, low: int, high: int) -> int:
    """Return the pieces to order now under *rule* (numbers of `netsim.model.model.StockRule`)."""
    if rule == BASE_STOCK:
        return base_stock(position, high)
    if rule == REORDER_POINT:
        return reorder_point(position, low, high)
    if rule == MIN_MAX:
        return min_max(position, low, high)
    return order_up_to(position, high)
