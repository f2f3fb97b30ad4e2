"""Duty, VAT and landed cost against figures worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from netsim.outcome.taxes import drawn_from_bond, import_taxes, landed_cost


def test_landed_cost_of_the_golden_case() -> None:
    # 20.00 + 1.30 = 21.30; duty 5 % = 1.065; VAT 16 % of 22.365 = 3.5784; brokerage 0.60
    figures = landed_cost(20.00, 1.30, duty_rate=0.05, vat_rate=0.16, brokerage=0.60)
    assert figures.duty == pytest.approx(1.065, abs=1e-12)
    assert figures.vat == pytest.approx(3.5784, abs=1e-12)
    assert figures.landed == pytest.approx(22.965, abs=1e-12)
    lost = landed_cost(20.00, 1.30, duty_rate=0.05, vat_rate=0.16, brokerage=0.60, vat_recoverable=False)
    assert lost.landed == pytest.approx(26.5434, abs=1e-12)


def test_vat_that_is_not_recovered_costs_exactly_the_vat() -> None:
    terms = {"duty_rate": 0.1, "vat_rate": 0.075, "brokerage": 3.0, "other_rate": 0.01}
    back, lost = (landed_cost(100.0, 10.0, **terms, vat_recoverable=flag) for flag in (True, False))
    assert lost.landed - back.landed == pytest.approx(lost.vat, abs=1e-12)
    assert back.vat == lost.vat


def test_other_tax_is_on_customs_value_and_duty_and_is_never_recovered() -> None:
    figures = landed_cost(100.0, 0.0, duty_rate=0.1, vat_rate=0.2, other_rate=0.025, brokerage=0.0)
    assert figures.other == pytest.approx(2.75)  # 2.5 % of 110
    assert figures.landed == pytest.approx(112.75)


def test_taxes_of_arrays_are_those_of_their_entries() -> None:
    values, duty, vat = np.array([10.0, 20.0, 0.0]), np.array([0.0, 0.1, 0.5]), np.array([0.2, 0.2, 0.2])
    found = import_taxes(values, duty_rate=duty, vat_rate=vat, other_rate=np.zeros(3))
    np.testing.assert_allclose(found, [[0.0, 2.0, 0.0], [2.0, 4.4, 0.0], [0.0, 0.0, 0.0]])


def test_bonded_pieces_leave_first_in_first_out() -> None:
    # Released: 2 pieces worth 10 each at 10, 3 worth 20 each at 30. Leaving: 1 at 5 (nothing in bond yet), 1 at 10
    # (the entry of that second comes first), 2 at 20 (one bonded piece is left), 3 at 40, 1 at 50 (none left).
    left, taken = np.array([5, 10, 20, 40, 50]), np.array([1, 1, 2, 3, 1])
    qty, value = drawn_from_bond(np.array([30, 10]), np.array([3, 2]), np.array([60.0, 20.0]), left, taken)
    assert qty.tolist() == [0, 1, 1, 3, 0]
    np.testing.assert_allclose(value, [0, 10, 10, 60, 0])


def test_order_of_departures_in_the_table_does_not_matter() -> None:
    entered, pieces, worth = np.array([0]), np.array([4]), np.array([8.0])
    left, taken = np.array([9, 3, 6]), np.array([2, 1, 2])
    qty, value = drawn_from_bond(entered, pieces, worth, left, taken)
    assert qty.tolist() == [1, 1, 2]  # at 3: one, at 6: two, at 9: the last
    np.testing.assert_allclose(value, [2, 2, 4])
