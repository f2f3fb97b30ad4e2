"""Paired differences against worked examples, of means and of ratios, and what several of them say together."""

import math

import numpy as np
import pytest

from netsim.errors import ModelError
from netsim.statistics.intervals import ratio_interval, t_interval
from netsim.statistics.paired import (
    compare_all_pairs,
    compare_with_baseline,
    holm_adjust,
    paired_difference,
    variance_removed,
)
from netsim.statistics.sample import Sample

OLD = [126.97, 124.31, 126.68, 122.66, 127.23]
NEW = [118.21, 120.22, 122.45, 122.68, 119.40]


class TestWorkedExamples:
    def test_paired_difference(self) -> None:
        # Law and Kelton, section 10.2.1: the inventory example, 90 %; the book rounds to 1.65 and 8.31.
        found = paired_difference(OLD, NEW, level=0.9)
        assert (found.low, found.high) == pytest.approx((1.65, 8.31), abs=6e-3)
        assert (found.low, found.high) == pytest.approx((1.649126875, 8.306873125), rel=1e-9)

    def test_holm(self) -> None:
        # Holm 1979 by hand: 0.01 x 4, 0.02 x 3, 0.03 x 2, and 0.05, which may not fall below its predecessor.
        assert holm_adjust([0.05, 0.01, math.nan, 0.03, 0.02]) == pytest.approx(
            [0.06, 0.04, math.nan, 0.06, 0.06], nan_ok=True
        )
        assert holm_adjust([0.9, 0.8]) == [1.0, 1.0]


class TestComparison:
    def test_every_design_against_the_baseline(self) -> None:
        base = np.array([10.0, 12, 11, 15, 13, 14])
        noise = np.array([0.1, -0.1, 0.2, -0.2, 0.0, 0.05])
        table = {"as-is": base, "two hubs": base - 2 + noise, "same": base, "noisy": base + 20 * noise}
        hubs, same, noisy = compare_with_baseline(table, "as-is")
        assert [row.design for row in (hubs, same, noisy)] == ["two hubs", "same", "noisy"]
        assert hubs.is_significant
        assert hubs.difference.high < 0
        assert hubs.variance_removed > 0.99
        assert (same.p_value, same.difference.half, same.is_significant) == (1, 0, False)
        assert not noisy.is_significant
        assert all(row.p_adjusted >= row.p_value for row in (hubs, same, noisy))

    def test_p_value_agrees_with_the_interval(self) -> None:
        level = 0.9
        for shift in np.linspace(0, 6, 40):
            (row,) = compare_with_baseline({"new": np.array(NEW) + shift, "old": OLD}, "old", level=level)
            assert (row.p_value < 1 - level) == row.difference.excludes(0)

    def test_a_constant_shift_is_certain(self) -> None:
        (row,) = compare_with_baseline({"a": [2, 3, 4], "b": [1, 2, 3]}, "b")
        assert (row.p_value, row.is_significant, row.variance_removed) == (0, True, 1)

    def test_one_replication_decides_nothing(self) -> None:
        (row,) = compare_with_baseline({"a": [2], "b": [1]}, "b")
        assert row.difference.mean == 1
        assert not row.is_significant

    def test_share_of_variance_removed(self) -> None:
        assert variance_removed([1, 2, 3], [3, 2, 1]) == pytest.approx(-1)  # pairing doubles the variance
        assert math.isnan(variance_removed([1, 1], [2, 2]))
        assert math.isnan(variance_removed([1], [2]))

    def test_all_pairs_are_adjusted_together(self) -> None:
        generator = np.random.default_rng()
        tape = generator.normal(0, 10, size=12)
        table = {
            name: tape + shift + generator.normal(size=12) for name, shift in zip("abcd", (0, 0, 3, 5), strict=True)
        }
        found = compare_all_pairs(table)
        assert [(row.design, row.baseline) for row in found] == [
            ("b", "a"), ("c", "a"), ("d", "a"), ("c", "b"), ("d", "b"), ("d", "c"),
        ]  # fmt: skip
        assert [row.p_adjusted for row in found] == holm_adjust([row.p_value for row in found])
        for row in found:
            assert row.difference == paired_difference(table[row.design], table[row.baseline])

    def test_a_pair_rests_on_the_replications_that_both_have(self) -> None:
        whole, part = [3.0, 5, 8, 100], [1.0, 4, 6]
        assert paired_difference(whole, part) == t_interval([2, 1, 2])
        assert paired_difference([3.0, math.nan, 8, 100], part) == t_interval([2, 2])
        assert variance_removed(whole, part) == variance_removed([3, 5, 8], part)

    def test_refusals(self) -> None:
        with pytest.raises(ModelError, match="not among the designs"):
            compare_with_baseline({"a": [1, 2]}, "b")
        with pytest.raises(ModelError, match="one value per replication"):
            paired_difference([[1, 2], [3, 4]], [1, 2])


def ratio(tops: list[float], bottoms: list[float]) -> Sample:
    above, below = np.array(tops, dtype=float), np.array(bottoms, dtype=float)
    return Sample(above / np.where(below > 0, below, np.nan), above, below)


class TestRatios:
    def test_is_the_difference_of_the_ratios_of_sums_with_the_error_of_the_joint_jackknife(self) -> None:
        mine, theirs = ratio([90, 50, 70], [100, 60, 75]), ratio([80, 52, 60], [100, 60, 75])
        found = paired_difference(mine, theirs)
        whole = 210 / 235 - 192 / 235
        left_out = np.array([120 / 135 - 112 / 135, 160 / 175 - 140 / 175, 140 / 160 - 132 / 160])
        error = math.sqrt(2 / 3 * ((left_out - left_out.mean()) ** 2).sum())
        assert found.mean == pytest.approx(whole)
        assert found.half == pytest.approx(4.302652730 * error, rel=1e-8)

    def test_equal_denominators_make_it_a_difference_of_means(self) -> None:
        tops, others = [3.0, 5, 4, 8], [2.0, 5, 1, 6]
        found = paired_difference(ratio(tops, [10] * 4), ratio(others, [10] * 4))
        plain = paired_difference(np.array(tops) / 10, np.array(others) / 10)
        assert (found.mean, found.half) == pytest.approx((plain.mean, plain.half), rel=1e-9)
        removed = variance_removed(ratio(tops, [10] * 4), ratio(others, [10] * 4))
        assert removed == pytest.approx(variance_removed(tops, others))

    def test_a_ratio_without_noise_against_another_leaves_its_own_interval(self) -> None:
        mine, sure = ratio([90, 50, 70], [100, 60, 75]), ratio([50, 30, 37.5], [100, 60, 75])
        alone = ratio_interval(mine.numerators, mine.denominators)  # type: ignore[arg-type]
        found = paired_difference(mine, sure)
        assert (found.mean, found.half) == pytest.approx((alone.mean - 0.5, alone.half), rel=1e-9)
        assert variance_removed(mine, sure) == pytest.approx(0, abs=1e-9)

    def test_a_replication_without_denominator_counts_with_its_numerator(self) -> None:
        # Cost of a period in which no order was closed: it has no cost per order, and is no less spent.
        found = paired_difference(ratio([10, 20, 6], [5, 10, 0]), ratio([5, 10, 3], [5, 10, 3]))
        assert found.mean == pytest.approx(36 / 15 - 1)
        assert found.n == 3


def test_common_tapes_cut_the_variance() -> None:
    generator = np.random.default_rng()
    tape = generator.normal(0, 10, size=4000)
    one, other = tape + generator.normal(0, 1, size=4000), tape + generator.normal(3, 1, size=4000)
    # Var a = Var b = 101 and Var(a - b) = 2, so 1 - 2/202 is removed; the logarithm of the rest has a
    # standard deviation of sqrt(4/4000), and seven of them make it 0.0025 more.
    assert variance_removed(one, other) == pytest.approx(1 - 2 / 202, abs=0.0025)
