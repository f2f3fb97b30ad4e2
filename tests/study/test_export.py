"""Tables as files: one per design, whole or not at all."""

from pathlib import Path

import pandas as pd
import pytest

from netsim.errors import NetsimError
from netsim.study.export import ExportError, write_tables


def test_one_file_per_design_whatever_it_is_called(tmp_path: Path) -> None:
    frame = pd.DataFrame({"design": ["../up", "two hubs", "../up"], "value": [1.5, 2.0, 0.1]})
    files = write_tables({"kpi": frame}, tmp_path / "out", fmt="csv")
    assert [file.name for file in files] == ["design=..%2Fup.csv", "design=two hubs.csv"]
    assert files[0].read_bytes() == b"design,value\n../up,1.5\n../up,0.1\n"
    assert sorted(tmp_path.rglob("design*")) == sorted(files)  # nothing outside, nothing half done


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    frame = pd.DataFrame({"design": ["a"], "value": [1.5]})
    (tmp_path / "kpi").mkdir()
    for name in ("notes.csv", "design=a.parquet", "design=gone.csv"):
        (tmp_path / "kpi" / name).write_text("mine")
    write_tables({"kpi": frame}, tmp_path, fmt="csv")
    assert sorted(file.name for file in (tmp_path / "kpi").iterdir()) == [
        "design=a.csv",
        "design=a.parquet",
        "notes.csv",
    ]


def test_an_unknown_format_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="choose one of"):
        write_tables({"kpi": pd.DataFrame({"design": ["a"]})}, tmp_path / "out", fmt="xml")
    assert not (tmp_path / "out").exists()
    assert issubclass(ExportError, NetsimError)


@pytest.mark.parametrize("fmt", ["csv", "parquet"])
def test_what_stands_in_the_way_is_told(tmp_path: Path, fmt: str) -> None:
    (tmp_path / "kpi" / f"design=a.{fmt}.part").mkdir(parents=True)
    with pytest.raises(ExportError, match="check the folder"):
        write_tables({"kpi": pd.DataFrame({"design": ["a"], "value": [1.0]})}, tmp_path, fmt=fmt)


def test_an_apostrophe_in_a_name_does_no_harm(tmp_path: Path) -> None:
    folder = tmp_path / "O'Hare"
    (file,) = write_tables({"kpi": pd.DataFrame({"design": ["a'b"], "value": [1.0]})}, folder, fmt="parquet")
    assert file.is_file()
