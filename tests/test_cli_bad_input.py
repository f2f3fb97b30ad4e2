"""Bad input, tried one by one through the command line: told in words, with its line, all at once, and exit 1."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from netsim.cli import main
from tests.view.small import MORE, SCENARIO, STUDY, ZONES, spoil, write_study


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def check(file: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["check", str(file), *options])


def assert_faults(result: Result, *words: str, at_least: int = 1) -> list[str]:
    """Every fault is a line ``FILE... · what``, nothing else came out, and *words* are among them."""
    assert result.exit_code == 1, result.output
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    lines = result.stderr.splitlines()
    assert re.fullmatch(rf"{len(lines) - 1} faults?; nothing was run", lines[-1])
    faults = lines[:-1]
    assert len(faults) >= at_least
    assert all(" · " in fault for fault in faults)
    for word in words:
        assert any(word in fault for fault in faults), f"{word!r} is not in\n{result.stderr}"
    return faults


def line_of(text: str, words: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), start=1) if words in line)


def test_sound_input_is_sound(tmp_path: Path) -> None:
    result = check(write_study(tmp_path))
    assert result.exit_code == 0, result.output
    assert "Two cities / more" in result.stdout
    assert "sound" in result.stdout


FIELDS = {
    "unknown field, did you mean": ("lead: 5 d", "leed: 5 d", ("unknown field", "did you mean `lead`?")),
    "missing unit": ("transit: 6 d", "transit: 6", ("transit", "unit")),
    "wrong dimension": ("transit: 6 d", "transit: 3 kg", ("transit", "3 kg")),
    "duplicate key": ("mode: air,", "mode: air, mode: sea,", ("mode", "twice")),
    "negative value": ("technicians: 2", "technicians: -2", ("technicians", "-2")),
    "negative money": ("300 EUR/month", "-300 EUR/month", ("fixed", "-300")),
    "not a number": ("technicians: 2", "technicians: many", ("technicians", "many")),
    "probability above 1": ("good: 90 %", "good: 190 %", ("good", "190 %")),
    "unknown node in a lane": ("depot -> centro:", "deopt -> centro:", ("deopt", "did you mean `depot`?")),
    "unknown currency": ("300 EUR/month", "300 XXX/month", ("XXX",)),
    "unknown zone of time": ("America/Mexico_City", "America/Mexiko", ("America/Mexiko",)),
}


@pytest.mark.parametrize("name", FIELDS)
def test_a_bad_value_is_told_at_its_line(name: str, tmp_path: Path) -> None:
    old, new, words = FIELDS[name]
    scenario = spoil(SCENARIO, old, new)
    faults = assert_faults(check(write_study(tmp_path, scenario=scenario)), *words)
    where = f"scenario.yaml:{line_of(scenario, new)} "
    assert any(where in fault for fault in faults), faults


def test_a_zone_that_nobody_reaches(tmp_path: Path) -> None:
    scenario = SCENARIO + "  serving: {channels: [mail-in]}\n"
    assert_faults(check(write_study(tmp_path, scenario=scenario)), "puebla", "mexico")


def test_a_part_without_a_supplier(tmp_path: Path) -> None:
    glue = "glue: {value: 1 EUR, repairable: false}\n    screen: {value: 50 EUR"
    scenario = spoil(SCENARIO, "screen: {value: 50 EUR", glue)
    scenario = spoil(scenario, "{screen: 2}", "{screen: 2, glue: 2}")
    scenario = spoil(scenario, "depot: {levels: {screen: 6}}", "depot: {levels: {screen: 6, glue: 1}}")
    scenario = spoil(scenario, "supply: {centro: depot, depot: maker}", "supply: {centro: depot, depot: fixer}")
    assert_faults(check(write_study(tmp_path, scenario=scenario)), "glue")


def test_a_design_that_touches_the_world(tmp_path: Path) -> None:
    more = MORE + "world: {rates: {no_fault: 0 %}}\n"
    study = write_study(tmp_path, more=more)
    assert_faults(check(study), "a design may not change the world", f"more.yaml:{line_of(more, 'world:')} ")


def test_two_overlays_on_one_field(tmp_path: Path) -> None:
    study = write_study(tmp_path)
    (tmp_path / "most.yaml").write_text(spoil(spoil(MORE, "design: more", "design: most"), "screen: 5", "screen: 9"))
    study.write_text(spoil(STUDY, "more: [more.yaml]", "more: [more.yaml, most.yaml]"))
    assert_faults(check(study), "is set by another overlay too", "most.yaml:3", "more.yaml:3")


def test_a_table_with_a_missing_column(tmp_path: Path) -> None:
    rows = [line.split(",") for line in ZONES.splitlines()]
    zones = "".join(",".join(cell for i, cell in enumerate(row) if i != 3) + "\n" for row in rows)
    assert_faults(check(write_study(tmp_path, zones=zones)), "country", "zones.csv")


def test_a_table_with_a_bad_cell_names_file_row_and_column(tmp_path: Path) -> None:
    zones = spoil(ZONES, "1600000,1000", "1600000,plenty")
    faults = assert_faults(check(write_study(tmp_path, zones=zones)), "plenty")
    assert any("zones.csv:3" in fault and "`units`" in fault for fault in faults), faults


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    write_study(tmp_path)
    assert_faults(check(tmp_path / "studdy.yaml"), "there is no such file", "study.yaml")


def test_a_table_that_is_not_there(tmp_path: Path) -> None:
    study = write_study(tmp_path)
    (tmp_path / "zones.csv").unlink()
    assert_faults(check(study), "zones.csv")


@pytest.mark.parametrize(
    "content", [b"\x00\x01\x02\xff\xfe" * 200, b"\x89PNG\r\n\x1a\n" + bytes(range(256)), b"\xff\xfe"]
)
def test_a_binary_file(content: bytes, tmp_path: Path) -> None:
    study = write_study(tmp_path)
    study.write_bytes(content)
    assert_faults(check(study), "study.yaml")
    write_study(tmp_path)
    (tmp_path / "zones.csv").write_bytes(content)
    assert_faults(check(study), "zones.csv")


@pytest.mark.parametrize(
    "content", ["", "# nothing\n", "just text\n", "- a\n- list\n", "study: [\n", "a: b: c\n", "\tx: 1\n"]
)
def test_a_file_that_says_nothing_or_is_no_yaml(content: str, tmp_path: Path) -> None:
    study = write_study(tmp_path)
    study.write_text(content)
    assert_faults(check(study), "study.yaml")


def test_an_alias_bomb(tmp_path: Path) -> None:
    bomb = "netsim: 1\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 12))
    file = tmp_path / "scenario.yaml"
    file.write_text(bomb)
    assert_faults(check(file), "scenario.yaml")


def test_an_absurd_depth(tmp_path: Path) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_text("netsim: 1\nworld: " + "[" * 5000 + "]" * 5000 + "\n")
    assert_faults(check(file), "scenario.yaml")


def test_an_absurd_size(tmp_path: Path) -> None:
    file = tmp_path / "scenario.yaml"
    with file.open("wb") as stream:
        stream.write(b"netsim: 1\n")
        stream.truncate(30_000_000)  # a hole on the disk, not thirty megabytes
    assert_faults(check(file), "MB")


@pytest.mark.parametrize(("old", "new"), [
    ("technicians: 2", "technicians: 1e400"), ("transit: 6 d", "transit: 9999999 yr"),
    ("value: 50 EUR", "value: 1e300 EUR"), ("levels: {screen: 6}", "levels: {screen: 99999999999999999999}"),
])  # fmt: skip
def test_an_absurd_number(old: str, new: str, tmp_path: Path) -> None:
    assert_faults(check(write_study(tmp_path, scenario=spoil(SCENARIO, old, new))), "scenario.yaml")


def test_code_is_not_run_unless_it_is_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touched = tmp_path / "touched"
    rules = f"open({str(touched)!r}, 'w').close()\ndef first(line, view):\n    return -1\n"
    (tmp_path / "their_rules.py").write_text(rules)
    scenario = SCENARIO + "  shortage: {centro: [home, 'their_rules:first']}\n"
    study = write_study(tmp_path, scenario=scenario)
    monkeypatch.setattr(sys, "path", list(sys.path))
    assert_faults(check(study), "`their_rules:first` names Python code", "--allow-code")
    assert not touched.exists()
    allowed = check(study, "--allow-code")
    assert allowed.exit_code == 0, allowed.output


def test_all_faults_of_all_files_at_once(tmp_path: Path) -> None:
    scenario = spoil(SCENARIO, "good: 90 %", "good: 190 %")
    scenario = spoil(scenario, "transit: 6 d", "transit: 6")
    scenario = spoil(scenario, "lead: 5 d", "leed: 5 d")
    zones = spoil(ZONES, "1600000,1000", "1600000,plenty")
    faults = assert_faults(
        check(write_study(tmp_path, scenario=scenario, zones=zones)), "190 %", "transit", "leed", "plenty", at_least=4
    )
    assert len(set(faults)) == len(faults), "a fault is told once"


def test_faults_of_all_designs_at_once(tmp_path: Path) -> None:
    study = write_study(tmp_path, more=spoil(MORE, "centro:", "centra:"))
    (tmp_path / "most.yaml").write_text("design: most\nnetwork: {nodes: {depot: {handling: 3 kg}}}\n")
    study.write_text(spoil(STUDY, "more: [more.yaml]", "more: [more.yaml], most: [most.yaml]"))
    assert_faults(check(study), "centra", "3 kg", at_least=2)


@pytest.mark.parametrize("command", ["check", "run", "compare", "show", "trace", "map"])
def test_every_command_tells_faults_alike(command: str, tmp_path: Path) -> None:
    study = write_study(tmp_path, scenario=spoil(SCENARIO, "lead: 5 d", "leed: 5 d"))
    assert_faults(CliRunner().invoke(main, [command, str(study)]), "did you mean `lead`?")


@pytest.mark.parametrize("command", ["run", "compare", "trace"])
def test_what_only_checks_find_stops_every_command(command: str, tmp_path: Path) -> None:
    scenario = spoil(SCENARIO, "returns: {centro: fixer, fixer: depot}", "returns: {centro: fixr, fixer: depot}")
    assert_faults(CliRunner().invoke(main, [command, str(write_study(tmp_path, scenario=scenario))]), "fixr")


USES: dict[str, Callable[[Path], list[str]]] = {
    "no such command": lambda study: ["chek", str(study)],
    "no such option": lambda study: ["check", str(study), "--quickly"],
    "no file": lambda study: ["check"],
    "workers not a number": lambda study: ["run", str(study), "--workers", "two"],
    "no workers": lambda study: ["run", str(study), "--workers", "0"],
    "no replications": lambda study: ["run", str(study), "--replications", "0"],
    "a negative seed": lambda study: ["run", str(study), "--seed", "-1"],
    "no such kind": lambda study: ["schema", "network"],
    "no such format": lambda study: ["export", str(study), "--format", "xls"],
    "a scenario with a study": lambda study: ["check", str(study), "--scenario", str(study.parent / "scenario.yaml")],
    "a span without unit": lambda study: ["run", str(study.parent / "scenario.yaml"), "--measure", "3"],
}


@pytest.mark.parametrize("name", USES)
def test_wrong_usage_ends_with_two(name: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, USES[name](write_study(tmp_path)))
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("Usage:")
    assert "Traceback" not in result.output


RESULTS: dict[str, Callable[[Path], list[str]]] = {
    "no results": lambda folder: ["export", str(folder / "nowhere")],
    "a folder without results": lambda folder: ["replay", str(folder)],
    "a file that is no store": lambda folder: ["compare", str(folder / "study.sqlite")],
    "a design that is not there": lambda folder: ["trace", str(folder / "study.yaml"), "--design", "mroe"],
    "a design that is not there on the map": lambda folder: ["map", str(folder / "study.yaml"), "--design", "mroe"],
    "a module that is not there": lambda folder: ["run", str(folder / "study.yaml"), "--module", "no_such_module"],
}


@pytest.mark.parametrize("name", RESULTS)
def test_wrong_names_are_told_in_one_line(name: str, tmp_path: Path) -> None:
    write_study(tmp_path)
    if "no store" in name:
        (tmp_path / "study.sqlite").write_bytes(b"not a database, whatever its name says" * 40)
    result = CliRunner().invoke(main, RESULTS[name](tmp_path))
    assert result.exit_code == 1, result.output
    assert len(result.stderr.splitlines()) == 1
    assert " · " in result.stderr
