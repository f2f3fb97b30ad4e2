"""``netsim export`` and ``netsim replay``: take results elsewhere, and make them again."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from netsim.errors import NetsimError
from netsim.view.inputs import load_modules, open_results, print_json

if TYPE_CHECKING:
    import pandas as pd

    from netsim.study.results import Results
    from netsim.study.study import Study

__all__ = ["export_command", "replay_command"]


@click.command("export")
@click.argument("results", type=click.Path(path_type=Path))
@click.option(
    "--format", "fmt", type=click.Choice(["csv", "parquet"]), default="csv", show_default=True, help="Format."
)
@click.option("--out", type=click.Path(path_type=Path), help="Folder  [default: export/ in RESULTS]")
@click.option("--json", "as_json", is_flag=True, help="Print the paths as JSON.")
def export_command(results: Path, fmt: str, out: Path | None, as_json: bool) -> None:
    """Write the observations and series of RESULTS (a results folder) as CSV or Parquet, one file per design.

    \b
    Examples:
      netsim export results/launch-mexico
      netsim export results/launch-mexico --format parquet --out /data/launch
    """
    found = open_results(results)
    written = found.export(out or found.path / "export", fmt)
    if as_json:
        print_json([str(place) for place in written])
    else:
        click.echo("\n".join(map(str, written)))


@click.command("replay")
@click.argument("results", type=click.Path(path_type=Path))
@click.option("--workers", type=click.IntRange(1), help="Processes  [default: one per processor]")
@click.option("--replications", type=click.IntRange(1), help="Replay the first ones only  [default: all]")
@click.option("--module", "modules", multiple=True, help="Python module with your own KPIs and rules to load.")
@click.option("--allow-code", is_flag=True, help="Let the scenarios name Python code, and run it.")
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
def replay_command(
    results: Path,
    workers: int | None,
    replications: int | None,
    modules: tuple[str, ...],
    allow_code: bool,
    as_json: bool,
) -> None:
    """Run RESULTS again from the scenarios that they keep, and compare every number.

    Ends with 0 if all observations and series are equal to the last bit, else with 1 and the first differences.

    \b
    Example:
      netsim replay results/launch-mexico --replications 1
    """
    found = open_results(results)
    load_modules(modules, results)
    differences, count = [], 0
    for scenario in found.scenarios:
        with tempfile.TemporaryDirectory(prefix="netsim-replay-") as folder:
            study = _study_again(found, scenario, allow_code=allow_code)
            runs = min(replications or found.replications, found.replications)
            again = study.run(workers=workers, out=Path(folder), replications=runs)
            differences += _differences(found, again, scenario)
            count += len(again.observations())
            code = again.manifest["code"]
    if as_json:
        print_json({"results": str(found.path), "observations": count, "differences": differences})
    else:
        for line in differences[:10]:
            click.echo(line, err=True)
        verdict = "all equal" if not differences else f"{len(differences)} numbers differ"
        click.echo(f"{count} observations and all series of {runs} replications made again: {verdict}")
    if differences:
        if found.manifest["code"] != code:
            click.echo(f"made by {found.manifest['code']}, replayed by {code}", err=True)
        raise click.exceptions.Exit(1)


def _study_again(found: Results, scenario: str, *, allow_code: bool) -> Study:
    """Return the study of one scenario of *found*, from the scenarios that it keeps."""
    from netsim.spec.scenario import load
    from netsim.study.manifest import design_file
    from netsim.study.study import Study

    manifest = found.manifest
    spans = manifest["windows"]
    designs = {}
    for case in manifest["cases"]:
        if case["scenario"] == scenario:
            file = design_file(scenario, case["design"], several=len(found.scenarios) > 1)
            designs[case["design"]] = load(found.path / "scenarios" / f"{file}.yaml", allow_code=allow_code)
    return Study(
        designs, name=found.name, replications=found.replications, seed=manifest["seed"], warm_up=spans["begin"],
        measure=spans["end"] - spans["begin"], cool_down=spans["horizon"] - spans["end"], compare=manifest["compare"],
    )  # fmt: skip


def _differences(found: Results, again: Results, scenario: str) -> list[str]:
    """Return a line for each number that is not the same."""
    lines = []
    for name in ("observations", "series"):
        keys = ["design", "replication", "kpi", "group", *(["period"] if name == "series" else [])]
        old = _frame(found, name, keys, again.replications, scenario)
        new = _frame(again, name, keys, again.replications, again.scenarios[0])
        if list(old.index) != list(new.index):
            missing, added = old.index.difference(new.index), new.index.difference(old.index)
            lines += [f"{name}: {'/'.join(map(str, key))} is not there again" for key in missing]
            lines += [f"{name}: {'/'.join(map(str, key))} was not there before" for key in added]
            common = old.index.intersection(new.index)
            old, new = old.loc[common], new.loc[common]
        apart = ~((old == new) | (old.isna() & new.isna())).all(axis=1)
        for key in old.index[apart.to_numpy()]:
            lines.append(f"{name}: {'/'.join(map(str, key))}: {old.loc[key].tolist()} -> {new.loc[key].tolist()}")
    return lines


def _frame(results: Results, name: str, keys: list[str], replications: int, scenario: str) -> pd.DataFrame:
    frame: Any = results.observations() if name == "observations" else results.series()
    if frame.empty:
        raise NetsimError(f"{results.path} · no run has finished, there is nothing to compare")
    frame = frame[(frame["replication"] < replications) & (frame["scenario"] == scenario)]
    found: pd.DataFrame = frame.set_index(keys).sort_index()[["numerator", "denominator"]].copy()
    if name == "observations":
        found["value"] = frame.set_index(keys).sort_index()["value"]
    return found
