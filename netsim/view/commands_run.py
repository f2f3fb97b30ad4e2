"""``netsim run`` and ``netsim compare``: simulate designs, print what came out, and draw it."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from netsim.view.inputs import (
    console,
    input_options,
    is_results,
    load_modules,
    open_given,
    open_results,
    print_json,
    read_replications,
    read_span,
    run_options,
)

if TYPE_CHECKING:
    from netsim.spec.scenario import Scenario
    from netsim.study.results import Results
    from netsim.study.study import Study
    from netsim.view.tables import Row

__all__ = ["compare_command", "run_command"]

_LISTED = (
    "net_cost", "cost_per_order", "tat_mean", "tat_p50", "tat_p90", "tat_p95", "on_time", "same_day", "arrival_rate",
    "par_0", "par_24h", "par_72h", "fill_rate", "backlog", "utilisation", "turns", "cash_tied",
)  # fmt: skip


@click.command("run")
@click.argument("file", type=click.Path(path_type=Path))
@input_options
@run_options
@click.option("--measure", default="1 yr", show_default=True, help="Measured time, where FILE is not a study.")
@click.option("--warm-up", default="0 d", show_default=True, help="Time before it that is not measured.")
@click.option("--kpi", "kpis", multiple=True, help="KPI to print; may be given again  [default: the main ones]")
def run_command(
    file: Path, scenario: Path | None, allow_code: bool, replications: str | None, workers: int | None,
    cluster: str | None, seed: int | None, out: Path | None, modules: tuple[str, ...], as_json: bool,
    engine: str | None, measure: str, warm_up: str, kpis: tuple[str, ...],
) -> None:  # fmt: skip
    """Simulate FILE: one design of a scenario, or all designs of a study, and print the main KPIs.

    Results are kept in the results folder; a run that was stopped goes on where it was.

    \b
    Examples:
      netsim run scenarios/launch_mexico/scenario.yaml --replications 4 --measure "12 months"
      netsim run scenarios/launch_mexico/designs/mail_in.yaml --scenario scenarios/launch_mexico/scenario.yaml
      netsim run scenarios/launch_mexico/study.yaml --workers 2
    """
    load_modules(modules, file)
    study = _study_of(file, scenario, allow_code=allow_code, seed=seed, engine=engine, measure=measure, warm_up=warm_up)
    results = study.run(workers=workers, out=out, cluster=cluster, replications=read_replications(replications))
    wanted = list(kpis) or [kpi for kpi in _LISTED if kpi in results.manifest["kpis"]]
    _print(results, _rows(results, wanted), as_json=as_json)


@click.command("compare")
@click.argument("file", metavar="STUDY", type=click.Path(path_type=Path))
@input_options
@run_options
@click.option("--baseline", help="Design that the others are compared with  [default: the study's]")
@click.option("--kpi", "kpis", multiple=True, help="KPI of the table; may be given again  [default: the study's]")
@click.option("--all-pairs", is_flag=True, help="Compare everyone with everyone, too.")
@click.option("--pictures/--no-pictures", default=True, show_default=True, help="Draw maps and charts.")
def compare_command(
    file: Path, scenario: Path | None, allow_code: bool, replications: str | None, workers: int | None,
    cluster: str | None, seed: int | None, out: Path | None, modules: tuple[str, ...], as_json: bool,
    engine: str | None, baseline: str | None, kpis: tuple[str, ...], all_pairs: bool, pictures: bool,
) -> None:  # fmt: skip
    """Run the designs of STUDY (or go on with it), compare them side by side, and draw maps and charts.

    STUDY is a study file, or the folder of results that are there already. The table gives each KPI with its interval
    and the paired difference from the baseline, who is best, and who only seems so; then the Pareto set and the paths
    of the pictures, each a PNG and an SVG.

    \b
    Examples:
      netsim compare scenarios/launch_mexico/study.yaml --replications 16 --workers 2
      netsim compare results/launch-mexico --kpi net_cost --kpi tat_p90
    """
    study = None
    if is_results(file):
        results = open_results(file)
        if "sweep" in results.manifest:
            raise click.UsageError(f"{file} holds a sweep · use `netsim sweep {file}`")
    else:
        load_modules(modules, file)
        study = _study_of(file, scenario, allow_code=allow_code, seed=seed, engine=engine)
        results = study.run(workers=workers, out=out, cluster=cluster, replications=read_replications(replications))
    wanted = list(kpis) or list(results.manifest["compare"]["kpis"])
    draw = _drawing(results, study, workers) if pictures else None
    _print(results, _rows(results, wanted, baseline), as_json=as_json, all_pairs=all_pairs, draw=draw)


def _study_of(
    file: Path,
    scenario: Path | None,
    *,
    allow_code: bool,
    seed: int | None,
    engine: str | None,
    measure: str = "1 yr",
    warm_up: str = "0 d",
) -> Study:
    """Return the study of a file; one design is a study of one."""
    from netsim.study.study import Study

    given = open_given(file, scenario=scenario, allow_code=allow_code)
    if given.sweep is not None:
        raise click.UsageError(f"{file} is a sweep · run it with `netsim sweep {file}`")
    if given.study is not None:
        if seed is not None:
            given.study.seed = seed
        if engine is not None:
            given.study.engine = engine
        return given.study
    case = given.cases[0]
    name = file.stem if given.kind == "design" else file.resolve().parent.name or file.stem
    return Study(
        {case.design: case.content}, name=name, seed=seed or 0, engine=engine or "auto",
        measure=read_span("--measure", measure), warm_up=read_span("--warm-up", warm_up),
    )  # fmt: skip


def _rows(results: Results, kpis: list[str], baseline: str | None = None) -> dict[str, list[Row]]:
    """Return the rows of each scenario."""
    from netsim.view.pictures import values_of
    from netsim.view.tables import compare_designs, measures_of

    measures = measures_of(kpis, results.manifest["kpis"])
    return {
        scenario: compare_designs(
            values_of(results, scenario), measures, baseline=baseline or results.baseline, level=results.confidence
        )
        for scenario in results.scenarios
    }


def _print(
    results: Results, rows: dict[str, list[Row]], *, as_json: bool, all_pairs: bool = False,
    draw: Callable[[], list[Path]] | None = None,
) -> None:  # fmt: skip
    from netsim.study.advice import advise
    from netsim.study.selecting import is_selection, judge_selection, read_rule
    from netsim.view.laws import tell_laws
    from netsim.view.pair_tables import compare_pairs, pair_tables
    from netsim.view.pictures import values_of
    from netsim.view.selection_table import explain_selection, selection_table
    from netsim.view.tables import comparison_table, explain_marks

    shown = console()
    if as_json:
        print_json(_as_json(results, rows, draw, all_pairs=all_pairs))
        return
    for scenario, found in rows.items():
        designs = list(found[0].values) if found else []
        title = f"{results.name} · {scenario} · {results.manifest['windows']['text']}"
        shown.print(title, style="bold", markup=False)
        for table in comparison_table(found, designs, currency=results.currency):
            shown.print(table)
        if all_pairs:
            for table in pair_tables(compare_pairs(found, values_of(results, scenario)), currency=results.currency):
                shown.print(table)
        shown.print(explain_marks(found, replications=results.replications), markup=False)
        for design, replication, why in results.failures():
            shown.print(f"{design}, replication {replication} failed: {why.splitlines()[0]}", markup=False)
        if results.note:
            shown.print(f"Note: {results.note}.", markup=False)
        if len(designs) > 1 and results.replications > 1:
            _print_pareto(results, scenario, shown)
        for i, line in enumerate(tell_laws(results, scenario)):
            shown.print(line if i else f"\n{line}", markup=False)
        if is_selection(results):
            verdict = judge_selection(read_rule(results.manifest["rule"]), results, scenario)
            headline, *told = explain_selection(verdict, results)
            shown.print(f"\n{headline}", style="bold", markup=False)
            shown.print(selection_table(verdict, results))
            shown.print("\n".join(told), markup=False)
    shown.print(f"\n{advise(results).text}", markup=False)
    if draw is not None:
        shown.print("\nPictures")
        for place in draw():
            if place.suffix == ".png":
                shown.print(f"  {place} (and .svg)", markup=False, soft_wrap=True)
    shown.print(f"Results: {results.path}", markup=False, soft_wrap=True)


def _print_pareto(results: Results, scenario: str, shown: Any) -> None:
    from netsim.view.pictures import TRADED
    from netsim.view.style import label_of
    from netsim.view.tables import tell_membership

    labels = [results.manifest["kpis"][kpi]["label"].lower() for kpi in TRADED.values()]
    found = results.pareto(*TRADED.values(), scenario=scenario)
    shown.print(f"\nPareto set on {', '.join(labels)}: {', '.join(map(label_of, found.front)) or 'none'}", markup=False)
    for line in tell_membership(found):
        shown.print(f"  {line}", markup=False)
    for each in found.dominations:
        word = "is beaten in all three by" if each.is_supported else "looks beaten, but not beyond doubt, by"
        shown.print(f"  {label_of(each.worse)} {word} {label_of(each.better)}", markup=False)
    if found.incomplete:
        shown.print(
            f"  not compared, as a figure is missing: {', '.join(map(label_of, found.incomplete))}", markup=False
        )


def _drawing(results: Results, study: Study | None, workers: int | None) -> Callable[[], list[Path]]:
    """Return what draws all pictures of *results*, which *study* may have made just now."""
    from urllib.parse import quote

    from netsim.view.pictures import draw_study

    folder = results.path / "pictures"
    several = len(results.scenarios) > 1

    def contents(scenario: str) -> dict[str, Scenario] | None:
        if study is None:
            return None
        return {case.design: case.content for case in study.cases if case.scenario == scenario}

    return lambda: [
        place
        for scenario in results.scenarios
        for place in draw_study(
            results, folder / quote(scenario, safe=" ") if several else folder, scenario=scenario,
            contents=contents(scenario), workers=workers or os.cpu_count() or 1,
        )
    ]  # fmt: skip


def _as_json(
    results: Results, rows: dict[str, list[Row]], draw: Callable[[], list[Path]] | None, *, all_pairs: bool
) -> dict[str, Any]:
    from netsim.study.selecting import is_selection, judge_selection, read_rule
    from netsim.view.laws import laws_as_json
    from netsim.view.pair_tables import compare_pairs, pairs_as_json
    from netsim.view.pictures import TRADED, values_of
    from netsim.view.selection_table import selection_as_json
    from netsim.view.tables import rows_as_json

    content: dict[str, Any] = {
        "study": results.name,
        "replications": results.replications,
        "currency": results.currency,
        "results": str(results.path),
        "note": results.note,
        "scenarios": {},
    }
    for scenario, table in rows.items():
        found = results.pareto(*TRADED.values(), scenario=scenario)
        pareto = {
            "kpis": list(TRADED.values()), "front": list(found.front), "contenders": list(found.contenders),
            "probabilities": {d: None if math.isnan(p) else p for d, p in found.probabilities.items()},
        }  # fmt: skip
        laws = laws_as_json(results, scenario)
        content["scenarios"][scenario] = {"comparison": rows_as_json(table), "pareto": pareto, "laws": laws}
        if is_selection(results):
            verdict = judge_selection(read_rule(results.manifest["rule"]), results, scenario)
            content["scenarios"][scenario]["selection"] = selection_as_json(verdict)
        if all_pairs:
            content["scenarios"][scenario]["pairs"] = pairs_as_json(compare_pairs(table, values_of(results, scenario)))
    if draw is not None:
        content["pictures"] = [str(place) for place in draw()]
    return content
