"""Whether a rung of the shortage ladder is taken."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netsim.policies.shortage import rung_is_taken

COUNT = st.integers(0, 100)
TIME = st.integers(0, 10**8)


@given(COUNT, COUNT, st.integers(1, 100), TIME, TIME, TIME)
def test_more_stock_or_more_time_never_closes_a_rung(free, keep, wanted, now, nominal, deadline):
    taken = rung_is_taken(free, keep, wanted, now, nominal, deadline)
    if taken:
        assert rung_is_taken(free + 1, keep, wanted, now, nominal, deadline)
        assert rung_is_taken(free, keep, wanted, now, nominal, deadline + 1)
        assert free - wanted >= keep


def test_both_bounds_belong_to_it():
    assert rung_is_taken(3, 1, 2, 10, 5, 15)
    assert not rung_is_taken(2, 1, 2, 10, 5, 15)
    assert not rung_is_taken(3, 1, 2, 10, 5, 14)
