"""The command line on sound input: each command does its work, prints what machines can read, and ends with 0."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rich.cells import cell_len

from netsim.cli import main
from tests.study.tiny import tamper
from tests.view.small import write_study

COMMANDS = ("check", "run", "compare", "sweep", "show", "trace", "replay", "export", "merge", "schema", "map")


def call(*words: object) -> Result:
    result = CliRunner().invoke(main, list(map(str, words)))
    assert result.exit_code == 0, result.output
    return result


def refused(*words: object) -> str:
    """Return what a command that was used wrongly says, in one line."""
    result = CliRunner().invoke(main, list(map(str, words)))
    assert result.exit_code == 2, result.output
    return " ".join(result.stderr.split())


def read(*words: object) -> Any:
    return json.loads(call(*words, "--json").stdout)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def results(study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder, pictures included, which tests only read."""
    folder = tmp_path_factory.mktemp("results")
    call("compare", study, "--workers", 1, "--out", folder)
    return folder


@pytest.mark.parametrize("command", COMMANDS)
def test_help_teaches_with_an_example(command: str) -> None:
    text = call(command, "--help").stdout
    assert "Example" in text
    assert f"netsim {command}" in text


def test_help_is_fast_as_it_loads_nothing_heavy() -> None:
    script = "import sys; from netsim.cli import main; main(['--help'], standalone_mode=False); print(*sys.modules)"
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=_environment()
    ).stdout
    assert all(command in told for command in COMMANDS)
    loaded = set(told.splitlines()[-1].split())
    assert not loaded & {"pandas", "geopandas", "matplotlib", "scipy", "networkx", "simpy", "numpy", "pydantic"}


def test_check_counts_what_is_there(study: Path) -> None:
    found = read("check", study)
    assert [case["design"] for case in found["cases"]] == ["as-is", "more"]
    assert found["cases"][0]["counts"] == {
        "zone": 2, "fleet": 0, "part": 1, "factory": 1, "outlet": 1, "supplier": 1, "warehouse": 1, "lane": 4,
    }  # fmt: skip


def test_the_table_fits_and_names_all(study: Path, results: Path) -> None:
    text = call("compare", results, "--no-pictures").stdout
    lines = [line for line in text.splitlines() if not line.startswith("Results:")]  # a path is as long as it is
    assert max(map(cell_len, lines)) <= 100
    for words in ("Net cost", "EUR", "Parts arrival rate", "As is", "More", "(baseline)", "2 replications", "Pareto"):
        assert words in text


def test_pictures_are_written_in_both_forms_and_their_paths_printed(results: Path) -> None:
    found = read("compare", results)
    names = {Path(path).name for path in found["pictures"]}
    titles = ("costs", "turnaround", "over_time", "trade_off", "risk", "map_as-is", "map_more")
    assert names == {f"{title}.{kind}" for title in titles for kind in ("png", "svg")}
    for path in map(Path, found["pictures"]):
        begin = path.read_bytes()[:200]
        assert begin.startswith(b"\x89PNG") if path.suffix == ".png" else b"<svg" in path.read_bytes()


def test_pictures_have_the_same_bytes_each_time(results: Path) -> None:
    first = {path: path.read_bytes() for path in sorted((results / "pictures").iterdir())}
    call("compare", results)
    assert {path: path.read_bytes() for path in sorted((results / "pictures").iterdir())} == first


def test_all_pairs_are_compared_where_asked(results: Path) -> None:
    from netsim.study.loading import load_results

    shown = call("compare", results, "--all-pairs", "--no-pictures").stdout
    assert "p (Holm)" in shown
    assert "p (Holm)" not in call("compare", results, "--no-pictures").stdout
    pairs = {row["kpi"]: row["pairs"] for row in read("compare", results, "--all-pairs", "--no-pictures")["scenarios"]
             ["Two cities"]["pairs"]}  # fmt: skip
    known = load_results(results).compare("net_cost", all_pairs=True)
    assert [pair["difference"] for pair in pairs["net_cost"]] == pytest.approx(known["difference"].tolist())


def test_a_sweep_is_run_told_and_read_again(tmp_path: Path) -> None:
    from tests.study.tiny import write_tiny

    write_tiny(tmp_path)
    (tmp_path / "sweep.yaml").write_text(
        "sweep: rents\nfactors:\n  demand: {path: world.adjust.demand, values: [50 %, 100 %]}\n"
        '  rent: {path: "network.nodes[shop].fixed", values: [100 EUR/month, 900 EUR/month]}\n'
        "windows: {measure: 60 d, cool_down: 20 d}\nreplications: 3\ncompare: {kpis: [net_cost]}\n",
        encoding="utf-8",
    )
    out = tmp_path / "out"
    shown = call("sweep", tmp_path / "sweep.yaml", "--workers", 1, "--out", out).stdout
    assert "4 points (factorial), up to 3 replications" in shown
    assert "Main effects" in shown
    assert "Shares of variance" in shown
    drawn = {"main_effects.png", "interactions_net_cost.png", "heat_map_net_cost.png"}
    assert {place.name for place in (out / "pictures").glob("*.png")} == drawn
    assert "end" in (out / "log.txt").read_text(encoding="utf-8").splitlines()[-1]
    told = read("sweep", out, "--no-pictures")
    assert [point["rent"] for point in told["points"]] == ["100 EUR/month", "900 EUR/month"] * 2
    assert "use `netsim sweep" in refused("compare", out)
    assert "run it with `netsim sweep" in refused("run", tmp_path / "sweep.yaml")


def test_replications_may_be_asked_for_by_precision(study: Path, tmp_path: Path) -> None:
    shown = call(
        "compare", study, "--replications", "until 50 % of net_cost", "--workers", 1, "--no-pictures", "--out",
        tmp_path / "out",
    ).stdout  # fmt: skip
    assert "50 % is reached (net_cost; 95 %) with 10 replications of each design" in shown
    assert "not a number of runs" in refused("run", study, "--replications", "many")


def test_compare_as_json_is_what_the_results_say(results: Path) -> None:
    from netsim.study.loading import load_results

    found, known = read("compare", results, "--no-pictures"), load_results(results)
    rows = {row["kpi"]: row for row in found["scenarios"]["Two cities"]["comparison"]}
    assert list(rows) == ["net_cost", "tat_p90", "arrival_rate"]
    table = known.compare("net_cost").set_index("design")
    assert rows["net_cost"]["designs"]["more"]["mean"] == pytest.approx(table.loc["more", "mean"])
    assert rows["net_cost"]["designs"]["more"]["difference"] == pytest.approx(table.loc["more", "difference"])
    assert set(found["scenarios"]["Two cities"]["pareto"]["front"]) == set(known.pareto().front)


def test_an_unknown_kpi_is_refused_with_what_was_meant(results: Path) -> None:
    result = CliRunner().invoke(main, ["compare", str(results), "--kpi", "net_csot"])
    assert result.exit_code == 1
    assert "did you mean `net_cost`?" in result.stderr


def test_one_design_runs_from_a_scenario_and_from_a_design_file(study: Path, tmp_path: Path) -> None:
    options = ("--measure", "60 d", "--replications", 1, "--workers", 1, "--seed", 3)
    plain = read("run", study.parent / "scenario.yaml", *options, "--out", tmp_path / "a", "--kpi", "orders_created")
    laid = read("run", study.parent / "more.yaml", *options, "--out", tmp_path / "b", "--kpi", "orders_created")
    rows = [next(iter(found["scenarios"].values()))["comparison"][0]["designs"] for found in (plain, laid)]
    assert list(rows[0]) == ["as-is"]
    assert list(rows[1]) == ["more"]
    assert rows[0]["as-is"]["mean"] == rows[1]["more"]["mean"], "one world, one tape: the same claims"


def test_another_seed_makes_another_world(study: Path, tmp_path: Path) -> None:
    base = ("run", study.parent / "scenario.yaml", "--measure", "60 d", "--replications", 2, "--workers", 1)
    one, other = (read(*base, "--seed", seed, "--out", tmp_path / str(seed), "--kpi", "net_cost") for seed in (1, 2))
    assert one["scenarios"] != other["scenarios"]


def test_show_tells_each_change_with_its_line_and_a_scenario_that_loads(study: Path, tmp_path: Path) -> None:
    text = call("show", study).stdout
    line = next(line for line in text.splitlines() if "levels" in line)
    assert "2 -> " in line or "{screen: 2} -> {screen: 5}" in line
    assert "more.yaml:3" in line
    resolved = tmp_path / "resolved.yaml"
    resolved.write_text(call("show", study, "--design", "more").stdout)
    assert read("check", resolved)["cases"][0]["counts"] == read("check", study)["cases"][1]["counts"]
    hashes = [read("check", file)["cases"] for file in (resolved, study)]
    assert hashes[0][0]["hash"] == hashes[1][1]["hash"]


def test_trace_tells_one_story_from_files_and_from_results(study: Path, results: Path) -> None:
    run, kept = (read("trace", file, "--design", "more", "--order", "mexico/3") for file in (study, results))
    assert run["story"] == kept["story"]
    seconds = [moment["second"] for moment in run["story"]]
    assert seconds == sorted(seconds)
    assert run["story"][0]["text"].startswith("claim")
    assert {"order", "money"} <= {moment["kind"] for moment in run["story"]}
    assert "Order mexico/3" in call("trace", results, "--order", "mexico/3").stdout


def test_export_writes_a_file_for_each_design(results: Path, tmp_path: Path) -> None:
    written = [Path(path) for path in read("export", results, "--out", tmp_path)]
    assert {path.name for path in written} == {"design=as-is.csv", "design=more.csv"}
    assert all(path.stat().st_size for path in written)
    parquet = [Path(path) for path in read("export", results, "--out", tmp_path, "--format", "parquet")]
    assert all(path.read_bytes()[:4] == b"PAR1" for path in parquet)


def test_replay_makes_the_same_numbers_again(results: Path) -> None:
    found = read("replay", results)
    assert found["equal"]
    assert len(found["runs"]) == 4
    assert all(run["compared"] > 100 for run in found["runs"])
    one = read("replay", results, "--design", "more", "--replication", 1)
    assert [(run["design"], run["replication"]) for run in one["runs"]] == [("more", 1)]


def test_replay_notices_a_number_that_was_changed(results: Path, tmp_path: Path) -> None:
    from netsim.study.loading import load_results

    copy = load_results(results).save(tmp_path / "copy")
    with closing(sqlite3.connect(copy / "study.sqlite")) as connection:
        design = connection.execute("SELECT design FROM runs WHERE run = 1").fetchone()[0]

    def nudge(rows: list[Any]) -> list[Any]:
        return [(*row[:2], row[2] + 1e-9, *row[3:]) if row[0] == "net_cost" else row for row in rows]

    tamper(copy, nudge, design=design)
    result = CliRunner().invoke(main, ["replay", str(copy)])
    assert result.exit_code == 1
    assert "net_cost" in result.output


def test_either_engine_tells_the_same_story_and_replays_the_other(study: Path, results: Path) -> None:
    one, other = (read("trace", study, "--order", "mexico/3", "--engine", engine) for engine in ("simpy", "compiled"))
    assert one == other
    assert json.loads((results / "run.json").read_text(encoding="utf-8"))["engine"] == "compiled"
    assert read("replay", results, "--replication", 0, "--engine", "simpy")["equal"]


def test_an_engine_that_cannot_run_a_process_is_refused_and_auto_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "their_counter.py").write_text(
        "def ask(order, node, sim):\n    yield sim.wait(60)\n    return 'parts_needed'\n", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    file = write_study(tmp_path, more="design: more\nnetwork: {nodes: {centro: {process: their_counter:ask}}}\n")
    options = (str(file), "--allow-code")
    out = ("--workers", "1", "--replications", "1", "--out", str(tmp_path / "out"))
    for command in (["compare", *options, *out], ["trace", *options, "--design", "more"]):
        refused = CliRunner().invoke(main, [*command, "--engine", "compiled"])
        assert refused.exit_code == 1
        assert "their_counter:ask of centro" in refused.output
        assert "choose `auto` or `simpy`" in refused.output
    told = call("run", *options, *out).stderr
    assert told.count("SimPy engine") == 1
    assert "more: the SimPy engine runs, as the process their_counter:ask of centro is Python code" in told


@pytest.mark.parametrize("workers", [1, 2])
def test_pictures_are_the_same_bytes_from_any_number_of_workers(
    study: Path, results: Path, tmp_path: Path, workers: int
) -> None:
    from netsim.study.loading import load_results
    from netsim.study.study import Study
    from netsim.view.pictures import draw_study

    contents = {case.design: case.content for case in Study.from_file(study).cases} if workers == 2 else None
    written = draw_study(load_results(results), tmp_path, contents=contents, workers=workers)
    assert len(written) == 14
    for place in written:
        assert place.read_bytes() == (results / "pictures" / place.name).read_bytes()


def test_map_draws_each_design(study: Path, results: Path, tmp_path: Path) -> None:
    written = [Path(path) for path in read("map", study, "--results", results, "--out", tmp_path)]
    assert {path.name for path in written} == {"map_as-is.png", "map_as-is.svg", "map_more.png", "map_more.svg"}
    assert all(path.stat().st_size > 10_000 for path in written)


@pytest.mark.parametrize("kind", ["scenario", "design", "variant", "study"])
def test_schema_is_json_that_accepts_our_files(kind: str, study: Path) -> None:
    import jsonschema

    schema = json.loads(call("schema", kind).stdout)
    jsonschema.Draft7Validator.check_schema(schema)


def test_an_interruption_says_what_is_kept_and_the_next_call_goes_on(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "netsim", "run", str(study), "--workers", "1", "--replications", "400",
               "--out", str(out), "--json"]  # fmt: skip
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=_environment())
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and _finished(out) < 3:
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=60)
    assert running.returncode == 130, told
    assert "Traceback" not in told
    assert "kept" in told
    before = _finished(out)
    assert 3 <= before < 800
    again = [*command[:-5], "--replications", str(before // 2 + 1), "--out", str(out)]
    subprocess.run(again, check=True, capture_output=True, env=_environment())
    assert before <= _finished(out) <= before + 2


def _environment() -> dict[str, str]:
    root = str(Path(__file__).parents[1])
    return {**os.environ, "PYTHONPATH": os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])}


def _finished(folder: Path) -> int:
    file = folder / "study.sqlite"
    if not file.is_file():
        return 0
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        return int(connection.execute("SELECT count(*) FROM runs WHERE status = 'done'").fetchone()[0])
    except sqlite3.OperationalError:
        return 0
    finally:
        connection.close()
