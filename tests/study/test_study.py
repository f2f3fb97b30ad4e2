"""Studies: the same bytes however they are run, nothing lost when they are killed, nothing mixed when they change."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

import netsim
from netsim.errors import ModelError, NetsimError, ScenarioError
from netsim.spec.scenario import load
from netsim.store.store import Store
from netsim.study.progress import NoProgress
from netsim.study.study import Study
from tests.study.tiny import SCENARIO, STUDY, write_tiny

ROOT = Path(netsim.__file__).parents[1]


class Notes(NoProgress):
    """Keeps what a study says."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.begun = (0, 0)

    def start(self, title, *, total, done):
        self.begun = (total, done)

    def note(self, text):
        self.texts.append(text)

    def fail(self, text):
        self.texts.append(text)


def exported(results, folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in results.export(folder)}


def test_one_worker_two_workers_and_any_executor_give_the_same_bytes(tmp_path):
    study = Study.from_file(write_tiny(tmp_path))
    alone = study.run(workers=1, out=tmp_path / "one", progress=False)
    pair = study.run(workers=2, out=tmp_path / "two", progress=False)
    with ThreadPoolExecutor(2) as threads:
        shared = study.run(executor=threads, out=tmp_path / "threads", progress=False)
    first = exported(alone, tmp_path / "csv1")
    assert len(first) == 6
    assert exported(pair, tmp_path / "csv2") == first
    assert exported(shared, tmp_path / "csv3") == first
    for name in ("manifest.json", "records/as-is.npz", "scenarios/more-stock.yaml"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_either_engine_gives_the_same_bytes_and_only_the_call_tells_which(tmp_path):
    file, told = write_tiny(tmp_path), {}
    for engine in ("simpy", "compiled"):
        write_tiny(tmp_path, study=STUDY + f"engine: {engine}\n")
        study = Study.from_file(file)
        assert study.engine == engine
        results = study.run(workers=1, out=tmp_path / engine, progress=False)
        exported_to = tmp_path / f"csv-{engine}"
        folder = tmp_path / engine
        told[engine] = (exported(results, exported_to), *(
            (folder / name).read_bytes() for name in ("manifest.json", "records/as-is.npz", "records/dear-rent.npz")
        ))  # fmt: skip
        assert json.loads((folder / "run.json").read_text(encoding="utf-8"))["engine"] == engine
        with Store.open(folder / "study.sqlite", read_only=True) as store:
            assert set(store.runs()["engine"]) == {engine}
        assert netsim.replay(folder, engine="compiled" if engine == "simpy" else "simpy", replication=0).is_equal
    assert told["simpy"] == told["compiled"]


def test_a_design_that_asks_for_python_is_told_in_one_line_or_refused(tmp_path, monkeypatch):
    (tmp_path / "their_desk.py").write_text(
        "def walk(order, node, sim):\n    yield sim.wait(60)\n    return 'parts_needed'\n", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    design = "design: kiosk\nnetwork: {nodes: {shop: {process: their_desk:walk}}}\n"
    file = write_tiny(tmp_path, kiosk=design, study=STUDY.replace("dear-rent", "kiosk"))
    notes = Notes()
    study = Study.from_file(file, allow_code=True)
    study.run(workers=1, out=tmp_path / "out", progress=notes, replications=1)
    (line,) = [text for text in notes.texts if "SimPy engine" in text]
    assert line.startswith("kiosk: ")
    assert "their_desk:walk" in line
    assert "\n" not in line
    assert json.loads((tmp_path / "out" / "run.json").read_text())["engine"] == "compiled, simpy"
    study.engine = "compiled"
    with pytest.raises(ModelError, match=r"kiosk: .*their_desk:walk.*choose `auto` or `simpy`"):
        study.run(workers=1, out=tmp_path / "refused", progress=False)
    assert not (tmp_path / "refused").exists()


def test_designs_share_their_tape_and_replications_do_not(tmp_path):
    """What the world decides is the same for every design of a replication, and differs between replications."""
    results = Study.from_file(write_tiny(tmp_path)).run(workers=1, out=tmp_path / "out", progress=False)
    orders = results.values("orders_created")
    assert orders["as-is"].tolist() == orders["more-stock"].tolist() == orders["dear-rent"].tolist()
    assert len(set(orders["as-is"].tolist())) > 1
    waits = results.values("backorder_wait")
    assert waits["as-is"].tolist() == waits["dear-rent"].tolist()
    assert (waits["more-stock"] <= waits["as-is"]).all()


def test_orders_come_at_the_rate_that_the_world_states(tmp_path):
    """1,000 units x 0.6 a year x 60 d of 365.25 d a year: the interval of 40 replications holds this mean."""
    base = load(write_tiny(tmp_path).with_name("scenario.yaml"))
    study = Study({"base": base}, measure="60 d", replications=40, seed=3, compare={"confidence": 0.999})
    results = study.run(workers=1, out=tmp_path / "out", progress=False)
    orders = results.interval("orders_created", "base")
    assert orders.low <= 1000 * 0.6 * 60 / 365.25 <= orders.high
    assert orders.half < 0.06 * orders.mean


def test_a_study_that_is_run_again_has_nothing_to_do(tmp_path):
    study = Study.from_file(write_tiny(tmp_path))
    first = exported(study.run(workers=1, out=tmp_path / "out", progress=False), tmp_path / "a")
    notes = Notes()
    again = study.run(workers=1, out=tmp_path / "out", progress=notes)
    assert notes.begun == (12, 12)
    assert notes.texts == []
    assert exported(again, tmp_path / "b") == first


def test_more_replications_add_to_those_that_are_there(tmp_path):
    study = Study.from_file(write_tiny(tmp_path))
    few = study.run(workers=1, out=tmp_path / "out", progress=False, replications=2).values("net_cost")["as-is"]
    notes = Notes()
    more = study.run(workers=1, out=tmp_path / "out", progress=notes).values("net_cost")["as-is"]
    assert notes.begun == (12, 6)
    assert more[:2].tolist() == few.tolist()
    fewer = study.run(workers=1, out=tmp_path / "out", progress=notes, replications=1)
    assert fewer.values("net_cost")["as-is"].tolist() == few[:1].tolist()
    assert "9 finished runs" in notes.texts[0]


def test_a_changed_scenario_is_never_mixed_with_old_results(tmp_path):
    file = write_tiny(tmp_path)
    before = Study.from_file(file).run(workers=1, out=tmp_path / "out", progress=False).values("net_cost")
    write_tiny(tmp_path, scenario=SCENARIO.replace("value: 60 EUR", "value: 90 EUR"))
    notes = Notes()
    changed = Study.from_file(file).run(workers=1, out=tmp_path / "out", progress=notes)
    assert notes.begun == (12, 0)
    assert "12 finished runs" in notes.texts[0]
    assert "not used" in notes.texts[0]
    fresh = Study.from_file(file).run(workers=1, out=tmp_path / "fresh", progress=False)
    assert exported(changed, tmp_path / "a") == exported(fresh, tmp_path / "b")
    assert (changed.values("net_cost")["as-is"] > before["as-is"]).all()
    # Nothing was thrown away: the old state finds its old runs.
    write_tiny(tmp_path)
    back = Study.from_file(file).run(workers=1, out=tmp_path / "out", progress=notes)
    assert notes.begun == (12, 12)
    assert back.values("net_cost")["as-is"].tolist() == before["as-is"].tolist()


def test_other_windows_are_another_study(tmp_path):
    file = write_tiny(tmp_path)
    Study.from_file(file).run(workers=1, out=tmp_path / "out", progress=False)
    write_tiny(tmp_path, study=STUDY.replace("measure: 60 d", "measure: 50 d"))
    notes = Notes()
    Study.from_file(file).run(workers=1, out=tmp_path / "out", progress=notes)
    assert notes.begun == (12, 0)


def test_an_interrupted_study_keeps_what_it_finished(tmp_path):
    study = Study.from_file(write_tiny(tmp_path))

    class Interrupt(Notes):
        runs = 0

        def advance(self):
            self.runs += 1
            if self.runs == 5:
                raise KeyboardInterrupt

    for workers, out in ((1, tmp_path / "one"), (2, tmp_path / "two")):
        notes = Interrupt()
        with pytest.raises(KeyboardInterrupt):
            study.run(workers=workers, out=out, progress=notes)
        assert "goes on from there" in notes.texts[-1]
        after = Notes()
        results = study.run(workers=1, out=out, progress=after)
        assert after.begun == (12, 5)
        assert results.note == ""


SCRIPT = """
import sys
from pathlib import Path
import netsim as ns

@ns.kpi("late_orders", unit="orders", better="lower")
def late_orders(records):
    orders = records.orders
    return int(((orders["closed"] - orders["created"]) > 86400).sum())

if __name__ == "__main__":
    study = ns.Study.from_file(sys.argv[1])
    study.run(workers=2, out=sys.argv[2], progress=False, replications=int(sys.argv[3]))
"""


def run_script(tmp_path: Path, out: Path, replications: int) -> subprocess.Popen[bytes]:
    script = tmp_path / "sweep.py"
    script.write_text(SCRIPT, encoding="utf-8")
    command = [sys.executable, str(script), str(tmp_path / "study.yaml"), str(out), str(replications)]
    return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, start_new_session=True)


def count_finished(out: Path) -> int:
    try:
        with closing(sqlite3.connect(f"{(out / 'study.sqlite').as_uri()}?mode=ro", uri=True)) as connection, connection:
            return int(connection.execute("SELECT count(*) FROM runs WHERE status = 'done'").fetchone()[0])
    except sqlite3.Error:
        return 0


def test_a_killed_study_resumes_and_loses_nothing_that_had_finished(tmp_path):
    write_tiny(tmp_path)
    out = tmp_path / "out"
    sweep = run_script(tmp_path, out, 25)
    deadline = time.monotonic() + 60
    while count_finished(out) < 5 and time.monotonic() < deadline and sweep.poll() is None:
        time.sleep(0.01)
    sweep.kill()
    assert sweep.wait() == -signal.SIGKILL
    with Store.open(out / "study.sqlite", read_only=True) as store:
        kept = store.runs().set_index(["design", "replication"])["seconds"].to_dict()
    assert 5 <= len(kept) < 75

    assert run_script(tmp_path, out, 25).wait() == 0
    with Store.open(out / "study.sqlite", read_only=True) as store:
        after = store.runs().set_index(["design", "replication"])["seconds"].to_dict()
        assert store.remaining() == []
    assert len(after) == 75
    assert {run: after[run] for run in kept} == kept  # not one was run again

    whole = tmp_path / "whole"
    assert run_script(tmp_path, whole, 25).wait() == 0
    resumed, fresh = netsim.load_results(out), netsim.load_results(whole)
    assert exported(resumed, tmp_path / "a") == exported(fresh, tmp_path / "b")
    # The script's own KPI was asked in the worker processes too.
    assert resumed.unit("late_orders") == "orders"
    assert resumed.values("late_orders")["as-is"].sum() > 0


def test_a_run_that_fails_is_told_and_the_others_go_on(tmp_path, monkeypatch):
    (tmp_path / "their_rules.py").write_text(
        "def explode(order, node, sim):\n    raise RuntimeError('the bench is on fire')\n    yield\n", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    design = "design: broken\nnetwork: {nodes: {shop: {process: their_rules:explode}}}\n"
    file = write_tiny(tmp_path, broken=design, study=STUDY.replace("dear-rent", "broken"))
    with pytest.raises(ScenarioError, match="allow"):
        Study.from_file(file)
    notes = Notes()
    study = Study.from_file(file, allow_code=True)
    results = study.run(workers=2, out=tmp_path / "out", progress=notes)
    assert len(results.failures()) == 4
    assert all(design == "broken" and "the bench is on fire" in why for design, _, why in results.failures())
    assert sum("broken" in text and "the bench is on fire" in text for text in notes.texts) == 4
    assert len(results.values("net_cost")["more-stock"]) == 4
    assert "4 runs" in results.note
    frame = results.compare("net_cost").set_index("design")
    assert frame.loc["broken", "replications"] == 0
    assert frame.loc["more-stock", "replications"] == 4


def test_a_study_of_which_nothing_succeeds_says_why_and_stops_early(tmp_path, monkeypatch):
    monkeypatch.setattr(netsim.registry, "_kpis", {})

    @netsim.kpi("absurd")
    def absurd(records):
        return 1 / 0

    study = Study.from_file(write_tiny(tmp_path))
    with pytest.raises(NetsimError, match=r"no run of tiny succeeded.*KPI absurd failed"):
        study.run(workers=1, out=tmp_path / "out", progress=False, replications=50)
    with Store.open(tmp_path / "out" / "study.sqlite") as store:
        assert len(store.failed()) == 3


def test_variants_are_scenarios_of_their_own(tmp_path):
    variant = "variant: busy\nworld: {adjust: {demand: 150 %}}\n"
    study_text = STUDY.replace("[scenario.yaml]", "[scenario.yaml, busy.yaml]").replace(", dear-rent.yaml", "")
    study = Study.from_file(write_tiny(tmp_path, busy=variant, study=study_text))
    assert study.scenarios == ("Tiny", "busy")
    results = study.run(workers=1, out=tmp_path / "out", progress=False)
    base, busy = results.values("orders_created", scenario="Tiny"), results.values("orders_created", scenario="busy")
    assert base["as-is"].mean() * 1.2 < busy["as-is"].mean() < base["as-is"].mean() * 1.8
    frame = results.compare("net_cost")
    assert frame[["scenario", "design"]].to_numpy().tolist() == [
        ["Tiny", "as-is"], ["Tiny", "more-stock"], ["busy", "as-is"], ["busy", "more-stock"],
    ]  # fmt: skip
    assert sorted(path.name for path in (tmp_path / "out" / "records").iterdir()) == ["Tiny", "busy"]
    for scenario in study.scenarios:
        created = results.records("as-is", scenario).orders["created"]
        assert len(created) >= results.values("orders_created", scenario=scenario)["as-is"][0]


def test_designs_may_be_stacks_of_overlays(tmp_path):
    stacked = STUDY.replace(
        "[as-is, more-stock.yaml, dear-rent.yaml]", "{plain: [], both: [more-stock.yaml, dear-rent.yaml]}"
    ).replace("baseline: as-is", "baseline: plain")
    study = Study.from_file(write_tiny(tmp_path, study=stacked))
    assert study.designs == ("plain", "both")
    both = study.cases[1].content
    assert both.policies.stock["shop"].levels["screen"] == 8
    assert both.network.nodes["shop"].fixed != study.cases[0].content.network.nodes["shop"].fixed
    assert both.world is study.cases[0].content.world


def test_all_faults_of_all_files_are_told_at_once(tmp_path):
    file = write_tiny(
        tmp_path,
        more_stock="design: more-stock\npolicies: {stock: {shop: {levelz: {screen: 8}}}}\n",
        dear_rent="design: dear-rent\nnetwork: {nodes: {shop: {fixed: 900}}}\n",
        study=STUDY.replace("]", ", missing.yaml]"),
    )
    with pytest.raises(ScenarioError) as caught:
        Study.from_file(file)
    told = str(caught.value)
    assert "more-stock.yaml" in told
    assert "dear-rent.yaml" in told
    assert "missing.yaml" in told


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("baseline: as-is", "baseline: as-iz", "did you mean `as-is`"),
        ("[as-is, more-stock.yaml, dear-rent.yaml]", "[more-stock.yaml, more-stock.yaml]", "is there twice"),
        ("replications: 4", "replications: 0", "replications"),
        ("measure: 60 d", "measure: 60 kg", "measure"),
        ("study: tiny", "studies: tiny", "study"),
        ("seed: 7", "seed: 7\nengine: warp", "engine"),
    ],
)
def test_faults_of_the_study_file_have_their_place(tmp_path, old, new, told):
    file = write_tiny(tmp_path, study=STUDY.replace(old, new))
    with pytest.raises(ScenarioError) as caught:
        Study.from_file(file)
    assert told in str(caught.value)
    assert "study.yaml" in str(caught.value)


def test_faults_of_the_network_come_before_any_run(tmp_path):
    file = write_tiny(tmp_path, more_stock="design: more-stock\nnetwork: {lanes: {maker -> hub: null}}\n")
    with pytest.raises(ScenarioError):
        Study.from_file(file).run(workers=1, out=tmp_path / "out", progress=False)
    assert not (tmp_path / "out").exists()


def test_python_callers_are_told_what_makes_no_sense(tmp_path):
    file = write_tiny(tmp_path).with_name("scenario.yaml")
    base = load(file)
    write_tiny(tmp_path, scenario=SCENARIO.replace("units: 1000", "units: 2000"))
    wrong = {
        "at least one": lambda: Study({}, measure="1 yr"),
        "different worlds": lambda: Study({"a": base, "b": load(file)}, measure="1 yr"),
        "replications": lambda: Study({"a": base}, measure="1 yr", replications=0),
        "seed": lambda: Study({"a": base}, measure="1 yr", seed=-1),
        "baseline": lambda: Study({"a": base}, measure="1 yr", compare={"baseline": "c"}),
        "unknown unit `yeer`": lambda: Study({"a": base}, measure="1 yeer"),
        "confidence": lambda: Study({"a": base}, measure="1 yr", compare={"confidence": 2}),
        "workers": lambda: Study({"a": base}, measure="1 yr").run(workers=0),
        "there is no engine": lambda: Study({"a": base}, measure="1 yr", engine="warp"),
        "begin": lambda: Study({"a": base}, measure=0),
        "did you mean `tat_mean`": lambda: Study({"a": base}, measure="1 yr", compare={"kpis": ["tat_meen"]}).run(),
    }
    for told, call in wrong.items():
        with pytest.raises(ModelError, match=told):
            call()


def test_results_go_to_a_folder_named_after_the_study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    base = load(write_tiny(tmp_path).with_name("scenario.yaml"))
    Study({"base/1": base}, measure="20 d", replications=1, name="my study").run(workers=1, progress=False)
    place = tmp_path / "results" / "my study"
    assert (place / "records" / "base%2F1.npz").is_file()
    told = json.loads((place / "run.json").read_text(encoding="utf-8"))
    assert told["engine"] == "compiled"
    assert told["runs_planned"] == 1


def test_a_renamed_variant_keeps_its_results_and_two_names_for_one_scenario_are_refused(tmp_path):
    text = "variant: {}\nworld: {{adjust: {{demand: {}}}}}\n"
    study = STUDY.replace("[scenario.yaml]", "[scenario.yaml, busy.yaml]").replace("replications: 4", "replications: 2")
    file = write_tiny(tmp_path, study=study, busy=text.format("busy", "120 %"))
    Study.from_file(file).run(workers=1, out=tmp_path / "out", progress=False)
    write_tiny(tmp_path, study=study, busy=text.format("rush", "120 %"))
    renamed = Study.from_file(file).run(workers=1, out=tmp_path / "out", progress=False)
    assert renamed.scenarios == ("Tiny", "rush")
    for scenario in renamed.scenarios:
        assert all(len(values) == 2 and values.min() > 0 for values in
                   renamed.values("net_cost", scenario=scenario).values())  # fmt: skip
    write_tiny(tmp_path, study=study, busy=text.format("idle", "100 %"))
    with pytest.raises(ModelError, match="the same but for the names"):
        Study.from_file(file)


def test_what_is_given_in_python_is_told_in_our_words(tmp_path):
    write_tiny(tmp_path)
    base = load(tmp_path / "scenario.yaml")
    until = {"until": "2 %", "of": "net_cost"}
    assert Study({"a": base}, measure="60 d", replications=until).rule.kpis == ("net_cost",)
    for words, told in (
        ({"replications": "until banana"}, "`banana` is not a fraction"),
        ({"replications": 0}, "measure nothing"),
        ({"compare": {"kpi": ["net_cost"]}}, "kpi"),
        ({"select": {"minimise": "net_cost", "indifference": "5 EUR"}, "replications": 50}, "leave `replications` out"),
    ):
        with pytest.raises(ModelError, match=told) as caught:
            Study({"a": base}, measure="60 d", **words)
        assert "pydantic" not in str(caught.value)
    with pytest.raises(ModelError, match="foo"):
        Study({"a": base}, measure="60 d", replications="until 2 % of foo").check_kpis()
