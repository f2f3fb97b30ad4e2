"""The four kinds of file, and what each may hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from netsim.spec.files import kind_of, open_file, read_file
from netsim.spec.reading import Document


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        ("netsim: 1", "scenario"),
        ("variant: a", "variant"),
        ("design: a", "design"),
        ("study: a", "study"),
        ("x: 1", ""),
    ],
)
def test_the_head_says_what_a_file_is(tmp_path: Path, head: str, kind: str) -> None:
    (tmp_path / "a.yaml").write_text(head + "\n")
    assert kind_of(read_file(tmp_path / "a.yaml")) == kind


def test_tables_are_found_beside_the_file(folder: Path) -> None:
    document = read_file(folder / "scenario.yaml")
    assert list(document.tree["world"]["countries"]) == ["ES", "NO", "NL", "CN"]


def test_a_table_may_lie_anywhere(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "s.yaml").write_text(f"world:\n  countries: {{table: {folder}/tables/countries.csv}}\n")
    document = read_file(elsewhere / "s.yaml")
    assert list(document.tree["world"]["countries"]) == ["ES", "NO", "NL", "CN"]
    assert document.origin(("world", "countries", "NO")).file == f"{folder}/tables/countries.csv"


def test_a_file_of_another_kind_is_set_aside(folder: Path) -> None:
    document = open_file(folder / "two_hubs.yaml", kinds=("scenario",))
    assert document.tree == {}
    assert [fault.what for fault in document.faults] == ["is a design, a scenario is wanted"]
    assert "begin the file with `netsim: 1`" in document.faults[0].remedy


def test_sections_without_content_are_as_good_as_none(tmp_path: Path) -> None:
    (tmp_path / "d.yaml").write_text("design: d\nnetwork:\n  nodes:\npolicies:\n")
    document = open_file(tmp_path / "d.yaml", kinds=("design",))
    assert document.faults == []
    assert document.tree == {"design": "d", "network": {}}


def test_sections_that_are_no_mappings_are_dropped_with_a_fault(tmp_path: Path) -> None:
    (tmp_path / "d.yaml").write_text("design: d\nnetwork:\n  nodes: [a]\n  lanes: 3\npolicies: x\n")
    document: Document = open_file(tmp_path / "d.yaml", kinds=("design",))
    assert [(fault.line, fault.path, fault.what) for fault in document.faults] == [
        (3, "network.nodes", "is not a mapping"),
        (4, "network.lanes", "is not a mapping"),
        (5, "policies", "is not a mapping"),
    ]
    assert document.tree == {"design": "d", "network": {}}
