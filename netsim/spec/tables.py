"""CSV and Excel tables as named records: ``zones: {table: tables/zones.csv}``.

One row is one record, keyed by the column ``name`` (lanes may have ``from``, ``to`` and ``label`` instead). A header
carries the unit of its column (``transit [d]``), a dotted header nests (``failures.screen [%/yr]``), ``lat`` and
``lon`` become ``at``, a header that begins with ``#`` is a comment, and an empty cell leaves the field out.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path as FilePath
from typing import Any

from netsim.errors import Fault, did_you_mean
from netsim.spec.overlay import copy_tree
from netsim.spec.reading import Document, Origin, Path, decode_text, plain_scalar, read_bytes, read_yaml_text
from netsim.units import QuantityError, parse_number

__all__ = ["expand_tables", "read_plain_table"]

_HEADER = re.compile(r"([^\[\]]+?)\s*(?:\[\s*([^\[\]]+?)\s*\])?")
_MOST_CELLS = 2_000_000
_MOST_UNPACKED = 200_000_000
_PLACE = ("lat", "lon")
_LANE = ("from", "to", "label")


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of a table: the text of its cells and the origin of each."""

    cells: list[str]
    origins: list[Origin]


@dataclass(frozen=True, slots=True)
class _Column:
    title: str
    path: tuple[str, ...]
    unit: str
    read: dict[str, Any] = field(default_factory=dict)
    """Cells that have been read without a fault, by their text."""


def expand_tables(document: Document, folder: FilePath) -> None:
    """Replace every ``{table: FILE}`` in *document* by its records; relative files are looked for in *folder*."""
    document.tree = _expand(document.tree, (), document, folder)


def _expand(value: Any, path: Path, document: Document, folder: FilePath) -> Any:
    if isinstance(value, list):
        return [_expand(item, (*path, index), document, folder) for index, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    plain = {key: item for key, item in value.items() if "table" not in value or key not in {"table", "sheet"}}
    records = {key: _expand(item, (*path, key), document, folder) for key, item in plain.items()}
    if "table" not in value:
        return records
    found: dict[str, Any] = {}
    files = value["table"] if isinstance(value["table"], list) else [value["table"]]
    for name in files:
        if not isinstance(name, str) or not name.strip() or not isinstance(value.get("sheet"), str | None):
            document.fault((*path, "table"), f"`{name}` does not name a table", "write `table: tables/file.csv`")
            continue
        shown = str(FilePath(document.file).parent / name)
        for key, record in _read_table(folder / name, shown, value.get("sheet"), path, document).items():
            if key in found or key in records:
                document.fault((*path, key), f"`{key}` is in two places of `{show(path)}`", "keep one of them")
                continue
            found[key] = record
    return {**found, **records}


def show(path: Path) -> str:
    """Return the last name of *path*, for a message."""
    return str(path[-1]) if path else "the file"


def _read_table(file: FilePath, shown: str, sheet: str | None, path: Path, document: Document) -> dict[str, Any]:
    faults = document.faults
    header, rows = _open_table(file, shown, sheet, faults, "write a header row with a column `name`")
    if header is None:
        return {}
    columns = _columns(header, faults)
    records: dict[str, Any] = {}
    cells = 0
    for row in rows:
        cells += len(row.cells)
        if cells > _MOST_CELLS:
            faults.append(Fault(shown, 0, "", f"has more than {_MOST_CELLS} cells", "split it, or leave rows out"))
            break
        if columns is None or not any(cell for cell in row.cells):
            continue
        if len(row.cells) != len(header.cells):
            what = f"the row has {len(row.cells)} cells, the header {len(header.cells)}"
            faults.append(
                _fault(
                    row.origins[0] if row.origins else Origin(shown, 0),
                    what,
                    "give every column a cell; put quotes around text with a comma",
                )
            )
            continue
        _add_record(records, row, columns, path, document)
    return records


def _open_table(
    file: FilePath, shown: str, sheet: str | None, faults: list[Fault], remedy: str
) -> tuple[_Row | None, Iterator[_Row]]:
    """Return the header of a table and its other rows; no header where there is none to be read."""
    before = len(faults)
    content = read_bytes(file, faults)
    faults[before:] = [Fault(shown, 0, "", fault.what, fault.remedy) for fault in faults[before:]]
    rows: Iterator[_Row] = iter(())
    if content is None:
        return None, rows
    if file.suffix.lower() in {".xlsx", ".xlsm"}:
        rows = _excel_rows(content, shown, sheet, faults)
    elif file.suffix.lower() in {".csv", ".tsv", ".txt"}:
        if sheet is not None:
            faults.append(Fault(shown, 0, "", "a CSV table has no sheets", "leave `sheet` out"))
        rows = _csv_rows(content, shown, faults)
    else:
        faults.append(Fault(shown, 0, "", f"`{file.suffix}` is not a table", "save it as .csv or .xlsx"))
        return None, rows
    header = next(rows, None)
    if header is None and len(faults) == before:
        faults.append(Fault(shown, 0, "", "the table is empty", remedy))
    return header, rows


def read_plain_table(file: FilePath, shown: str) -> tuple[dict[str, list[tuple[Any, Origin]]], list[Fault]]:
    """Return the columns of a table by their headers, each cell as a plain value with its origin, and all faults.

    A header may carry the unit of its column (``hold [%]``); one that begins with ``#`` is left out. An empty cell is
    None.
    """
    document = Document(shown)
    header, rows = _open_table(file, shown, None, document.faults, "write a header row, and a row for each point")
    if header is None:
        return {}, document.faults
    columns: list[_Column | None] = []
    found: dict[str, list[tuple[Any, Origin]]] = {}
    for title, origin in zip(header.cells, header.origins, strict=True):
        parts = _HEADER.fullmatch(title)
        name = parts[1].strip() if parts else ""
        columns.append(
            None if title.startswith("#") or not name else _Column(name, (name,), (parts and parts[2]) or "")
        )
        if name in found or not name:
            what = f"column `{name}` is there twice" if name else "a column has no header"
            document.faults.append(_fault(origin, what, "name each column once, as `name` or `name [unit]`"))
        elif not title.startswith("#"):
            found[name] = []
    for row in rows:
        if not any(row.cells):
            continue
        if len(row.cells) != len(columns):
            what = f"the row has {len(row.cells)} cells, the header {len(columns)}"
            place = row.origins[0] if row.origins else Origin(shown, 0)
            document.faults.append(_fault(place, what, "give every column a cell; put quotes around text with a comma"))
            continue
        for column, cell, origin in zip(columns, row.cells, row.origins, strict=True):
            if column is not None:
                found[column.title].append((_value(cell, column, origin, document) if cell else None, origin))
    return found, document.faults


def _columns(header: _Row, faults: list[Fault]) -> list[_Column | None] | None:
    """Return the columns (None: a comment), or None if no record can be named."""
    columns: list[_Column | None] = []
    seen: set[tuple[str, ...]] = set()
    good = True
    for title, origin in zip(header.cells, header.origins, strict=True):
        if title.startswith("#"):
            columns.append(None)
            continue
        found = _HEADER.fullmatch(title)
        path = tuple(part.strip() for part in found[1].split(".")) if found else ()
        what = ""
        if not found or not all(path):
            what = f"`{title}` is not a column header" if title else "a column has no header"
        elif any(path[: len(other)] == other or other[: len(path)] == path for other in seen):
            what = f"column `{title}` is there twice"
        if what:
            faults.append(_fault(origin, what, "write each as `field`, `field [unit]` or `record.field [unit]`, once"))
            good = False
        seen.add(path)
        columns.append(_Column(title, path, found[2] or "" if found else ""))
    names = {path[0] for path in seen if len(path) == 1}
    if "name" not in names and not {"from", "to"} <= names:
        hint = did_you_mean("name", names)
        faults.append(_fault(header.origins[0], "there is no column `name`", hint or "add one; it names each record"))
        good = False
    if len(names & set(_PLACE)) == 1:
        missing = next(iter(set(_PLACE) - names))
        faults.append(_fault(header.origins[0], f"there is no column `{missing}`", "a place needs `lat` and `lon`"))
        good = False
    return columns if good else None


def _add_record(
    records: dict[str, Any], row: _Row, columns: list[_Column | None], path: Path, document: Document
) -> None:
    texts = {
        column.path[0]: cell
        for column, cell in zip(columns, row.cells, strict=True)
        if column is not None and len(column.path) == 1
    }
    key = texts.get("name") or _lane_key(texts)
    lane = "name" not in texts
    first = row.origins[0]
    if not key:
        document.faults.append(_fault(first, "the row has no name", "fill the column that names the record"))
        return
    if key in records:
        document.faults.append(_fault(first, f"`{key}` is there twice", "names must differ; keep one row"))
        return
    record: dict[str, Any] = {}
    document.lines[(*path, key)] = Origin(first.file, first.line)
    for column, cell, origin in zip(columns, row.cells, row.origins, strict=True):
        if column is None or not cell or column.path == ("name",) or (lane and column.path[0] in _LANE):
            continue
        origin = Origin(origin.file, origin.line, column.title)
        value = column.read.get(cell)
        if value is None:
            before = len(document.faults)
            value = _value(cell, column, origin, document)
            if len(document.faults) == before:
                column.read[cell] = value
        if isinstance(value, dict | list):
            value = copy_tree(value)
        if column.path[0] in _PLACE and len(column.path) == 1:
            record.setdefault("at", [None, None])[_PLACE.index(column.path[0])] = value
            document.lines[(*path, key, "at", _PLACE.index(column.path[0]))] = origin
            document.lines.setdefault((*path, key, "at"), Origin(origin.file, origin.line, "lat, lon"))
            continue
        target = record
        for part in column.path[:-1]:
            target = target.setdefault(part, {})
        target[column.path[-1]] = value
        document.lines[(*path, key, *column.path)] = origin
    records[key] = record


def _lane_key(texts: dict[str, str]) -> str:
    ends = f"{texts.get('from', '')} -> {texts.get('to', '')}" if texts.get("from") and texts.get("to") else ""
    return f"{ends} / {texts['label']}" if ends and texts.get("label") else ends


def _value(cell: str, column: _Column, origin: Origin, document: Document) -> Any:
    if column.unit:
        try:
            parse_number(cell)
        except QuantityError:
            remedy = f"write a bare number; the header gives the unit `{column.unit}`"
            document.faults.append(_fault(origin, f"column `{column.title}`: `{cell}` is not a number", remedy))
            return f"0 {column.unit}"
        return f"{cell} {column.unit.removeprefix('1') if column.unit.startswith('1/') else column.unit}"
    if cell.startswith("#") and origin.line == 0:
        document.faults.append(_fault(origin, f"column `{column.title}`: the cell holds the error `{cell}`", "mend it"))
        return None
    if cell[0] in "[{":
        inner = read_yaml_text(f"cell: {cell}", origin.file, first_line=origin.line)
        document.faults += [
            _fault(origin, f"column `{column.title}`: {fault.what}", fault.remedy) for fault in inner.faults
        ]
        return inner.tree.get("cell")
    value = plain_scalar(cell)
    return cell if value is None or re.fullmatch(r"[-+]?0\d+", cell) else value


def _csv_rows(content: bytes, shown: str, faults: list[Fault]) -> Iterator[_Row]:
    holder = Document(shown)
    text = decode_text(content, holder)
    faults += holder.faults
    if text is None:
        return
    first = text.partition("\n")[0]
    delimiter = "\t" if "\t" in first else ";" if ";" in first and "," not in first else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            yield _Row([cell.strip() for cell in cells], [Origin(shown, line)] * len(cells))
            line = reader.line_num + 1
    except csv.Error as error:
        faults.append(Fault(shown, line, "", f"not CSV: {error}", "put quotes around text with commas or quotes"))


def _excel_rows(content: bytes, shown: str, sheet: str | None, faults: list[Fault]) -> Iterator[_Row]:
    from openpyxl import load_workbook  # imported here: only scenarios with Excel tables pay for it
    from openpyxl.utils import get_column_letter

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > _MOST_UNPACKED:
            faults.append(Fault(shown, 0, "", f"unpacks to {unpacked / 1e6:.0f} MB", "split it, or save it as CSV"))
            return
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except Exception as error:
        faults.append(Fault(shown, 0, "", f"is not an Excel workbook ({type(error).__name__})", "save it as .xlsx"))
        return
    names = book.sheetnames
    if sheet is not None and sheet not in names:
        remedy = did_you_mean(sheet, names) or f"its sheets are {', '.join(names)}"
        faults.append(Fault(shown, 0, "", f"has no sheet `{sheet}`", remedy))
        return
    chosen = sheet if sheet is not None else names[0]
    width = 0
    for number, values in enumerate(book[chosen].iter_rows(values_only=True), start=1):
        cells = [_excel_text(value) for value in values]
        while number == 1 and cells and not cells[-1]:
            cells.pop()
        width = width or len(cells)
        while len(cells) > width and not cells[-1]:
            cells.pop()
        cells += [""] * (width - len(cells))
        origins = [Origin(f"{shown}[{chosen}!{get_column_letter(i + 1)}{number}]", 0) for i in range(len(cells))]
        yield _Row(cells, origins)


def _excel_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime) and value.time().isoformat() == "00:00:00":
        return value.date().isoformat()
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value).strip()


def _fault(origin: Origin, what: str, remedy: str) -> Fault:
    return Fault(origin.file, origin.line, "", what, remedy)
