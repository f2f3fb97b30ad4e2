"""The tape as engines and tests use it: marks by any road are the same, scripts say what they say."""

import pickle
from datetime import date

import numpy as np
import pytest

from netsim.errors import ModelError, TapeExhausted
from netsim.spec.world import World
from netsim.tape.demand import demand
from netsim.tape.draws import mark, name_hash, stream_key
from netsim.tape.purposes import Purpose
from netsim.tape.tape import DATE, Tape

DAY = 86_400
START = date(2026, 1, 1)
COLUMNS = ("time", "zone", "k", "mode", "cohort", "warranty")


def world(**fields):
    return World(
        countries={"XX": {}},
        products={
            "phone": {
                "sales": {"plateau": 900.0, "months_before": 6},
                "modes": {"a": {"hazard": "10 %/yr"}, "b": {"hazard": "20 %/yr"}},
                "warranty": "90 d",
            }
        },
        zones={name: {"at": [0, 0], "country": "XX", "share": 0.5} for name in ("north", "south")},
        **fields,
    )


FLEETS = {"fleets": {"servers": {"at": [0, 0], "country": "XX", "units": 40, "life": "10 d"}}}


def sample(made=None, *, seed=7, replication=2, horizon=120 * DAY):
    return Tape.sample(made or world(), start=START, horizon=horizon, seed=seed, replication=replication)


def test_equal_arguments_give_equal_tapes_and_others_do_not():
    first, again, other = sample(), sample(), sample(replication=3)
    for column in COLUMNS:
        assert np.array_equal(getattr(first.claims, column), getattr(again.claims, column)), column
    assert not np.array_equal(first.claims.time[:20], other.claims.time[:20])
    assert (first.seed, first.replication) == (7, 2)


def test_demand_at_hand_gives_the_same_tape_and_a_wrong_one_is_refused():
    made = world()
    at_hand = demand(made, START, 120 * DAY)
    tape = Tape.sample(made, start=START, horizon=120 * DAY, seed=7, replication=2, demand=at_hand)
    assert np.array_equal(tape.claims.time, sample().claims.time)
    with pytest.raises(ModelError, match="compute it anew"):
        Tape.sample(made, start=START, horizon=119 * DAY, seed=7, replication=2, demand=at_hand)


def test_owners_are_zones_then_fleets():
    tape = sample(world(**FLEETS))
    assert tape.owner_names == ("north", "south", "servers")
    assert tape.counts[:2] == tuple(np.bincount(tape.claims.zone).tolist())
    assert set(tape.claims.zone.tolist()) == {0, 1}


def test_columns_and_single_draws_are_the_same_marks():
    tape = sample(world(**FLEETS))
    key = stream_key(7, 2, "outlet 1")
    stream = tape.stream("outlet 1")
    assert tape.stream("outlet 1") is stream
    for owner, name in enumerate(tape.owner_names):
        count = tape.counts[owner]
        assert count > 20
        # Twice through and beyond the end: before, across and after the change from single draws to a column.
        for number in [*range(count + 3), *range(count + 3)]:
            expected = mark(key, number, name_hash(name), 1, Purpose.REPAIR, 0)
            assert stream.mark(owner, number, 1, Purpose.REPAIR) == expected
        for attempt in range(12):
            assert stream.mark(owner, 4, 0, Purpose.TEST, attempt) == mark(
                key, 4, name_hash(name), 0, Purpose.TEST, attempt
            )


def test_the_failures_of_a_fleet_go_on_beyond_its_number_of_units():
    stream, key = sample(world(**FLEETS)).stream("servers"), stream_key(7, 2, "servers")
    for number in range(0, 2000, 3):
        assert stream.mark(2, number, 0, Purpose.UP_TIME) == mark(key, number, name_hash("servers"), 0, Purpose.UP_TIME)


def test_dates_draw_by_their_second_and_owner_word_zero():
    stream = sample().stream("hub")
    key = stream_key(7, 2, "hub")
    for second in [0, 5, 3600, 5] * 5:
        assert stream.mark(DATE, second, 0, Purpose.TIE) == mark(key, second, 0, 0, Purpose.TIE)


def test_marks_do_not_depend_on_the_order_of_asking():
    forward, backward = sample().stream("x"), sample().stream("x")
    numbers = list(range(40))
    one = {n: forward.mark(0, n, 0, Purpose.REPAIR) for n in numbers}
    two = {n: backward.mark(0, n, 0, Purpose.REPAIR) for n in reversed(numbers)}
    assert one == two


@pytest.mark.parametrize("owner", [-2, 2, 99])
def test_an_unknown_owner_is_refused(owner):
    with pytest.raises(ModelError, match="no owner"):
        sample().stream("x").mark(owner, 0, 0, Purpose.REPAIR)


def test_a_tape_survives_pickling():
    tape = sample()
    before = [tape.stream("x").mark(0, n, 0, Purpose.REPAIR) for n in range(30)]
    copy = pickle.loads(pickle.dumps(tape))
    assert [copy.stream("x").mark(0, n, 0, Purpose.REPAIR) for n in range(30)] == before
    assert np.array_equal(copy.claims.mode, tape.claims.mode)
    assert repr(copy) == repr(tape)
    script = Tape.script([(0, "z", 0)], marks={("lane", 0, Purpose.TRANSIT): 5}, strict=True)
    assert pickle.loads(pickle.dumps(script)).stream("lane").mark(0, 0, 0, Purpose.TRANSIT) == 5


def test_a_table_for_people():
    tape = sample()
    table = tape.to_frame()
    assert list(table.columns) == ["time", "zone", "k", "product", "mode", "sold", "warranty"]
    assert len(table) == len(tape.claims)
    assert set(table["zone"]) == {"north", "south"}
    assert set(table["product"]) == {"phone"}
    assert set(table["mode"]) == {"a", "b"}
    assert table["sold"].between("2025-07", "2026-04").all()
    assert table["warranty"].dtype == bool


def test_a_script_plays_its_rows_in_order_and_numbers_them():
    tape = Tape.script([(50, "b", 1), (10, "a", 0, 0), (20, 0, 2)], owner_names=["a", "b"])
    assert tape.claims.time.tolist() == [10, 20, 50]
    assert tape.claims.zone.tolist() == [0, 0, 1]
    assert tape.claims.k.tolist() == [0, 1, 0]
    assert tape.claims.mode.tolist() == [0, 2, 1]
    assert tape.claims.warranty.tolist() == [0, 1, 1]
    assert tape.owner_names == ("a", "b")
    assert Tape.script([(5, "x", 0), (1, "y", 0)]).owner_names == ("x", "y")
    assert len(Tape.script([]).claims) == 0
    assert Tape.script([(5, "x", 3)]).to_frame()["mode"].tolist() == ["3"]


def test_a_script_answers_with_its_marks_or_one_half():
    marks = {
        ("lane", 0, Purpose.TRANSIT): 7,
        ("lane", 1, Purpose.TRANSIT, 2): 8,
        ("bench", 0, Purpose.TEST, 0, 1): 9,
    }
    tape = Tape.script([(0, "z", 0)], marks=marks)
    lane, bench = tape.stream("lane"), tape.stream("bench")
    assert lane.mark(0, 0, 0, Purpose.TRANSIT) == 7
    assert lane.mark(0, 0, 1, Purpose.TRANSIT) == 2**31
    assert lane.mark(0, 1, 2, Purpose.TRANSIT) == 8
    assert bench.mark(0, 0, 0, Purpose.TEST, 1) == 9
    assert bench.mark(0, 0, 0, Purpose.TEST) == 2**31
    assert Tape.script([], default=3).stream("x").mark(0, 0, 0, 1) == 3


def test_a_strict_script_tells_the_draw_that_it_lacks():
    tape = Tape.script([(0, "z", 0)], marks={("lane", 0, Purpose.TRANSIT): 7}, strict=True)
    assert tape.stream("lane").mark(0, 0, 0, Purpose.TRANSIT) == 7
    with pytest.raises(TapeExhausted, match=r"'lane', 1, TRANSIT, line 0, attempt 0"):
        tape.stream("lane").mark(0, 1, 0, Purpose.TRANSIT)


def test_keys_and_owner_words_are_those_that_streams_draw_with():
    tape = sample(world(**FLEETS))
    names = ["outlet 1", "", "München", "north", *(f"lane {i}" for i in range(50))]
    keys = tape.keys(names)
    assert (keys.dtype, keys.shape) == (np.uint64, (len(names), 2))
    assert [tuple(row) for row in keys.tolist()] == [stream_key(7, 2, name) for name in names]
    assert [tape.key(name) for name in names] == [stream_key(7, 2, name) for name in names]
    assert tape.keys([]).shape == (0, 2)
    assert tape.owner_words.dtype == np.uint64
    assert tape.owner_words.tolist() == [name_hash(name) for name in tape.owner_names]


def test_a_script_can_be_read_and_not_written():
    marks = {("lane", 0, Purpose.TRANSIT): 7, ("bench", 0, Purpose.TEST, 0, 1): 9}
    tape = Tape.script([(0, "z", 0)], marks=marks, default=5)
    assert tape.script_marks == marks
    assert tape.script_default == 5
    with pytest.raises(TypeError):
        tape.script_marks["lane", 0, 1] = 3
    assert Tape.script([]).script_marks == {}
    assert Tape.script([], strict=True).script_default is None
    assert (sample().script_marks, sample().script_default) == (None, None)


@pytest.mark.parametrize("row", [(0, "z"), (0, "z", 0, 1, 2), (0, "other", 0), (0, 4, 0)])
def test_a_row_that_cannot_be_read_is_refused(row):
    with pytest.raises(ModelError, match="claim"):
        Tape.script([row], owner_names=["z"])


def test_a_launch_of_national_size_is_sampled():
    modes = {f"part {i}": {"hazard": f"{i + 1} %/yr"} for i in range(8)}
    ramp = {"logistic": {"plateau": 40_000.0, "midpoint": "365 d", "scale": "90 d"}}
    phone = {"sales": ramp, "modes": modes, "warranty": "1 yr", "half_life": "2.5 yr", "report_out": "40 %"}
    zones = {f"city {i}": {"at": [19, -99], "country": "MX", "share": 1 / 70} for i in range(70)}
    made = World(countries={"MX": {"time_zone": "America/Mexico_City"}}, products={"phone": phone}, zones=zones)
    tape = Tape.sample(made, start=START, horizon=1155 * DAY, seed=1, replication=0)
    assert len(tape.claims) > 100_000
