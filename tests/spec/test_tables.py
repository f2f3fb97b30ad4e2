"""Tables as named records, and every way in which a table can be wrong: file, row and column are told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from netsim.spec.reading import Document, read_yaml_text
from netsim.spec.tables import expand_tables

Read = Callable[..., Document]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Return a function that reads `zones: {table: t.csv}` with that table beside it."""

    def make(table: str | bytes, yaml: str = "zones: {table: t.csv}\n", file: str = "t.csv") -> Document:
        (tmp_path / file).write_bytes(table.encode() if isinstance(table, str) else table)
        document = read_yaml_text(yaml, "folder/s.yaml")
        expand_tables(document, tmp_path)
        return document

    return make


def workbook(tmp_path: Path, rows: list[list[Any]], title: str = "outlets") -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    book.save(tmp_path / "made.xlsx")
    return (tmp_path / "made.xlsx").read_bytes()


def test_rows_become_records_with_units_places_and_nesting(read: Read) -> None:
    document = read(
        "name,lat,lon,country,transit [d],failures.screen [%/yr],failures.board [1/yr],open,#source,fee [EUR/order]\n"
        "madrid,40.42,-3.7,ES,3,2.1,0.5,true,census,1e2\n"
        'oslo,59.91,10.75,NO,,0.5,,false,"a, b",\n'
    )
    assert document.faults == []
    assert document.tree["zones"] == {
        "madrid": {
            "at": [40.42, -3.7],
            "country": "ES",
            "transit": "3 d",
            "failures": {"screen": "2.1 %/yr", "board": "0.5 /yr"},
            "open": True,
            "fee": "1e2 EUR/order",
        },
        "oslo": {"at": [59.91, 10.75], "country": "NO", "failures": {"screen": "0.5 %/yr"}, "open": False},
    }


def test_every_cell_knows_its_file_row_and_column(read: Read) -> None:
    document = read('name,#why,units\na,"two\nlines",1\nb,,2\n')
    assert document.origin(("zones", "a", "units")) == ("folder/t.csv", 2, "units")
    assert document.origin(("zones", "b", "units")) == ("folder/t.csv", 4, "units")
    assert document.origin(("zones", "b")) == ("folder/t.csv", 4, "")
    document.fault(("zones", "b", "units"), "is wrong", "mend it")
    assert str(document.faults[-1]) == "folder/t.csv:4 · zones.b.units · column `units`: is wrong · mend it"


def test_names_and_codes_with_leading_zeros_stay_text(read: Read) -> None:
    assert read("name,code\n7,007\n").tree == {"zones": {"7": {"code": "007"}}}


def test_a_cell_may_hold_a_list_or_a_mapping(read: Read) -> None:
    assert read('name,cost\na,"[1 EUR/kg, 2 %]"\n').tree == {"zones": {"a": {"cost": ["1 EUR/kg", "2 %"]}}}
    assert "not YAML" in read('name,cost\na,"[1 EUR/kg"\n').faults[0].what


def test_a_distribution_spreads_over_two_columns(read: Read) -> None:
    assert read("name,transit.lognormal [d],transit.cv\na,8,0.4\n").tree == {
        "zones": {"a": {"transit": {"lognormal": "8 d", "cv": 0.4}}}
    }


def test_lanes_may_be_named_by_their_ends(read: Read) -> None:
    document = read("from,to,label,transit [d]\na,b,air,3\na,c,,2\n", "lanes: {table: t.csv}\n")
    assert document.tree == {"lanes": {"a -> b / air": {"transit": "3 d"}, "a -> c": {"transit": "2 d"}}}


def test_semicolons_and_tabs_separate_too(read: Read) -> None:
    want = {"zones": {"a": {"units": 3}}}
    assert read("name;units\na;3\n").tree == read("name\tunits\na\t3\n").tree == want


def test_records_may_stand_beside_a_table(read: Read) -> None:
    document = read("name,units\na,1\n", "zones:\n  table: t.csv\n  b: {units: 2}\n")
    assert document.tree == {"zones": {"a": {"units": 1}, "b": {"units": 2}}}
    clash = read("name,units\na,1\n", "zones:\n  table: t.csv\n  a: {units: 2}\n")
    assert clash.faults[0].what == "`a` is in two places of `zones`"


def test_several_tables_add_up(read: Read) -> None:
    read("name,units\nb,2\n", file="u.csv")
    document = read("name,units\na,1\n", "zones: {table: [t.csv, u.csv]}\n")
    assert document.tree == {"zones": {"a": {"units": 1}, "b": {"units": 2}}}


@pytest.mark.parametrize(
    ("table", "line", "what"),
    [
        ("nam,units\na,1\n", 1, "there is no column `name`"),
        ("name,units\na,1\na,2\n", 3, "`a` is there twice"),
        ("name,units\n,2\n", 2, "the row has no name"),
        ("name,units\na\n", 2, "the row has 1 cells, the header 2"),
        ("name,units\na,1,2\n", 2, "the row has 3 cells, the header 2"),
        ("name,transit [d]\na,3\nb,soon\n", 3, "column `transit [d]`: `soon` is not a number"),
        ("name,transit [d]\na,3 d\n", 2, "column `transit [d]`: `3 d` is not a number"),
        ("name,units,units\na,1,2\n", 1, "column `units` is there twice"),
        ("name,failures,failures.screen\na,1,2\n", 1, "column `failures.screen` is there twice"),
        ("name,transit [d\na,1\n", 1, "`transit [d` is not a column header"),
        ("name,\na,1\n", 1, "a column has no header"),
        ("name,lat\na,1\n", 1, "there is no column `lon`"),
        ('name,units\na,"1\n', 2, "not CSV"),
        ("", 0, "the table is empty"),
        (b"name,units\n\xff\xfe,1\n", 2, "is binary or not UTF-8 text"),
        (b"name\0,units\n", 0, "is binary, not text"),
    ],
)
def test_what_is_wrong_in_a_table(read: Read, table: str | bytes, line: int, what: str) -> None:
    faults = read(table).faults
    assert [(fault.file, fault.line) for fault in faults if what in fault.what] == [("folder/t.csv", line)]
    assert all(fault.remedy for fault in faults)


def test_all_faults_of_a_table_come_at_once(read: Read) -> None:
    assert len(read("name,transit [d]\na,x\na,3\n,4\nb\n").faults) == 4


@pytest.mark.parametrize(
    ("yaml", "what"),
    [
        ("zones: {table: u.csv}\n", "there is no such file"),
        ("zones: {table: t.pdf}\n", "`.pdf` is not a table"),
        ("zones: {table: 3}\n", "`3` does not name a table"),
        ("zones: {table: t.csv, sheet: x}\n", "a CSV table has no sheets"),
    ],
)
def test_a_table_that_is_not_there(read: Read, yaml: str, what: str) -> None:
    read("x", file="t.pdf")
    assert [fault.what for fault in read("name\na\n", yaml).faults] == [what]


def test_an_excel_table_reads_like_a_csv_table(read: Read, tmp_path: Path) -> None:
    import datetime

    rows = [
        ["name", "lat", "lon", "units", "opens", "open", "transit [d]", None],
        ["a", 40.5, -3, 2.0, datetime.datetime(2026, 1, 5), True, 1.5, None],
        [None, None, None, None, None, None, None, None],
        [101, 1, 2, None, None, None, None, None],
    ]
    yaml = "zones: {table: t.xlsx, sheet: outlets}\n"
    document = read(workbook(tmp_path, rows), yaml, "t.xlsx")
    assert document.faults == []
    assert document.tree["zones"] == {
        "a": {"at": [40.5, -3], "units": 2, "opens": "2026-01-05", "open": True, "transit": "1.5 d"},
        "101": {"at": [1, 2]},
    }
    assert document.origin(("zones", "a", "units")).file == "folder/t.xlsx[outlets!D2]"


def test_faults_of_an_excel_table_name_the_cell(read: Read, tmp_path: Path) -> None:
    rows = [["name", "transit [d]", "x"], ["a", "soon", None], ["b", 3, "#REF!"], ["a", 3, None]]
    document = read(workbook(tmp_path, rows), "zones: {table: t.xlsx}\n", "t.xlsx")
    assert [(fault.file, fault.line) for fault in document.faults] == [
        ("folder/t.xlsx[outlets!B2]", 0),
        ("folder/t.xlsx[outlets!C3]", 0),
        ("folder/t.xlsx[outlets!A4]", 0),
    ]
    wrong = read(workbook(tmp_path, rows), "zones: {table: t.xlsx, sheet: outlet}\n", "t.xlsx").faults[0]
    assert (wrong.what, wrong.remedy) == ("has no sheet `outlet`", "did you mean `outlets`?")
    broken = read(b"PK not a workbook", "zones: {table: t.xlsx}\n", "t.xlsx").faults[0]
    assert "is not an Excel workbook" in broken.what


def test_tables_nest_anywhere_in_a_file(read: Read) -> None:
    document = read("name,units\na,1\n", "world:\n  zones: {table: t.csv}\nlist:\n  - {x: {table: t.csv}}\n")
    assert document.tree == {"world": {"zones": {"a": {"units": 1}}}, "list": [{"x": {"a": {"units": 1}}}]}
