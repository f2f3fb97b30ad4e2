"""Collection is put off inside, and as it was outside, whatever happens."""

from __future__ import annotations

import gc

import pytest

from netsim.spec.collecting import keeping_all


@keeping_all
def look(*, fails: bool = False) -> bool:
    if fails:
        raise ValueError("inside")
    return gc.isenabled()


def test_collection_is_off_inside_and_on_again_outside() -> None:
    assert gc.isenabled()
    assert look() is False
    assert gc.isenabled()
    with pytest.raises(ValueError, match="inside"):
        look(fails=True)
    assert gc.isenabled()


def test_collection_that_is_off_stays_off() -> None:
    gc.disable()
    try:
        assert look() is False
        assert not gc.isenabled()
    finally:
        gc.enable()
