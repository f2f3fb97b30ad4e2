"""``netsim show``, ``trace``, ``map`` and ``schema``: look at what is written, and at what happened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from netsim.view.inputs import (
    console,
    engine_option,
    input_options,
    is_results,
    open_given,
    open_results,
    print_json,
    read_span,
)

if TYPE_CHECKING:
    from netsim.engine.records import Records
    from netsim.model.model import Model
    from netsim.spec.scenario import Scenario
    from netsim.study.cases import Case

__all__ = ["map_command", "schema_command", "show_command", "simulate", "trace_command"]


@click.command("show")
@click.argument("file", type=click.Path(path_type=Path))
@input_options
@click.option("--design", help="Design of a study, or point of a sweep, to show  [default: all, changes only]")
@click.option("--changes", "only_changes", is_flag=True, help="Print the changes, not the resolved scenario.")
@click.option("--json", "as_json", is_flag=True, help="Print scenario and changes as JSON.")
def show_command(
    file: Path, scenario: Path | None, allow_code: bool, design: str | None, only_changes: bool, as_json: bool
) -> None:
    """Print FILE as it is run: tables, selectors and defaults written out, and what each overlay changed.

    Every "old -> new" names the file and the line that says so. The resolved scenario is itself a scenario file.

    \b
    Examples:
      netsim show scenarios/launch_mexico/study.yaml
      netsim show scenarios/launch_mexico/study.yaml --design country-warehouse > resolved.yaml
    """
    given = open_given(file, scenario=scenario, allow_code=allow_code)
    chosen = None if design is None else given.case(design)
    cases = given.cases if chosen is None else tuple(case for case in given.cases if case.design == chosen.design)
    cases = cases or (given.case(design),)  # a point of a sweep
    if as_json:
        print_json([_shown(case) for case in cases])
        return
    whole = not only_changes and (design is not None or given.kind not in ("study", "sweep"))
    if whole:
        click.echo(cases[0].content.resolved(), nl=False)
    for case in cases:
        # Beside a resolved scenario the changes go to the error stream, so that it can be sent to a file.
        click.echo(f"# {case.scenario} / {case.design}: {_count(len(case.content.changes), 'change')}", err=whole)
        for change in case.content.changes:
            click.echo(f"#   {change}", err=whole)


@click.command("trace")
@click.argument("file", type=click.Path(path_type=Path))
@input_options
@click.option("--order", "name", default="longest", show_default=True, help="ZONE/K, a row number, or `longest`.")
@click.option("--design", help="Design, or point of a sweep, to trace  [default: the first]")
@click.option(
    "--results", type=click.Path(path_type=Path), help="Take the records of this results folder; run nothing."
)
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), help="Seed of the tape  [default: the study's, or 0]")
@click.option("--replication", type=click.IntRange(0), default=0, show_default=True, help="Which replication to run.")
@click.option("--measure", default="1 yr", show_default=True, help="Length of the run, where FILE does not say it.")
@engine_option
@click.option("--json", "as_json", is_flag=True, help="Print the story as JSON.")
def trace_command(
    file: Path, scenario: Path | None, allow_code: bool, name: str, design: str | None, results: Path | None,
    seed: int | None, replication: int, measure: str, engine: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Tell the story of one order: every time stamp, place, part, shipment, piece of work, core and money line.

    FILE is a scenario, design or study, which is run once, or a results folder, whose records are read.

    \b
    Examples:
      netsim trace scenarios/launch_mexico/study.yaml --design swap-pools --order mexico-city/7
      netsim trace results/launch-mexico --design mail-in --order longest
    """
    from netsim.view.trace import find_order, story_as_json, tell_order

    if is_results(file):
        results, file = file, results or file
    if results is not None:
        content, model, records = _recorded(results, design)
    else:
        given = open_given(file, scenario=scenario, allow_code=allow_code)
        horizon, number, wanted = given.measured or (read_span("--measure", measure), 0, "auto")
        number, wanted = number if seed is None else seed, engine or wanted
        content, model, records = simulate(
            given.case(design), horizon, seed=number, replication=replication, engine=wanted
        )
    row = find_order(model, records, name)
    moments = tell_order(content, model, records, row)
    zone = model.place_names[len(model.node_names) + int(records.orders["zone"][row])]
    title = f"Order {zone}/{int(records.orders['k'][row])} (row {row} of {len(records.orders['created'])})"
    if as_json:
        print_json({"order": title, "row": row, "scenario": content.name, "design": content.design,
                    "story": story_as_json(moments)})  # fmt: skip
        return
    _print_story(title, moments, content.currency.base)


@click.command("map")
@click.argument("file", type=click.Path(path_type=Path))
@input_options
@click.option("--design", help="Design to draw  [default: all]")
@click.option("--results", type=click.Path(path_type=Path), help="Results folder: lanes as wide as what they carried.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("pictures"), show_default=True, help="Folder.")
@click.option("--json", "as_json", is_flag=True, help="Print the paths as JSON.")
def map_command(
    file: Path,
    scenario: Path | None,
    allow_code: bool,
    design: str | None,
    results: Path | None,
    out: Path,
    as_json: bool,
) -> None:
    """Draw the network of FILE on real borders: zones by population, nodes by kind, lanes by mode.

    \b
    Examples:
      netsim map scenarios/launch_mexico/study.yaml --design country-warehouse --out pictures
      netsim map scenarios/launch_mexico/study.yaml --results results/launch-mexico
    """
    from netsim.view.pictures import count_flows, draw_map
    from netsim.view.style import label_of, save

    given = open_given(file, scenario=scenario, allow_code=allow_code)
    found = open_results(results) if results is not None else None
    written = []
    for case in (given.case(design),) if design else given.cases:
        known = found is not None and case.design in found.designs
        flows = count_flows(found, case.content, case.design, case.scenario) if found is not None and known else None
        several = len({each.scenario for each in given.cases}) > 1
        name = f"map_{case.design}" if not several else f"map_{label_of(case.scenario)}_{case.design}"
        written += save(draw_map(case.content, case.design, flows=flows), out, name.replace("/", "-").replace(" ", "_"))
    if as_json:
        print_json([str(place) for place in written])
    else:
        click.echo("\n".join(map(str, written)))


@click.command("schema")
@click.argument("kind", type=click.Choice(["scenario", "design", "variant", "study", "sweep"]), default="scenario")
def schema_command(kind: Any) -> None:
    """Print the JSON Schema of a KIND of file, for editors that complete and check while you type.

    \b
    Example:
      netsim schema scenario > scenario.schema.json
    Then begin scenario.yaml with the line
      # yaml-language-server: $schema=scenario.schema.json
    """
    from netsim.spec.scenario import json_schema

    print_json(json_schema(kind))


def _shown(case: Case) -> dict[str, Any]:
    return {
        "scenario": case.scenario,
        "design": case.design,
        "hash": case.content.hash,
        "changes": [
            {"path": c.path, "old": c.old, "new": c.new, "file": c.file, "line": c.line} for c in case.content.changes
        ],
        "resolved": case.content.tree,
    }


def _recorded(results: Path, design: str | None) -> tuple[Scenario, Model, Records]:
    """Return scenario, model and records of the first replication that a results folder keeps."""
    from netsim.model.compile_model import compile_model
    from netsim.view.pictures import resolved_scenario

    found = open_results(results)
    chosen = design or found.designs[0]
    records = found.records(chosen)
    content = resolved_scenario(found, chosen)
    return content, compile_model(content, horizon=found.manifest["windows"]["horizon"]), records


def simulate(
    case: Case, horizon: int, *, seed: int, replication: int, engine: str = "auto"
) -> tuple[Scenario, Model, Records]:
    """Return scenario, model and records of one run of *horizon* seconds."""
    from netsim.engine.choice import decide, make_engine, warm_up
    from netsim.model.compile_model import compile_model
    from netsim.plan.plan import make_plan
    from netsim.tape.demand import demand
    from netsim.tape.tape import Tape

    content = case.content
    model = compile_model(content, horizon=horizon)
    name, note = decide(model, engine)
    if note:
        click.echo(note, err=True)
    warm_up([name], lambda text: click.echo(text, err=True))
    expected = demand(content.world, content.start, horizon)
    tape = Tape.sample(
        content.world, start=content.start, horizon=horizon, seed=seed, replication=replication, demand=expected
    )
    return content, model, make_engine(name)(model, tape, make_plan(model, expected))


def _print_story(title: str, moments: list[Any], currency: str) -> None:
    from rich import box
    from rich.table import Table

    shown = console()
    table = Table(box=box.SIMPLE_HEAD, width=shown.width, padding=(0, 1, 0, 0), title=title, title_justify="left")
    place = min(max((len(moment.place) for moment in moments), default=8), 24)
    for name, width in (("UTC", 16), ("there", 16), ("what", 8), ("place", place)):
        table.add_column(name, width=width, overflow="fold")
    table.add_column("", ratio=1, overflow="fold")
    before = ""
    styles = {"order": "bold", "money": "dim"}
    for moment in moments:
        when = moment.utc[:16]
        table.add_row(
            when if when != before else "", moment.local if when != before else "", moment.kind, moment.place,
            moment.text.replace("[", "\\["), style=styles.get(moment.kind),
        )  # fmt: skip
        before = when
    shown.print(table)
    spent = sum(
        moment.amount for moment in moments if moment.amount is not None and "cash" in moment.text.split(" / ")[-1]
    )
    shown.print(f"Cash paid out for this order: {spent:,.2f} {currency}", markup=False)


def _count(number: int, name: str) -> str:
    return f"{number or 'no'} {name}{'s' * (number != 1)}"
