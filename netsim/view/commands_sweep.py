"""``netsim sweep``: run the points of a sweep, tell what outcomes hang on, and draw it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from netsim.view.inputs import console, is_results, load_modules, print_json, read_replications, run_options

if TYPE_CHECKING:
    from netsim.study.sweep_results import SweepResults
    from netsim.view.sweep_axes import Outcome
    from netsim.view.sweep_tables import Shown

__all__ = ["sweep_command"]


@click.command("sweep")
@click.argument("file", metavar="SWEEP", type=click.Path(path_type=Path))
@click.option("--allow-code", is_flag=True, help="Let the files name Python code (module:function), and run it.")
@run_options
@click.option("--kpi", "kpis", multiple=True, help="KPI to tell of; may be given again  [default: the sweep's]")
@click.option("--pictures/--no-pictures", default=True, show_default=True, help="Draw charts.")
def sweep_command(
    file: Path, allow_code: bool, replications: str | None, workers: int | None, cluster: str | None,
    seed: int | None, out: Path | None, modules: tuple[str, ...], as_json: bool, engine: str | None,
    kpis: tuple[str, ...], pictures: bool,
) -> None:  # fmt: skip
    """Run the points of SWEEP (or go on with it), and tell what outcomes hang on.

    SWEEP is a sweep file, or the folder of results that are there already. What is told depends on how the points were
    chosen: main effects, interactions and shares of variance; swings one at a time; Sobol indices; what comes of inputs
    that are not known, and what of chance.

    \b
    Examples:
      netsim sweep scenarios/launch_mexico/sweep.yaml --workers 2
      netsim sweep results/mexico-levers --kpi tat_p90
    """
    from netsim.view.sweep_pictures import draw_sweep
    from netsim.view.sweep_tables import outcomes_of, sweep_tables

    if is_results(file):
        from netsim.study.sweep_results import SweepResults

        results = SweepResults(file)
    else:
        from netsim.study.sweep import Sweep

        load_modules(modules, file, allow_code=allow_code)
        sweep = Sweep.from_file(file, allow_code=allow_code)
        sweep.seed = sweep.seed if seed is None else seed
        sweep.engine = engine or sweep.engine
        results = sweep.run(workers=workers, out=out, cluster=cluster, replications=read_replications(replications))
    outcomes = outcomes_of(results, list(kpis) or list(results.manifest["compare"]["kpis"]))
    tables = sweep_tables(results, outcomes)
    drawn = draw_sweep(results, results.path / "pictures", outcomes) if pictures else []
    if as_json:
        print_json(_as_json(results, outcomes, drawn))
    else:
        _print(results, tables, drawn)


def _print(results: SweepResults, tables: list[Shown], drawn: list[Path]) -> None:
    from netsim.view.sweep_tables import factor_table

    shown = console()
    shown.print(
        f"{results.name} · {results.scenarios[0]} · {results.manifest['windows']['text']}", style="bold", markup=False
    )
    told = (
        f"{len(results.designs):,} points ({results.sweep['points']}), up to {results.replications} replications each"
    )
    shown.print(f"{told}, seed {results.manifest['seed']}", markup=False)
    shown.print(factor_table(results))
    for each in tables:
        shown.print(each.title, style="bold", markup=False)
        for table in each.tables:
            shown.print(table)
        if each.note:
            shown.print(each.note, markup=False)
        shown.print()
    failures = sorted(results.failures())
    for design, replication, why in failures[:10]:
        shown.print(f"{design}, replication {replication} failed: {why.splitlines()[0]}", markup=False)
    if len(failures) > 10:
        shown.print(f"and {len(failures) - 10} more", markup=False)
    if results.note:
        shown.print(f"Note: {results.note}.", markup=False)
    if drawn:
        shown.print("Pictures")
        for place in drawn:
            if place.suffix == ".png":
                shown.print(f"  {place} (and .svg)", markup=False, soft_wrap=True)
    shown.print(f"Results: {results.path}", markup=False, soft_wrap=True)


def _as_json(results: SweepResults, outcomes: dict[str, Outcome], drawn: list[Path]) -> dict[str, Any]:
    points = results.points(list(outcomes)).astype(object)
    return {
        "sweep": results.name,
        "results": str(results.path),
        "replications": results.replications,
        "currency": results.currency,
        "note": results.note,
        "points": points.where(points.notna(), None).to_dict("records"),
        "effects": {kpi: _effects(results, kpi) for kpi in outcomes},
        "failures": [list(each) for each in results.failures()],
        "pictures": [str(place) for place in drawn],
    }


def _effects(results: SweepResults, kpi: str) -> list[dict[str, Any]]:
    """Return the main effects as plain data; none where the points do not give any."""
    from netsim.errors import ModelError
    from netsim.view.tables import plain

    try:
        found = results.main_effects(kpi)
    except ModelError:
        return []
    levels = {factor.name: factor.levels or () for factor in results.factors}
    return [
        {
            "factor": each.factor, "level": level, "mean": plain(mean.mean), "half_width": plain(mean.half),
            "difference": plain(gap.mean), "difference_half_width": plain(gap.half),
        }
        for each in found
        for level, mean, gap in zip(levels[each.factor], each.means, each.differences, strict=True)
    ]  # fmt: skip
