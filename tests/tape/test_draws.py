"""Addressed marks: equal to NumPy's Philox, even, independent of each other; choices follow their weights.

Statistical tests draw a fresh seed every time. Each rejects a perfect generator with probability below 1e-7
(``ALARM``); the seed is in the message, should it happen.
"""

import math
import secrets

import numpy as np
import pytest
from scipy import stats

from netsim.distributions import exponential_table, lookup, values
from netsim.errors import ModelError
from netsim.tape.draws import (
    WEIGHT_BITS,
    Marks,
    address,
    chance,
    column,
    integer_weight,
    mark,
    name_hash,
    rendezvous,
    stream_key,
    threshold,
)
from netsim.tape.purposes import Purpose, custom

ALARM = 1e-7
REPLICATIONS = 4
WORD = 1 << 64


@pytest.fixture
def seed():
    return secrets.randbits(63)


def numpy_mark(key, counter):
    """NumPy's first word after its counter has stepped onto *counter*, four words with the lowest first."""
    number = sum(word << 64 * place for place, word in enumerate(counter))
    philox = np.random.Philox(counter=(number - 1) % (1 << 256), key=np.array(key, dtype=np.uint64))
    return int(philox.random_raw()) & 0xFFFFFFFF


def even(marks, bins=256):
    """The chance that even marks are at least as unevenly spread over *bins* equal cells."""
    return stats.chisquare(np.bincount(np.asarray(marks, dtype=np.int64) * bins >> 32, minlength=bins)).pvalue


# --- the function -----------------------------------------------------------------------------------------------


def test_known_answer_of_the_authors():
    # Random123, kat_vectors: philox4x64-10 of counter 0 and key 0 begins with 16554d9eca36314c.
    assert mark((0, 0), 0, 0, 0, 0) == 0xCA36314C


@pytest.mark.parametrize("number", [0, 1, 2**32, 2**63, WORD - 1])
@pytest.mark.parametrize("owner", [0, 1, WORD - 1])
@pytest.mark.parametrize("where", [(0, 0, 0), (1, Purpose.TRANSIT, 3), (2**24 - 1, 255, 2**32 - 1)])
def test_scalar_equals_numpy_at_the_corners(number, owner, where):
    key = (0x0123456789ABCDEF, WORD - 1)
    assert mark(key, number, owner, *where) == numpy_mark(key, (number, owner, address(*where), 0))


def test_scalar_equals_numpy_anywhere():
    random = np.random.default_rng()
    for _ in range(300):
        *words, line, purpose, attempt = (int(word) for word in random.integers(0, WORD, 7, dtype=np.uint64))
        key, (number, owner), where = tuple(words[:2]), words[2:4], (line >> 40, purpose >> 56, attempt >> 32)
        assert mark(key, number, owner, *where) == numpy_mark(key, (number, owner, address(*where), 0))


@pytest.mark.parametrize(
    ("first", "count"),
    [(0, 50), (1, 50), (7, 1), (9, 0), (0, 70_000), (2**32 - 20, 40), (WORD - 30, 30)],
)
@pytest.mark.parametrize("owner", [0, name_hash("zone"), WORD - 1])
def test_column_equals_the_scalar(first, count, owner):
    key = stream_key(1, 2, "zone")
    for where in ((0, 0, 0), (3, Purpose.MODE, 2)):
        marks = column(key, owner, first, count, *where)
        assert (marks.dtype, marks.shape) == (np.uint32, (count,))
        looked_at = sorted({*range(min(count, 40)), *range(0, count, 997), *range(max(count - 40, 0), count)})
        assert marks[looked_at].tolist() == [mark(key, first + i, owner, *where) for i in looked_at]


def test_column_does_not_depend_on_where_it_starts():
    key = stream_key(5, 0, "z")
    whole = column(key, 9, 0, 100_000, 0, Purpose.GAP)
    assert (column(key, 9, 33_333, 40_000, 0, Purpose.GAP) == whole[33_333:73_333]).all()


@pytest.mark.parametrize(("first", "count"), [(-1, 5), (0, -1), (WORD - 1, 2)])
def test_column_refuses_numbers_it_cannot_address(first, count):
    with pytest.raises(ModelError, match="numbers are 0"):
        column((1, 2), 0, first, count, 0, Purpose.GAP)


def test_a_negative_number_is_its_twos_complement():
    assert mark((1, 2), -5, -6, 0, 1) == mark((1, 2), WORD - 5, WORD - 6, 0, 1)


# --- addresses --------------------------------------------------------------------------------------------------


def test_addresses_are_one_to_one():
    lines, purposes, attempts = (0, 1, 2, 2**24 - 1), (0, 1, 255), (0, 1, 255, 2**32 - 1)
    packed = {address(line, purpose, attempt) for line in lines for purpose in purposes for attempt in attempts}
    assert len(packed) == len(lines) * len(purposes) * len(attempts)
    assert max(packed) == WORD - 1


@pytest.mark.parametrize("where", [(-1, 0, 0), (2**24, 0, 0), (0, -1, 0), (0, 256, 0), (0, 0, -1), (0, 0, 2**32)])
def test_an_address_out_of_range_is_refused(where):
    with pytest.raises(ModelError, match="no address at line"):
        address(*where)
    with pytest.raises(ModelError, match="no address at line"):
        Marks(1, 1).mark("zone", 0, 0, *where)


def test_streams_are_told_apart():
    names = ["a", "b", "", "2|a", "1|2|a", "München", "慕尼黑"]
    seeds, replications = (0, 1, 12, 2**200), (0, 1, 2)
    keys = {stream_key(each, replication, name) for each in seeds for replication in replications for name in names}
    assert len(keys) == 4 * 3 * len(names)
    assert stream_key(1, 12, "a") != stream_key(11, 2, "a")
    assert all(0 <= word < WORD for key in keys for word in key)


def test_name_hashes_are_words_and_differ():
    hashes = {name_hash(f"zone {i}") for i in range(5_000)}
    assert len(hashes) == 5_000
    assert all(0 < word < WORD for word in hashes)


def test_marks_hold_the_streams_of_one_replication(seed):
    marks, owner = Marks(seed, 3), name_hash("madrid")
    for stream in ("madrid", "venlo -> madrid", "madrid"):
        key = stream_key(seed, 3, stream)
        assert marks.key(stream) == key
        expected = mark(key, 17, owner, 1, Purpose.REPAIR, 2)
        assert marks.mark(stream, 17, owner, 1, Purpose.REPAIR, 2) == expected
        assert marks.column(stream, owner, 17, 1, 1, Purpose.REPAIR, 2).tolist() == [expected]
    assert Marks(seed, 3).mark("madrid", 1, 2, 0, 3) == marks.mark("madrid", 1, 2, 0, 3)
    assert repr(marks) == f"Marks(seed={seed}, replication=3)"


def test_columns_are_the_columns_of_each_stream(seed):
    marks, names, counts = Marks(seed, 1), ["a", "b", "münchen", "c"], [3, 0, 40_000, 70_000]
    whole = marks.columns(names, counts, 2, Purpose.MODE, 5)
    single = [marks.column(name, name_hash(name), 0, count, 2, Purpose.MODE, 5)
              for name, count in zip(names, counts, strict=True)]  # fmt: skip
    assert whole.dtype == np.uint32
    assert np.array_equal(whole, np.concatenate(single))
    assert marks.columns([], [], 0, Purpose.GAP).shape == (0,)


# --- quality ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "draw",
    [
        pytest.param(lambda marks, i: marks.mark("zone", i, 7, 0, Purpose.MODE), id="numbers"),
        pytest.param(lambda marks, i: marks.mark("zone", 86_400 * i, 0, 0, Purpose.TIE), id="days"),
        pytest.param(lambda marks, i: marks.mark("zone", 5, name_hash(f"z{i}"), 0, Purpose.MODE), id="owners"),
        pytest.param(lambda marks, i: marks.mark("zone", 5, 7, i, Purpose.MODE), id="lines"),
        pytest.param(lambda marks, i: marks.mark("zone", 5, 7, i // 192, custom(i % 192)), id="purposes"),
        pytest.param(lambda marks, i: marks.mark("zone", 5, 7, 0, Purpose.TEST, i), id="attempts"),
        pytest.param(lambda marks, i: marks.mark(f"zone {i}", 5, 7, 0, Purpose.OUTLET), id="streams"),
        pytest.param(lambda marks, i: mark(stream_key(marks.seed, i, "z"), 5, 7, 0, 1), id="replications"),
        pytest.param(lambda marks, i: mark(stream_key(marks.seed + i, 0, "z"), 5, 7, 0, 1), id="seeds"),
    ],
)
def test_marks_are_even_and_unrelated_along_every_part_of_the_address(draw, seed):
    for replication in range(REPLICATIONS):
        marks = Marks(seed, replication)
        drawn = np.array([draw(marks, i) for i in range(4_000)])
        worst = min(
            even(drawn),
            even(drawn << 16 & 0xFFFFFFFF),  # the low half by itself
            stats.kstest(drawn / 2**32, "uniform").pvalue,
            stats.pearsonr(drawn[1:], drawn[:-1]).pvalue,
            stats.spearmanr(drawn, np.arange(drawn.size)).pvalue,
        )
        assert worst > ALARM / (5 * REPLICATIONS), f"seed {seed}, replication {replication}"


def test_columns_of_different_purposes_fill_the_square(seed):
    for replication in range(REPLICATIONS):
        marks = Marks(seed, replication)
        across = marks.column("zone", 7, 0, 100_000, 0, Purpose.MODE).astype(np.int64) >> 28
        for other in (
            marks.column("zone", 7, 0, 100_000, 0, Purpose.COHORT),
            marks.column("zone", 7, 0, 100_000, 1, Purpose.MODE),
            marks.column("zone", 7, 0, 100_000, 0, Purpose.MODE, 1),
            marks.column("zone", 8, 0, 100_000, 0, Purpose.MODE),
            marks.column("other", 7, 0, 100_000, 0, Purpose.MODE),
            Marks(seed, replication + 1).column("zone", 7, 0, 100_000, 0, Purpose.MODE),
        ):
            cells = np.bincount(across * 16 + (other.astype(np.int64) >> 28), minlength=256)
            chance_of = stats.chisquare(cells).pvalue
            assert chance_of > ALARM / (6 * REPLICATIONS), f"seed {seed}, replication {replication}"


def test_gaps_make_a_poisson_process(seed):
    # Unit exponential gaps: the points in disjoint unit intervals are Poisson(1), variance = mean.
    for replication in range(REPLICATIONS):
        drawn = Marks(seed, replication).column("zone", 7, 1, 60_000, 0, Purpose.GAP)
        times = np.cumsum(values(exponential_table(), 1 << 24, drawn)) / (1 << 24)
        counts = np.bincount(np.bincount(times[times < 50_000].astype(np.int64), minlength=50_000), minlength=7)
        expected = 50_000 * stats.poisson(1).pmf(np.arange(6))
        observed = np.append(counts[:6], counts[6:].sum())
        assert times[-1] > 50_000, "60,000 gaps are over 40 standard deviations longer than the window"
        fit = stats.chisquare(observed, np.append(expected, 50_000 - expected.sum()))
        assert fit.pvalue > ALARM / REPLICATIONS, f"seed {seed}, replication {replication}"


# --- chances and choices ----------------------------------------------------------------------------------------


def test_thresholds_are_shares_of_all_marks():
    assert [threshold(p) for p in (0, 0.25, 0.5, 1)] == [0, 2**30, 2**31, 2**32]
    assert threshold(1e-9) == 4
    assert not chance(0, threshold(0))
    assert chance(2**32 - 1, threshold(1))
    assert chance(2**31 - 1, threshold(0.5))
    assert not chance(2**31, threshold(0.5))


@pytest.mark.parametrize("probability", [-0.1, 1.01, math.nan])
def test_a_probability_out_of_range_is_refused(probability):
    with pytest.raises(ModelError, match="between 0 and 1"):
        threshold(probability)


def candidates(seed, replication, names, customers):
    """The marks of all customers for each candidate, one row a customer."""
    marks = Marks(seed, replication)
    return np.column_stack([marks.column(name, 7, 0, customers, 0, Purpose.OUTLET) for name in names]).tolist()


@pytest.mark.parametrize("weights", [(1, 1, 1), (1, 2, 3, 4), (0.6, 0.3, 0.1), (100, 1), (5, 0, 5)])
def test_choices_follow_the_weights(weights, seed):
    customers = 8_000
    scaled = [integer_weight(weight, largest=max(weights)) for weight in weights]
    for replication in range(REPLICATIONS):
        rows = candidates(seed, replication, [f"outlet {i}" for i in range(len(weights))], customers)
        chosen = np.bincount([rendezvous(row, scaled) for row in rows], minlength=len(weights))
        expected = np.array(weights) * customers / sum(weights)
        assert (chosen[expected == 0] == 0).all()
        fit = stats.chisquare(chosen[expected > 0], expected[expected > 0])
        assert fit.pvalue > ALARM / REPLICATIONS, f"seed {seed}, replication {replication}"


def test_a_new_candidate_only_takes_customers(seed):
    weights = [integer_weight(weight, largest=10) for weight in (3, 1, 0.002, 2, 7)]
    rows = candidates(seed, 0, ["a", "b", "c", "d", "new"], 4_000)
    before = [rendezvous(row[:4], weights[:4]) for row in rows]
    after = [rendezvous(row, weights) for row in rows]
    assert all(now in (was, 4) for was, now in zip(before, after, strict=True))
    taken = after.count(4)
    low, high = stats.binom(len(rows), 7 / 13.002).interval(1 - ALARM)
    assert low <= taken <= high, f"seed {seed}"


def test_the_order_of_candidates_does_not_matter_without_ties(seed):
    weights = [5, 3, 9]
    for row in candidates(seed, 0, ["a", "b", "c"], 500):
        exponentials = [lookup(exponential_table().cells, each) for each in row]
        if all(exponentials[i] * weights[j] != exponentials[j] * weights[i] for i, j in ((0, 1), (0, 2), (1, 2))):
            assert 2 - rendezvous(row[::-1], weights[::-1]) == rendezvous(row, weights)


def test_ties_go_to_the_lower_index_and_no_weight_to_nobody():
    assert rendezvous([77, 77, 77], [4, 4, 4]) == 0
    assert rendezvous([0, 0], [1, 9]) == 0
    assert rendezvous([1, 2], [0, 0]) == -1
    assert rendezvous([], []) == -1


def test_products_of_a_choice_fit_int64():
    longest = lookup(exponential_table().cells, 2**32 - 1)
    assert longest * integer_weight(1, largest=1) < 2**63
    assert integer_weight(1, largest=1) == 1 << WEIGHT_BITS


def test_weights_scale_by_the_world_alone():
    assert integer_weight(0, largest=3) == 0
    assert integer_weight(1e-30, largest=3) == 1
    assert integer_weight(0.75, largest=3) == 1 << (WEIGHT_BITS - 2)
    for weight, largest in ((-1, 3), (4, 3), (math.nan, 3), (0, 0)):
        with pytest.raises(ModelError, match="largest weight"):
            integer_weight(weight, largest=largest)
