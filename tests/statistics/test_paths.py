from __future__ import annotations

import numpy as np
import pytest

from netsim.statistics.paths import linearise, paths_of
from netsim.statistics.sample import Sample


def test_a_mean_is_a_ratio_to_ones():
    values = np.array([1.0, 2.0, np.nan, 6.0])
    paths = paths_of({"a": Sample(values), "b": Sample(values[:2])})
    assert paths.estimates().tolist() == [3.0, 1.5]
    assert paths.counts().tolist() == [3, 2]
    assert paths.lengths == (4, 2)
    assert paths.variances().tolist() == pytest.approx([7.0, 0.5])


def test_sums_are_counts_times_estimates():
    tops, bottoms = np.array([1.0, 5.0, 3.0]), np.array([2.0, 4.0, 6.0])
    paths = paths_of({"a": Sample(tops / bottoms, tops, bottoms)})
    counts, sums, spread = paths.sums(3)
    assert counts.tolist() == [[1, 2, 3]]
    assert sums[0].tolist() == pytest.approx([0.5, 2 * 6 / 6, 3 * 9 / 12])
    # Linearised by the ratio 3/4 and the mean bottom 4: (-0.5, 2, -1.5) / 4.
    assert spread[0] == pytest.approx(np.var([-0.125, 0.5, -0.375], ddof=1))
    assert np.isnan(paths.sums(4)[2][0])


def test_linearised_values_vary_as_the_ratio_does():
    rng = np.random.default_rng(1)
    bottoms = rng.poisson(50, (4000, 40)).astype(float)
    tops = rng.binomial(bottoms.astype(int), 0.3).astype(float)
    ratios = tops.sum(axis=1) / bottoms.sum(axis=1)
    told = np.mean([linearise(t, b).var(ddof=1) / 40 for t, b in zip(tops, bottoms, strict=True)])
    assert told == pytest.approx(ratios.var(ddof=1), rel=0.1)


def test_differences_are_paired_by_replication():
    a, b = np.array([1.0, np.nan, 3.0, 4.0]), np.array([0.0, 5.0, np.nan, 1.0])
    counts, sums, spread = paths_of({"a": Sample(a), "b": Sample(b)}).differences(0, 2)
    assert counts.tolist() == [[1, 1, 1, 2]]
    assert sums[0, [0, 3]].tolist() == [1.0, 4.0]
    assert spread[0] == pytest.approx(2.0)
