"""Study files to upload: an example as Excel, and files with one thing wrong."""

from __future__ import annotations

from pathlib import Path

from tanbiao.examples import example
from tanbiao.formats import excel_study, yaml_study


def excel_of(identifier: str, folder: Path, lang: str) -> Path:
    """Write an example as the Excel workbook that a factory would fill."""
    study = yaml_study.load(example(identifier).read()).study
    assert study is not None
    file = folder / f"{identifier}.xlsx"
    file.write_bytes(excel_study.write(study, lang))
    return file
