"""The manifest, and replaying a study from what its folder holds."""

from __future__ import annotations

import json
import shutil

import pytest

import netsim
from netsim.errors import ModelError, NetsimError, ScenarioError
from netsim.store.store import StoreError
from netsim.study.manifest import design_file, write_file
from netsim.study.replay import replay
from netsim.study.study import Study
from tests.study.tiny import SCENARIO, tamper, write_tiny


@pytest.fixture
def folder(tmp_path):
    """Return the results of a tiny study whose own files are gone."""
    files = tmp_path / "files"
    Study.from_file(write_tiny(files)).run(workers=1, out=tmp_path / "out", progress=False, replications=2)
    shutil.rmtree(files)
    return tmp_path / "out"


def test_a_replay_gives_equal_numbers_without_the_original_files(folder):
    report = replay(folder)
    assert report.is_equal
    assert report.notes == ()
    assert [(run.design, run.replication) for run in report.runs] == [
        (design, number) for number in (0, 1) for design in ("as-is", "dear-rent", "more-stock")
    ]
    assert all(run.compared > 300 for run in report.runs)
    assert "numbers are equal" in str(report)


def test_a_replay_may_be_of_one_design_or_replication(folder):
    (run,) = replay(folder / "study.sqlite", design="more-stock", replication=1).runs
    assert (run.design, run.replication) == ("more-stock", 1)
    with pytest.raises(ModelError, match=r"no finished run.*designs: as-is, more-stock, dear-rent"):
        replay(folder, design="most-stock")
    with pytest.raises(ModelError, match="replication 9"):
        replay(folder, replication=9)
    with pytest.raises(StoreError):
        replay(folder / "nothing")


def test_a_number_that_was_tampered_with_is_found(folder):
    def nudge(rows):
        return [(*row[:2], row[2] * (1 + 1e-15), *row[3:]) if row[0] == "net_cost" else row for row in rows]

    tamper(folder, nudge, design="as-is")
    tamper(folder, lambda rows: [row for row in rows if row[:2] != ("tat_p90", "all")], design="more-stock")
    report = replay(folder, replication=0)
    assert not report.is_equal
    wrong = {run.design: run.differences for run in report.runs if not run.is_equal}
    assert list(wrong) == ["as-is", "more-stock"]
    assert wrong["as-is"][0].startswith("net_cost all:")
    assert "absent then" in wrong["more-stock"][0]
    assert "1 of" in str(report)


def test_results_of_other_code_are_replayed_and_told(folder, monkeypatch):
    monkeypatch.setattr("netsim.study.replay.code_version", lambda modules: "9.9.9+else")
    report = replay(folder, design="as-is")
    assert report.is_equal
    assert "this is 9.9.9+else" in report.notes[0]


def test_a_replay_runs_no_code_of_strangers_unless_told(tmp_path, monkeypatch):
    source = "def walk(order, node, sim):\n    yield sim.wait(60)\n    return 'parts_needed'\n"
    (tmp_path / "strange_rules.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    write_tiny(tmp_path, scenario=SCENARIO.replace("kind: outlet,", "kind: outlet, process: strange_rules:walk,"))
    study = Study.from_file(tmp_path / "study.yaml", allow_code=True)
    study.run(workers=1, out=tmp_path / "out", progress=False, replications=1)
    with pytest.raises(ScenarioError, match="names Python code"):
        replay(tmp_path / "out")
    assert replay(tmp_path / "out", allow_code=True).is_equal


def test_the_manifest_says_all_that_results_are_a_function_of(folder):
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest == netsim.load_results(folder).manifest
    assert manifest["seed"] == 7
    assert manifest["windows"] == {
        "begin": 10 * 86_400,
        "end": 70 * 86_400,
        "horizon": 90 * 86_400,
        "text": "warm-up 10 d, measured 60 d, cool-down 20 d",
        "kind": None,
    }
    assert manifest["code"].startswith(netsim.__version__)
    assert {"numpy", "simpy"} <= {name for name, version in manifest["packages"].items() if version}
    stocked = manifest["cases"][1]
    assert stocked["design"] == "more-stock"
    assert ["policies.stock.shop.levels.screen", 3, 8] in stocked["changes"]
    assert len({case["hash"] for case in manifest["cases"]}) == 3
    assert manifest["kpis"]["arrival_rate"] == {
        "unit": "share",
        "better": "higher",
        "label": "Parts arrival rate",
    }


def test_the_manifest_is_the_same_wherever_and_whenever_the_study_runs(folder, tmp_path):
    elsewhere = tmp_path / "else" / "where"
    study = Study.from_file(write_tiny(elsewhere))
    study.run(workers=2, out=elsewhere / "out", progress=False, replications=2)
    assert (elsewhere / "out" / "manifest.json").read_bytes() == (folder / "manifest.json").read_bytes()
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert run["host"]
    assert run["began"] <= run["ended"]
    assert run["workers"] == 1


def test_resolved_scenarios_lie_beside_the_results_and_load(folder):
    manifest = netsim.load_results(folder).manifest
    for case in manifest["cases"]:
        text = folder / "scenarios" / f"{case['design']}.yaml"
        assert netsim.load(text).hash == case["scenario_hash"]


def test_names_of_designs_make_safe_file_names():
    assert design_file("s", "a/b: c", several=False) == "a%2Fb%3A c"
    assert design_file("s", "a", several=True) == "s/a"


def test_a_file_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(NetsimError, match="check the folder"):
        write_file(tmp_path / "file" / "manifest.json", b"")
