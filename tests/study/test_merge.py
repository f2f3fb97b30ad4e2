"""Merged results: what several studies found as one, and a clear no where that would not be honest."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing

import numpy as np
import pytest
from click.testing import CliRunner

import netsim
from netsim.cli import main
from netsim.errors import ModelError
from netsim.store.store import KeptPoint, RunKey, RunResult, Store
from netsim.study.loading import load_results
from netsim.study.merge import merge_results
from netsim.study.replay import replay
from netsim.study.study import Study
from tests.study.tiny import SCENARIO, STUDY, tamper, write_tiny


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return what runs a tiny study under a name and returns its results, each asked for once."""
    folder = tmp_path_factory.mktemp("studies")
    done = {}

    def made(name, *, replications=2, **files):
        if name not in done:
            study = Study.from_file(write_tiny(folder / name, **files))
            done[name] = study.run(workers=1, out=folder / f"{name}-out", progress=False, replications=replications)
        return done[name]

    return made


FEW = STUDY.replace("[as-is, more-stock.yaml, dear-rent.yaml]", "[as-is, more-stock.yaml]")
OTHERS = STUDY.replace("[as-is, more-stock.yaml, dear-rent.yaml]", "[dear-rent.yaml]").replace("baseline: as-is, ", "")


def same_numbers(one, other, designs):
    for design in designs:
        mine, its = (frame[frame["design"] == design] for frame in (one.observations(), other.observations()))
        assert mine.reset_index(drop=True).equals(its.reset_index(drop=True)), design


def test_further_replications_are_those_of_one_longer_study(run, tmp_path):
    whole = run("whole", replications=4)
    merged = merge_results([run("short"), whole], tmp_path / "both")
    assert merged.designs == whole.designs
    assert merged.replications == 4
    assert merged.note == ""
    same_numbers(merged, whole, whole.designs)
    assert merged.table().equals(whole.table())
    assert merged.series().equals(whole.series())


def test_further_designs_are_those_of_one_larger_study(run, tmp_path):
    merged = netsim.merge_results([run("few", study=FEW).path, run("others", study=OTHERS)], tmp_path / "both")
    short = run("short")
    assert merged.designs == ("as-is", "more-stock", "dear-rent")
    same_numbers(merged, short, short.designs)
    assert merged.compare("net_cost").equals(short.compare("net_cost"))
    assert merged.quantile(0.9).equals(short.quantile(0.9))
    for design in short.designs:
        assert merged.records(design).digest() == short.records(design).digest()
        text = (short.path / "scenarios" / f"{design}.yaml").read_bytes()
        assert (merged.path / "scenarios" / f"{design}.yaml").read_bytes() == text


def test_another_seed_gives_further_replications_and_stays_apart(run, tmp_path):
    first, second = run("short"), run("seed", study=STUDY.replace("seed: 7", "seed: 8"))
    merged = merge_results([first, second], tmp_path / "both")
    assert merged.replications == 4
    for design in merged.designs:
        expected = [*first.values("net_cost")[design], *second.values("net_cost")[design]]
        assert merged.values("net_cost")[design].tolist() == expected
    assert merged.interval("net_cost", "as-is").n == 4
    assert [merged.trace("as-is", 1, seed=seed).seed for seed in (7, 8)] == [7, 8]
    with pytest.raises(ModelError, match=r"seeds \[7, 8\]; name one"):
        merged.trace("as-is", 1)


def test_merged_results_can_be_replayed_exported_and_merged_again(run, tmp_path):
    merged = merge_results([run("short"), run("seed", study=STUDY.replace("seed: 7", "seed: 8"))], tmp_path / "both")
    report = replay(merged.path, design="more-stock", replication=0)
    assert report.is_equal
    assert len(report.runs) == 2
    tamper(merged.path, lambda rows: [(*row[:2], row[2] and row[2] + 1, *row[3:]) for row in rows], design="as-is")
    assert not replay(merged.path, design="as-is", replication=0).is_equal
    assert merged.export(tmp_path / "csv")
    again = merge_results([run("few", study=FEW), run("seed"), run("short")], tmp_path / "again")
    assert again.replications == 4


class TestRefusals:
    def test_other_code(self, run, tmp_path):
        copy = run("short").save(tmp_path / "copy")
        with Store.open(copy / "study.sqlite") as store:
            store.write_manifest({**store.manifest(), "code": "0.0.1+abc"})
        with pytest.raises(ModelError, match=r"made by netsim .* and 0\.0\.1\+abc; run both again"):
            merge_results([run("short"), copy], tmp_path / "both")
        assert not (tmp_path / "both").exists()

    def test_other_windows(self, run, tmp_path):
        other = run("windows", replications=1, study=STUDY.replace("measure: 60 d", "measure: 50 d"))
        with pytest.raises(ModelError, match=r"windows differ .*measured 60 d.*measured 50 d"):
            merge_results([run("short"), other], tmp_path / "both")

    def test_other_numbers_of_one_run(self, run, tmp_path):
        copy = run("short").save(tmp_path / "copy")

        def nudge(rows):
            return [(*row[:2], row[2] + 1e-9, *row[3:]) if row[0] == "net_cost" else row for row in rows]

        tamper(copy, nudge, design="more-stock", replication=1)
        with pytest.raises(ModelError, match=r"replication 1 of more-stock \(seed 7\) has other numbers"):
            merge_results([run("short"), copy], tmp_path / "both")
        assert not list(tmp_path.glob("both*"))  # nothing is left half done

    def test_one_name_for_two_designs(self, run, tmp_path):
        dearer = "design: dear-rent\nnetwork: {nodes: {shop: {fixed: 950 EUR/month}}}\n"
        other = run("dearer", replications=1, study=OTHERS, dear_rent=dearer)
        with pytest.raises(ModelError, match=r"'dear-rent' of .* is not the same"):
            merge_results([run("short"), other], tmp_path / "both")

    def test_one_name_for_two_worlds(self, run, tmp_path):
        other = run("world", replications=1, study=OTHERS, scenario=SCENARIO.replace("units: 1000", "units: 1100"))
        with pytest.raises(ModelError, match="is another world"):
            merge_results([run("few", study=FEW), other], tmp_path / "both")

    def test_one_world_under_two_names(self, run, tmp_path):
        copy = run("short").save(tmp_path / "copy")
        with Store.open(copy / "study.sqlite") as store:
            manifest = json.loads(json.dumps(store.manifest()).replace('"Tiny"', '"Small"'))
            store.write_manifest(manifest)
        with pytest.raises(ModelError, match="one scenario under two names"):
            merge_results([run("short"), copy], tmp_path / "both")

    def test_results_in_the_way_and_results_alone(self, run, tmp_path):
        with pytest.raises(ModelError, match="there are results already"):
            merge_results([run("short"), run("few")], run("short").path)
        with pytest.raises(ModelError, match="two results or more"):
            merge_results([run("short")], tmp_path / "both")


def points(folder, levels, *, first=1, count=2, cost=0.0):
    """Write results of a sweep whose points are numbered from *first*; a point's hash is its levels."""
    names = [f"p{first + i:04d}" for i in range(len(levels))]
    manifest = {
        "study": folder.name, "code": "c", "seed": 1, "replications": count, "kpis": {"cost": {}}, "windows": {},
        "compare": {"baseline": names[0], "confidence": 0.95, "kpis": ["cost"]},
        "cases": [
            {"scenario": "s", "design": name, "hash": f"h{level}", "currency": "EUR"}
            for name, level in zip(names, levels, strict=True)
        ],
    }  # fmt: skip
    with Store.create(folder / "study.sqlite") as store:
        store.write_manifest(manifest)
        store.add_scenario("base", "s", text="netsim: 1\n")
        store.add_points(
            KeptPoint(f"h{level}", name, "base", f'["size", {level}]', {"size": level})
            for name, level in zip(names, levels, strict=True)
        )
        keys = {
            RunKey(f"h{level}", name, r, 1, "c"): level
            for name, level in zip(names, levels, strict=True)
            for r in range(count)
        }
        store.plan(keys)
        for key, level in keys.items():
            number = 10.0 * level + key.replication + cost
            store.add(RunResult(key, observations=[("cost", "all", number, number, None)]))
    return load_results(folder)


def test_points_of_two_sweeps_are_numbered_on_and_a_common_point_is_one(tmp_path):
    one, two = points(tmp_path / "a", [1, 2, 3]), points(tmp_path / "b", [7, 2, 9], count=3)
    merged = merge_results([one, two], tmp_path / "both")
    frame = merged.points()
    assert sorted(frame["size"]) == [1, 2, 3, 7, 9]
    assert frame["design"].is_unique
    assert dict(zip(frame["size"], frame["replications"], strict=True)) == {1: 2, 2: 3, 3: 2, 7: 3, 9: 3}
    for row in frame.itertuples():
        mean = np.nanmean(merged.values("cost")[row.design])
        assert mean == pytest.approx(10 * row.size + (row.replications - 1) / 2)
        assert merged.trace(row.design, 1).settings == ("size", row.size)
    assert merged.manifest["merged"][1]["renamed"]
    with closing(sqlite3.connect(merged.path / "study.sqlite")) as connection:
        asked = "SELECT value FROM levels WHERE factor = 'size' ORDER BY value"
        assert [row[0] for row in connection.execute(asked)] == [1, 2, 3, 7, 9]


def test_a_common_point_with_other_numbers_is_refused(tmp_path):
    one, two = points(tmp_path / "a", [1, 2]), points(tmp_path / "b", [2, 3], cost=1e-6)
    with pytest.raises(ModelError, match="other numbers"):
        merge_results([one, two], tmp_path / "both")


def test_the_command_says_what_was_merged(run, tmp_path):
    words = ["merge", str(run("short").path), str(run("few", study=FEW).path), "--out", str(tmp_path / "both")]
    told = CliRunner().invoke(main, words)
    assert told.exit_code == 0, told.output
    assert "6 runs of 3 designs" in told.output
    shutil.rmtree(tmp_path / "both")
    told = CliRunner().invoke(main, [*words, "--json"])
    assert json.loads(told.output)["runs"] == 6
    again = CliRunner().invoke(main, words)
    assert again.exit_code == 1
    assert "there are results already" in again.output
