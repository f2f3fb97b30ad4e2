"""All pictures of a sweep, drawn from its results folder alone: those that suit how its points were chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from netsim.errors import ModelError
from netsim.statistics.effects import Interaction, VarianceShares
from netsim.statistics.intervals import sample_interval
from netsim.study.sweep_results import SweepResults
from netsim.view.style import save
from netsim.view.sweep_axes import Factor, Outcome
from netsim.view.sweep_charts import draw_heat_map, draw_interactions, draw_main_effects, draw_tornado
from netsim.view.uncertainty_charts import draw_coefficients, draw_scatter, draw_sensitivity, draw_variance_split

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_sweep", "factors_of"]

FloatArray = NDArray[np.float64]
T = TypeVar("T")


def draw_sweep(results: SweepResults, folder: Path, outcomes: dict[str, Outcome]) -> list[Path]:
    """Return the pictures of the KPIs *outcomes*, each written to *folder* as PNG and as SVG.

    Of levels the main effects and the interactions, of a factorial also a heat map of the strongest pair; of factors
    moved one at a time the tornado; of drawn values scatter, coefficients or Sobol indices, and what is not known
    beside what is chance.
    """
    return [place for name, made in _drawn(results, outcomes) for place in save(made, folder, name)]


def factors_of(results: SweepResults) -> list[Factor]:
    """Return the factors as pictures show them."""
    return [
        Factor(
            each.name, each.label, tuple(map(str, each.levels or ())),
            "" if each.levels is not None else results.unit_of(each.name),
        )
        for each in results.factors
    ]  # fmt: skip


def _drawn(results: SweepResults, outcomes: dict[str, Outcome]) -> Iterator[tuple[str, Figure]]:
    factors = factors_of(results)
    uncertain = any(factor.is_uncertain for factor in results.factors)
    if results.plan == "one-at-a-time":
        for kpi, outcome in outcomes.items():
            for _, bars in _where_possible(results.swings, {kpi: outcome}):
                yield f"tornado_{_file(kpi)}", draw_tornado(outcome, bars, factors)
        return
    if not uncertain and results.plan != "saltelli":
        effects = _where_possible(results.main_effects, outcomes)
        if effects:
            yield "main_effects", draw_main_effects(effects, factors, replications=results.replications)
        if len(factors) > 1:
            for kpi, outcome in outcomes.items():
                for _, pairs in _where_possible(results.interactions, {kpi: outcome}):
                    yield f"interactions_{_file(kpi)}", draw_interactions(outcome, pairs, factors)
        if results.plan == "factorial" and len(factors) > 1:
            for kpi, outcome in outcomes.items():
                for _, shares in _where_possible(results.variance_shares, {kpi: outcome}):
                    pair = _strongest_pair(shares, results.interactions(kpi))
                    yield f"heat_map_{_file(kpi)}", draw_heat_map(outcome, pair, factors)
    if results.plan == "saltelli" and (panels := _where_possible(results.sobol_indices, outcomes)):
        yield "sensitivity", draw_sensitivity(panels, factors)
    if uncertain:
        if results.plan != "saltelli":
            fits = _where_possible(lambda kpi: results.regression(kpi, on_ranks=True), outcomes)
            if fits:
                yield "coefficients", draw_coefficients(fits, factors)
        for kpi, outcome in outcomes.items():
            samples = results.by_design(kpi)
            means = [sample_interval(samples[design], level=results.confidence).mean for design in results.designs]
            made = draw_scatter(outcome, _where(results), means, factors, replications=results.replications)
            yield f"scatter_{_file(kpi)}", made
        if results.plan != "table":
            both = _where_possible(lambda kpi: (results.split(kpi), results.outlook(kpi)), outcomes)
            if both:
                yield "variance_split", draw_variance_split([(outcome, *found) for outcome, found in both])


def _where(results: SweepResults) -> FloatArray:
    """Return values of drawn factors and numbers of levels, [point, factor]."""
    columns = [
        results.amounts([each.name]) if each.is_uncertain else results.places([each.name]) for each in results.factors
    ]
    return np.hstack(columns).astype(np.float64)


def _where_possible(make: Callable[[str], T], outcomes: dict[str, Outcome]) -> list[tuple[Outcome, T]]:
    """Return what *make* gives for each KPI that it can be made of; the tables say why it cannot of the others."""
    found = []
    for kpi, outcome in outcomes.items():
        with suppress(ModelError):
            found.append((outcome, make(kpi)))
    return found


def _strongest_pair(shares: VarianceShares, pairs: Sequence[Interaction]) -> Interaction:
    """Return the two factors that, alone and together, account for most of the variance."""
    alone = {part.factors[0]: part.variance for part in shares.main}
    best = max(shares.pairs, key=lambda part: part.variance + sum(alone[name] for name in part.factors))
    return next(each for each in pairs if each.factors == best.factors)


def _file(kpi: str) -> str:
    return quote(kpi, safe="")
