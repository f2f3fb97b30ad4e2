"""Two engines, one trajectory: equal bytes on random networks, policies and tapes, and on all shipped scenarios."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st

from netsim.model.compile_model import compile_model
from netsim.plan.plan import make_plan
from netsim.study.study import Study
from netsim.tape.tape import Tape
from tests.equivalence.cases import Ready
from tests.equivalence.choices import Choices, Drawn, Seeded
from tests.equivalence.comparison import differences
from tests.equivalence.engines import SECOND, engine
from tests.equivalence.hunt import hunt
from tests.equivalence.timing import DAY
from tests.equivalence.trial import Pair, RefusedError, explain, ready_cases, trials

SCENARIOS = Path(__file__).parents[2] / "scenarios"
FEW = int(os.environ.get("NETSIM_TEST_EXAMPLES", "16"))
QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
PHASES = [Phase.explicit, Phase.reuse, Phase.generate]  # a failing case is made simpler by leaving out what it can


@st.composite
def choices(draw: st.DrawFn) -> Choices:
    """Return choices made by hypothesis, out of which generators make networks, policies, tapes and plans."""
    return Drawn(draw)


@pytest.fixture(scope="module")
def pair() -> Pair:
    return Pair(("checked", SECOND), engine("checked"), engine(SECOND))


def settle(choose: Choices, pair: Pair, features: Counter[str] | None = None) -> int:
    """Return the number of cases of one network; fail with the smallest case found if the engines part."""
    lived = 0
    for failure in trials(choose, pair, features):
        lived += 1
        if failure is not None:
            pytest.fail(explain(failure, pair, seconds=40), pytrace=False)
    return lived


@given(choose=choices())
@settings(max_examples=FEW, deadline=None, suppress_health_check=QUIET, phases=PHASES)
def test_engines_write_the_same_bytes_on_any_network(choose: Choices, pair: Pair) -> None:
    try:
        settle(choose, pair)
    except RefusedError:
        reject()


def test_engines_write_the_same_bytes_on_networks_by_number_and_few_are_refused(pair: Pair) -> None:
    features: Counter[str] = Counter()
    refused = lived = 0
    for seed in range(2 * FEW):
        try:
            lived += settle(Seeded(seed), pair, features)
        except RefusedError:
            refused += 1
    assert refused <= 2 * FEW // 5
    assert lived >= FEW
    # Small as it is, the sample has most features at work; the hunt counts them all.
    assert sum(count > 0 for count in features.values()) > len(features) * 3 / 4


@pytest.mark.long
def test_ten_thousand_cases_have_every_feature_and_no_difference(
    pair: Pair, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = hunt(pair, cases=10_000, seed=1_000_000, seconds=7200, failures=1, reduction=120, out=None)
    assert not wrong, capsys.readouterr().out


@pytest.mark.long
@given(choose=choices())
@settings(max_examples=1_500, deadline=None, suppress_health_check=QUIET, phases=PHASES)
def test_engines_write_the_same_bytes_many_times(choose: Choices, pair: Pair) -> None:
    try:
        settle(choose, pair)
    except RefusedError:
        reject()


def compare(folder: str, pair: Pair, *, days: int | None) -> None:
    """Live every design of a shipped study once, for its own horizon or so many days."""
    study = Study.from_file(SCENARIOS / folder / "study.yaml")
    horizon = study.windows.horizon if days is None else days * DAY
    for case in study.cases:
        scenario = case.content
        model = compile_model(scenario, horizon=horizon)
        tape = Tape.sample(scenario.world, start=scenario.start, horizon=horizon, seed=study.seed, replication=1)
        plan = make_plan(model, world=scenario.world)
        found = [run(model, tape, plan) for run in (pair.first, pair.second)]
        told = differences(*found, model, scenario=scenario, names=pair.names)
        assert not told, f"{folder}, {case.design}: {told}"
        assert len(found[0].orders["k"]), f"{folder}, {case.design}: nobody came"


@pytest.mark.parametrize(("folder", "days"), [("launch_mexico", 120), ("two_echelon", 400), ("maitrox_mini", 10)])
def test_shipped_scenarios_are_the_same_for_a_while(folder: str, days: int, pair: Pair) -> None:
    compare(folder, pair, days=days)


@pytest.mark.long
@pytest.mark.parametrize(
    ("folder", "days"), [("launch_mexico", None), ("two_echelon", None), ("maitrox_mini", None), ("maitrox_scale", 20)]
)
def test_shipped_scenarios_are_the_same_from_end_to_end(folder: str, days: int | None, pair: Pair) -> None:
    compare(folder, pair, days=days)


def test_memory_that_is_used_again_leaves_no_trace(pair: Pair) -> None:
    """Large runs before small ones, and each again in memory of its own."""
    reused, fresh = engine("reused"), engine("compiled")
    for seed in range(8):
        found: list[Ready] = []
        with contextlib.suppress(RefusedError):
            found += [ready for _, ready in ready_cases(Seeded(seed))]
        for ready in found:
            arguments = ready.model, ready.tape, ready.plan
            told = reused(*arguments).digest()
            assert told == fresh(*arguments).digest()
            assert told == reused(*arguments).digest(), "a second run of the same"
