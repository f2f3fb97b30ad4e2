"""``netsim export``, ``netsim merge`` and ``netsim replay``: take results elsewhere, join them, make them again."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from netsim.view.inputs import engine_option, load_modules, open_results, print_json

__all__ = ["export_command", "merge_command", "replay_command"]


@click.command("export")
@click.argument("results", type=click.Path(path_type=Path))
@click.option(
    "--format", "fmt", type=click.Choice(["csv", "parquet"]), default="csv", show_default=True, help="Format."
)
@click.option("--out", type=click.Path(path_type=Path), help="Folder  [default: export/ in RESULTS]")
@click.option("--group", help="Only the KPIs of this group, such as all or country=MX  [default: every group]")
@click.option("--json", "as_json", is_flag=True, help="Print the paths as JSON.")
def export_command(results: Path, fmt: str, out: Path | None, group: str | None, as_json: bool) -> None:
    """Write the observations and series of RESULTS (a results folder) as CSV or Parquet.

    One file per design, or one of each kind for more than 50 designs; of a sweep, the levels of its points, too.

    \b
    Examples:
      netsim export results/launch-mexico
      netsim export results/launch-mexico --format parquet --out /data/launch
      netsim export results/sweep-mexico --format parquet --group all
    """
    found = open_results(results)
    written = found.export(out or found.path / "export", fmt, group=group)
    if as_json:
        print_json([str(place) for place in written])
    else:
        click.echo("\n".join(map(str, written)))


@click.command("merge")
@click.argument("results", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder for the merged results.")
@click.option("--json", "as_json", is_flag=True, help="Print what was merged as JSON.")
def merge_command(results: tuple[Path, ...], out: Path, as_json: bool) -> None:
    """Merge RESULTS (two or more results folders) into one that is shown, replayed and exported like any other.

    They may add replications, seeds, designs and points of sweeps to each other, made by the same netsim in the same
    windows. A run that several have is kept once, if its numbers are the same. The comparison is that of the first.

    \b
    Examples:
      netsim merge results/launch results/launch-seed-2 --out results/launch-both
    """
    from netsim.study.merge import merge_results

    merged = merge_results(results, out)
    told = {
        "path": str(merged.path),
        "designs": list(merged.designs),
        "replications": merged.replications,
        "runs": len(merged.runs()),
        "merged": merged.manifest["merged"],
    }
    if as_json:
        print_json(told)
        return
    click.echo(f"{told['runs']:,} runs of {len(merged.designs):,} designs, at most {merged.replications} of each")
    for part in merged.manifest["merged"]:
        if part["renamed"]:
            old, new = next(iter(part["renamed"].items()))
            click.echo(f"{part['study']}: {len(part['renamed'])} points have other names now, such as {old} → {new}")
    if merged.note:
        click.echo(merged.note)
    click.echo(f"Results: {merged.path}")


@click.command("replay")
@click.argument("results", type=click.Path(path_type=Path))
@click.option("--design", help="Replay this design only  [default: all]")
@click.option("--replication", type=click.IntRange(0), help="Replay this replication only  [default: all]")
@click.option("--module", "modules", multiple=True, help="Python module with your own KPIs and rules to load.")
@click.option("--allow-code", is_flag=True, help="Let the scenarios name Python code, and run it.")
@engine_option
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
def replay_command(
    results: Path,
    design: str | None,
    replication: int | None,
    modules: tuple[str, ...],
    allow_code: bool,
    engine: str | None,
    as_json: bool,
) -> None:
    """Run RESULTS again from the scenarios that they keep, and compare every number.

    Ends with 0 if all observations and series are equal to the last bit, else with 1 and where they differ. Results of
    one engine must come out of the other, too: --engine simpy checks what the compiled one made.

    \b
    Examples:
      netsim replay results/launch-mexico
      netsim replay results/launch-mexico --design mail-in --replication 0
    """
    from netsim.study.progress import LineProgress
    from netsim.study.replay import replay

    load_modules(modules, results, allow_code=allow_code)
    report = replay(
        results, design=design, replication=replication, allow_code=allow_code, engine=engine or "auto",
        progress=LineProgress(),
    )  # fmt: skip
    if as_json:
        print_json({"equal": report.is_equal, "notes": report.notes, "runs": [asdict(run) for run in report.runs]})
    else:
        click.echo(str(report))
    if not report.is_equal:
        raise click.exceptions.Exit(1)
