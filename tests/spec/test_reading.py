"""Strict YAML: what is read, with which line, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from netsim.spec import reading
from netsim.spec.reading import Document, Origin, plain_scalar, read_yaml, read_yaml_text, show_path


def faults_of(text: str) -> list[str]:
    return [str(fault) for fault in read_yaml_text(text, "a.yaml").faults]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("on", "on"),
        ("yes", "yes"),
        ("18:30", "18:30"),
        ("2026-01-05", "2026-01-05"),
        ("010", 10),
        ("0x1f", 31),
        ("0o17", 15),
        ("1_000", "1_000"),
        ("1.5e3", 1500.0),
        (".5", 0.5),
        (".inf", ".inf"),
        ("true", True),
        ("~", None),
        ("9" * 50, "9" * 50),
    ],
)
def test_plain_scalars_follow_yaml_1_2(text: str, value: Any) -> None:
    assert plain_scalar(text) == value
    assert type(plain_scalar(text)) is type(value)


def test_a_tree_and_the_line_of_every_value() -> None:
    document = read_yaml_text('a: NO\nb:\n  - {x: "12"}\n  - 3\n2026: y\n', "a.yaml")
    assert document.tree == {"a": "NO", "b": [{"x": "12"}, 3], "2026": "y"}
    assert document.faults == []
    lines = {show_path(path): origin.line for path, origin in document.lines.items()}
    assert lines == {"": 1, "a": 1, "b": 2, "b[0]": 3, "b[0].x": 3, "b[1]": 4, "2026": 5}


def test_the_longest_known_prefix_gives_the_line() -> None:
    document = Document("a.yaml", {}, {(): Origin("a.yaml", 1), ("a",): Origin("a.yaml", 7)})
    assert document.origin(("a", "b", 3)).line == 7
    assert document.origin(("c",)).line == 1
    document.fault(("a", "b c"), "is wrong", "mend it")
    assert str(document.faults[0]) == 'a.yaml:7 · a["b c"] · is wrong · mend it'


def test_an_alias_stands_for_its_anchor() -> None:
    assert read_yaml_text("a: &x {b: 1}\nc: *x\n", "a.yaml").tree == {"a": {"b": 1}, "c": {"b": 1}}


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "key `a` is written twice (first on line 1)"),
        ("a: {b -> c, d: 1}\n", 1, "key `b -> c` inside { } has no value: a comma ends a key there"),
        ("a: {b: }\n", 1, "key `b` inside { } has no value"),
        ("a: !!python/object:os.system x\n", 1, "has the tag `tag:yaml.org,2002:python/object:os.system`"),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", 3, "`<<` merges are not part of YAML 1.2"),
        ("a: 1\n---\nb: 1\n", 2, "holds several documents"),
        ("a: &x [*x]\n", 1, "alias `*x` stands inside its own anchor"),
        ("a: *x\n", 1, "alias `*x` has no anchor"),
        ("? [a, b]\n: 1\n", 1, "a key is a list, a mapping or an alias"),
        ('"": 1\n', 1, "a key is empty"),
        ("a: [1, 2\n", 2, "not YAML: while parsing a flow sequence"),
        ("a: 'b\n", 2, "not YAML: while scanning a quoted scalar"),
        ("a: \x01\n", 0, "not YAML: unacceptable character"),
        ("- 1\n", 1, "the file is not a mapping"),
        ("", 0, "the file is empty"),
        ("# nothing\n", 0, "the file is empty"),
        ("a: " + "[" * 60 + "]" * 60, 1, "is nested more than 40 deep"),
        ("a: " + "[" * 100_000, 1, "is nested more than 40 deep"),
    ],
)
def test_what_is_refused(text: str, line: int, what: str) -> None:
    faults = read_yaml_text(text, "a.yaml").faults
    assert [fault.line for fault in faults if what in fault.what] == [line]
    assert all(fault.remedy for fault in faults)


def test_all_faults_come_at_once() -> None:
    assert len(faults_of("a: 1\na: 2\nb: {c -> d, e: 1}\nf: !x 1\n")) == 3


def test_a_bomb_of_aliases_is_refused_before_it_goes_off() -> None:
    text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in range(1, 12):
        text += f"a{level}: &a{level} [" + ", ".join([f"*a{level - 1}"] * 10) + "]\n"
    faults = faults_of(text)
    assert len(faults) == 1
    assert "more than 200 000 values once its aliases are written out" in faults[0]


def test_too_many_values_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_VALUES", 10)
    assert "keep bulk data in CSV tables" in faults_of("a: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]")[0]


def test_files_that_cannot_be_read_are_faults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fault_of(path: Path) -> str:
        document = read_yaml(path)
        assert document.tree == {}
        assert len(document.faults) == 1
        assert document.faults[0].remedy
        return document.faults[0].what

    (tmp_path / "scenario.yaml").write_text("a: 1")
    assert fault_of(tmp_path / "scenari.yaml") == "there is no such file"
    assert "scenario.yaml" in read_yaml(tmp_path / "scenari.yaml").faults[0].remedy
    assert fault_of(tmp_path / "nowhere" / "a.yaml") == "there is no such file"
    assert fault_of(tmp_path) == "is a folder, not a file"
    (tmp_path / "picture.yaml").write_bytes(b"\x89PNG\r\n\x1a\n\xff\xfe\x00")
    assert fault_of(tmp_path / "picture.yaml") == "is binary or not UTF-8 text"
    (tmp_path / "zero.yaml").write_bytes(b"a: 1\0")
    assert fault_of(tmp_path / "zero.yaml") == "is binary, not text"
    (tmp_path / "latin.yaml").write_bytes("a: 1\nname: Málaga".encode("latin-1"))
    assert fault_of(tmp_path / "latin.yaml") == "is binary or not UTF-8 text"
    assert read_yaml(tmp_path / "latin.yaml").faults[0].line == 2
    os.mkfifo(tmp_path / "pipe.yaml")
    assert fault_of(tmp_path / "pipe.yaml") == "is not a regular file"
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    assert fault_of(tmp_path / "loop.yaml").startswith("cannot be read: ")
    assert fault_of(Path("a\0b.yaml")).startswith("cannot be read: ")
    monkeypatch.setattr(reading, "LARGEST_FILE", 3)
    assert "the limit is" in fault_of(tmp_path / "scenario.yaml")


def test_a_byte_order_mark_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert read_yaml(path).tree == {"a": 1}


def test_paths_read_as_a_planner_writes_them() -> None:
    assert show_path(("network", "lanes", "venlo -> madrid", "cost", 1)) == 'network.lanes["venlo -> madrid"].cost[1]'
