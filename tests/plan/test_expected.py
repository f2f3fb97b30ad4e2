"""Expected demand for parts: worked by hand for the small network, and conserved on its way up."""

from dataclasses import replace

import numpy as np
import pytest

from netsim.errors import ModelError
from netsim.model.model import Channel
from netsim.plan.expected import channel_shares, core_loop, expect

DAY = 86_400
EAST, WEST, HUB, FACTORY, SUPPLIER = range(5)
E_BOARD, E_PHONE, E_SCREEN, W_BOARD, W_PHONE, W_SCREEN, H_BOARD, H_PHONE, H_SCREEN = range(9)


def claims(small):
    """Return (board, drop) claims a day of the whole market, both in warranty throughout these tests."""
    return small.demand.national.sum(axis=2).T


def test_claims_take_their_parts_at_the_nearest_outlet(small):
    board, drop = claims(small)
    own = expect(small.model(), small.demand).own
    assert own[:, E_BOARD] == pytest.approx(0.7 * board)
    assert own[:, W_SCREEN] == pytest.approx(0.3 * (board + 2 * drop))
    assert not own[:, [E_PHONE, W_PHONE, H_BOARD, H_PHONE, H_SCREEN]].any()


def test_no_fault_remote_and_refused_quotes_take_no_parts(small):
    faults = claims(small)
    small.no_fault, small.remote, small.accept = 0.25, 0.1, 0.6
    own = expect(small.model(), small.demand).own
    # Claims are faults / (1 - no fault); what is left on site are 90 % of the genuine faults.
    assert own[:, E_BOARD] == pytest.approx(0.7 * 0.9 * faults[0])
    assert own[:, E_SCREEN] == pytest.approx(0.7 * 0.9 * (faults[0] + 2 * 0.6 * faults[1]))


def test_out_of_warranty_all_repairs_are_paid(small):
    del small.product["warranty"]
    small.accept = 0.6
    board, _ = claims(small)
    assert expect(small.model(), small.demand).own[:, E_BOARD] == pytest.approx(0.7 * 0.6 * board)


def test_gravity_splits_by_weight(small):
    small.gravity = 1
    board, _ = claims(small)
    own = expect(small.model(), small.demand).own
    assert own[:, E_BOARD] == pytest.approx((0.7 * 3 / 4 + 0.3 / 2) * board)
    assert own[:, E_BOARD] + own[:, W_BOARD] == pytest.approx(board)


def test_a_swap_takes_a_unit_and_is_for_free_repairs_only(small):
    small.offered = 1 << Channel.SWAP | 1 << Channel.WALK_IN
    small.preferences = [([Channel.SWAP, Channel.WALK_IN], 1.0)]
    board, drop = claims(small)
    own = expect(small.model(), small.demand).own
    assert own[:, E_PHONE] == pytest.approx(0.7 * board)
    assert own[:, E_SCREEN] == pytest.approx(0.7 * 2 * drop)
    assert not own[:, E_BOARD].any()
    del small.product["unit"]  # nothing to swap for: all is repaired
    assert expect(small.model(), small.demand).own[:, E_BOARD] == pytest.approx(0.7 * board)


def test_a_swap_without_a_check_takes_a_unit_for_every_claim(small):
    small.offered, small.preferences = 1 << Channel.SWAP, [([Channel.SWAP], 1.0)]
    small.no_fault = 0.2
    checked = small.model()
    unchecked = replace(checked, serving=replace(checked.serving, swap_check=0))
    found = [expect(model, small.demand).own[:, E_PHONE] for model in (checked, unchecked)]
    assert found[0].any()
    assert found[1] * (1 - 0.2) == pytest.approx(found[0])


def test_preferences_share_the_customers_out_among_channels(small):
    small.preferences = [([Channel.MAIL_IN, Channel.WALK_IN], 0.2), ([Channel.WALK_IN, Channel.MAIL_IN], 0.8)]
    small.offered = 1 << Channel.WALK_IN | 1 << Channel.MAIL_IN
    board, _ = claims(small)
    own = expect(small.model(), small.demand).own
    assert own[:, H_BOARD] == pytest.approx(0.2 * board)
    assert own[:, E_BOARD] == pytest.approx(0.8 * 0.7 * board)


def test_who_lives_too_far_takes_the_fallback_or_is_lost(small):
    small.outlets, small.weights = [[EAST, WEST], []], [1, 1]
    model = small.model()
    assert channel_shares(model, 0, may_swap=True) == {Channel.WALK_IN: 1.0}
    assert channel_shares(model, 1, may_swap=True) == {Channel.LOST: 1.0}
    small.fallback = Channel.MAIL_IN
    assert channel_shares(small.model(), 1, may_swap=False) == {Channel.MAIL_IN: 1.0}
    board, _ = claims(small)
    assert expect(small.model(), small.demand).own[:, H_BOARD] == pytest.approx(0.3 * board)


def test_a_fleet_asks_at_its_failure_rate(small):
    plain = expect(small.model(), small.demand).own[:, E_BOARD]
    small.fleets = 1
    assert expect(small.model(), small.demand).own[:, E_BOARD] - plain == pytest.approx(50 / 25)


def test_demand_is_conserved_up_the_echelons(small):
    small.core_target = -1
    found = expect(small.model(), small.demand)
    for outlets, hub in (([E_BOARD, W_BOARD], H_BOARD), ([E_SCREEN, W_SCREEN], H_SCREEN)):
        assert found.asked[:, hub] == pytest.approx(found.own[:, outlets].sum(axis=1))
        assert found.ordered[:, hub] == pytest.approx(found.asked[:, hub])
    assert found.source.tolist() == [H_BOARD, H_PHONE, H_SCREEN] * 2 + [-1, -1, -1]
    assert found.order_time / DAY == pytest.approx([2] * 6 + [18] * 3)


def test_repaired_cores_spare_the_supplier(small):
    small.core_return, small.ber, small.good = 0.9, 0.1, 0.8
    found = expect(small.model(), small.demand)
    back = 0.9 * 0.9 * 0.8
    assert found.per_piece(found.born)[H_BOARD] == pytest.approx(0.9)
    assert found.per_piece(found.good)[H_BOARD] == pytest.approx(back)
    assert found.asked[:, H_BOARD] == pytest.approx(found.own[:, [E_BOARD, W_BOARD]].sum(axis=1))
    assert found.ordered[:, H_BOARD] == pytest.approx((1 - back) * found.asked[:, H_BOARD])
    assert not found.cores[:, [E_BOARD, H_SCREEN, H_PHONE]].any()
    # 4 d to the factory, 8 h of work, 1 d to the hub.
    assert found.loop_time[H_BOARD] == pytest.approx(5 * DAY + 8 * 3600)


def test_cores_that_come_back_to_outlets_spare_the_hub(small):
    small.core_target = EAST
    model = small.model()
    model.returns_next[:] = [FACTORY, FACTORY, EAST, HUB, -1]
    model.returns_route[:] = [2, 2, 0, 3, -1]
    found = expect(model, small.demand)
    # East receives the cores of west as well: more than it asks for while they are 30 of 100.
    assert found.returned[:, E_BOARD] == pytest.approx(found.own[:, [E_BOARD, W_BOARD]].sum(axis=1))
    assert found.per_piece(found.good)[E_BOARD] == 1.0
    assert found.asked[:, H_BOARD] == pytest.approx(found.own[:, W_BOARD])
    assert found.loop_time[E_BOARD] == pytest.approx(7 * DAY + 8 * 3600)


def test_a_bench_open_half_the_time_works_twice_as_long(small):
    small.calendar = 0
    seconds, good = core_loop(small.model(), EAST, HUB)
    assert seconds == pytest.approx(5 * DAY + 16 * 3600, abs=120)
    assert good == 1


def test_a_way_that_never_meets_a_factory_brings_nothing_back(small):
    model = small.model()
    model.returns_next[:] = [WEST, EAST, -1, HUB, -1]  # round and round
    assert core_loop(model, EAST, HUB) is None
    assert not expect(model, small.demand).returned.any()
    model.returns_next[:] = [FACTORY, FACTORY, -1, FACTORY, -1]  # good parts stay at the factory
    assert core_loop(model, EAST, HUB) is None
    assert core_loop(model, EAST, FACTORY) == (4 * DAY + 8 * 3600, 1.0)


def test_a_demand_of_another_world_is_refused(small):
    other = small.demand
    small.product["modes"]["third"] = {"hazard": "1 %/yr"}
    with pytest.raises(ModelError, match="make both from one scenario"):
        expect(small.model(), other)
    assert np.isfinite(other.national).all()
