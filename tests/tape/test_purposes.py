"""The list of purposes: every value once, all within the 8 bits of an address."""

from enum import unique

import pytest

from netsim.errors import ModelError
from netsim.tape.draws import address
from netsim.tape.purposes import Purpose, custom


def test_no_value_is_used_twice():
    assert unique(Purpose) is Purpose  # raises if two names share a value
    assert 0 not in set(Purpose)


def test_custom_purposes_meet_no_built_in_one():
    own = [custom(index) for index in range(192)]
    assert own[0] == Purpose.CUSTOM
    assert not set(own) & (set(Purpose) - {Purpose.CUSTOM})
    assert len(set(own)) == 192


def test_every_purpose_has_an_address():
    every = {*Purpose, *map(custom, range(192))}
    assert len({address(0, purpose) for purpose in every}) == len(every)


@pytest.mark.parametrize("index", [-1, 192])
def test_a_custom_purpose_out_of_range_is_refused(index):
    with pytest.raises(ModelError, match=r"outside 0 \.\. 191"):
        custom(index)
