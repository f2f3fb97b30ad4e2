"""``netsim check``: is the input sound, and what does it describe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from netsim.view.inputs import Given, input_options, open_given, print_json

__all__ = ["check_command"]


@click.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@input_options
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def check_command(file: Path, scenario: Path | None, allow_code: bool, as_json: bool) -> None:
    """Check FILE (scenario, design, study or sweep) without running it.

    All faults of all its files are told at once, each with file, line and what to do: spelling, units, dimensions,
    customers whom nobody can serve, parts that nobody supplies, cores that cannot go back, forbidden crossings.
    Notes tell where the input leaves a choice open and which one is taken.

    \b
    Example:
      netsim check scenarios/launch_mexico/study.yaml
    """
    given = open_given(file, scenario=scenario, allow_code=allow_code)
    found = examine(given)
    if as_json:
        points = {"points": len(given.points)} if given.points else {}
        print_json({"file": str(file), "kind": given.kind, "cases": found, **points})
        return
    for each in found:
        counts = ", ".join(_count(number, name) for name, number in each["counts"].items() if number)
        click.echo(f"{each['scenario']} / {each['design']}: {counts}")
    if given.sweep is not None:
        factors = ", ".join(given.sweep.factors)
        click.echo(f"{_count(len(given.points), 'point')}, {given.sweep.points}, over {factors}")
    for note in dict.fromkeys(note for each in found for note in each["notes"]):
        click.echo(f"note: {note}")
    click.echo(f"{file}: sound ({', '.join(_check_names())})")


def examine(given: Given) -> list[dict[str, Any]]:
    """Return what each case describes; raise `ScenarioError` with the faults of all of them."""
    from netsim.errors import ScenarioError
    from netsim.network.building import build
    from netsim.network.checks import check
    from netsim.network.graph import links, nodes
    from netsim.network.notes import notes

    faults, found = [], []
    for case in given.cases:
        network = build(case.content)
        if wrong := check(case.content, network):
            faults += wrong
            continue
        kinds: dict[str, int] = {}
        for node in nodes(network).values():
            kinds[node.kind] = kinds.get(node.kind, 0) + 1
        world = case.content.world
        named = {"zone": len(world.zones), "fleet": len(world.fleets), "part": len(world.parts)}
        counts = {**named, **dict(sorted(kinds.items())), "lane": len(links(network))}
        told = [str(note) for note in notes(case.content, network)]
        same = {"scenario": case.scenario, "design": case.design, "hash": case.content.hash}
        found.append({**same, "counts": counts, "notes": told})
    if faults:
        raise ScenarioError(faults)
    return found


def _count(number: int, name: str) -> str:
    many = name[:-1] + "ies" if name.endswith("y") else name + "s"
    return f"{number} {name if number == 1 else many}"


def _check_names() -> list[str]:
    from netsim.network.checks import CHECKS

    return list(CHECKS)
