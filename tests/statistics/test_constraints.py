from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from netsim.errors import ModelError
from netsim.statistics.constraints import Limit, find_feasible
from netsim.statistics.paths import paths_of
from netsim.statistics.sample import Sample
from tests.statistics.trials import as_paths, draw


def found(limit, paths, *, error=0.05, first=10):
    return find_feasible((limit.excess(paths, first),), (limit,), error=error, first=first)


def test_a_limit_traced_by_hand():
    # Excesses over 10 are 1, 3, then 2 each; S² of two is 2, h² for an error of 1/8 is 15, the tolerance 2:
    # the edge is 15 x 2 / 4 - r, 5.5 at 2 and 4.5 at 3, where the sums are 4 and 6.
    paths = as_paths(np.array([[11.0, 13.0, 12.0, 12.0]]))
    result = found(Limit("wait", "<=", 10.0, 2.0), paths, error=1 / 8, first=2)
    assert result.broken.tolist() == [3]
    assert result.breaks == (0,)
    kept = found(Limit("wait", ">=", 10.0, 2.0), paths, error=1 / 8, first=2)
    assert kept.kept.tolist() == [3]
    assert kept.breaks == (-1,)


def test_what_never_varies_is_decided_at_once():
    paths = as_paths(np.array([[0.95] * 12, [0.94] * 12]))
    result = found(Limit("rate", ">=", 0.95, 0.01), paths)
    assert result.kept.tolist() == [10, np.inf]
    assert result.broken.tolist() == [np.inf, 10]


def test_several_limits_are_kept_when_the_last_is_and_broken_when_the_first_is():
    rng = np.random.default_rng(1)
    values = draw(rng, np.array([0.0, 3.0]), 300)
    paths = as_paths(values)
    limits = (Limit("a", "<=", 1.0, 0.5), Limit("b", "<=", 2.0, 0.5))
    result = find_feasible(tuple(each.excess(paths, 10) for each in limits), limits, error=0.05, first=10)
    alone = [find_feasible((each.excess(paths, 10),), (each,), error=0.025, first=10) for each in limits]
    assert result.kept[0] == max(each.kept[0] for each in alone)
    assert result.broken[1] == min(each.broken[1] for each in alone)
    assert result.breaks == (-1, 0)


def test_a_ratio_is_judged_by_its_sums():
    # Ten small replications all in time and one large one far from it: the mean of ratios is 10/11, the ratio 0.5.
    hits = np.array([1.0] * 10 + [89.0] * 10)
    lines = np.array([1.0] * 10 + [189.0] * 10)
    rng = np.random.default_rng(2)
    order = rng.permutation(20)
    sample = Sample((hits / lines)[order], hits[order], lines[order])
    excess = Limit("rate", ">=", 0.6, 0.05).excess(paths_of({"d": sample}), 20)
    assert excess.estimates()[0] * lines.mean() == pytest.approx((0.6 * lines - hits).mean())
    assert (excess.estimates()[0] > 0) == (hits.sum() / lines.sum() < 0.6)


def test_what_is_decided_does_not_change_with_more_replications():
    rng = np.random.default_rng(3)
    lines = rng.poisson(100, 600) + 1.0
    hits = rng.binomial(lines.astype(int), 0.94).astype(float)
    limit = Limit("rate", ">=", 0.95, 0.01)
    whole = found(limit, paths_of({"d": Sample(hits / lines, hits, lines)}))
    when = int(min(whole.kept[0], whole.broken[0]))
    for runs in (when, when + 7):
        part = found(limit, paths_of({"d": Sample(hits / lines, hits, lines).first(runs)}))
        assert (part.kept[0], part.broken[0]) == (whole.kept[0], whole.broken[0])


def test_a_limit_is_kept_on_its_own_side():
    assert Limit("a", ">=", 2, 1).keeps(2)
    assert not Limit("a", "<=", 2, 1).keeps(2.1)
    assert str(Limit("a", "<=", 2, 1)) == "a <= 2"


def test_a_sense_without_a_meaning_is_refused():
    with pytest.raises(ModelError, match="`>=` or `<=`"):
        Limit("a", "==", 2, 1)  # type: ignore[arg-type]


def errors(trials, *, k, correlation, seed, runs=900):
    """Return how often all of *k* designs on the edge of the tolerance, half on each side, were told rightly."""
    rng = np.random.default_rng(seed)
    limit, hits = Limit("wait", "<=", 10.0, 0.4), 0
    means = np.where(np.arange(k) % 2, 10.4, 9.6)
    for _ in range(trials):
        result = found(limit, as_paths(draw(rng, means, runs, correlation=correlation)))
        assert (np.isfinite(result.kept) | np.isfinite(result.broken)).all()
        hits += (np.isfinite(result.broken) == (means > 10)).all()
    return hits


def test_designs_are_told_feasible_as_surely_as_promised_in_short():
    assert errors(300, k=4, correlation=0.5, seed=4) >= stats.binom.ppf(0.001, 300, 0.95)


@pytest.mark.long
@pytest.mark.parametrize("correlation", [0.0, 0.8])
def test_designs_are_told_feasible_as_surely_as_promised(correlation):
    assert errors(1000, k=10, correlation=correlation, seed=5) >= stats.binom.ppf(0.001, 1000, 0.95)


@pytest.mark.long
def test_ratios_are_told_feasible_as_surely_as_promised():
    rng, limit, trials, hits = np.random.default_rng(6), Limit("rate", ">=", 0.95, 0.01), 1000, 0
    shares = np.array([0.94, 0.96, 0.94, 0.96])
    for _ in range(trials):
        lines = rng.poisson(60, 700) + 1
        samples = {
            f"d{i}": Sample(h / lines, h, lines.astype(float))
            for i, share in enumerate(shares)
            for h in [rng.binomial(lines, share).astype(float)]
        }
        result = found(limit, paths_of(samples))
        hits += (np.isfinite(result.kept) == (shares > 0.95)).all()
    assert hits >= stats.binom.ppf(0.001, trials, 0.95)
