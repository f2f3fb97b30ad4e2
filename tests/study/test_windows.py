import pickle

import pytest

from netsim.errors import ModelError
from netsim.spec.experiment import Windows as Spans
from netsim.study.windows import Windows

DAY = 86400


def test_windows_of_a_study_file():
    windows = Windows.of(Spans.model_validate({"warm_up": "26 wk", "measure": "2 yr", "cool_down": "60 d"}))
    assert (windows.begin, windows.end, windows.horizon) == (182 * DAY, 912 * DAY, 972 * DAY)
    assert windows.length == 730 * DAY
    assert str(windows) == "warm-up 182 d, measured 2 yr, cool-down 60 d"


def test_the_end_is_outside():
    windows = Windows(10, 20, 30)
    assert [windows.holds(s) for s in (9, 10, 19, 20)] == [False, True, True, False]


@pytest.mark.parametrize("numbers", [(-1, 5, 9), (5, 5, 9), (0, 9, 5)])
def test_windows_out_of_order_are_refused(numbers):
    with pytest.raises(ModelError, match="0 <= begin < end <= horizon"):
        Windows(*numbers)


def test_windows_travel_to_workers():
    windows = Windows(0, 1, 2)
    assert pickle.loads(pickle.dumps(windows)) == windows
