"""Codes of product classifications: their form, how they are carried, and how a dataset is found by one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from study_background import dataset, document
from tanbiao.core.catalogue.load import load_catalogue
from tanbiao.core.dataset.classifications import Classification, from_words, scheme, schemes, search_words
from tanbiao.core.dataset.model import parse_dataset
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca.release import Release
from tanbiao.core.lca.release_build import write_release
from tanbiao.core.study import Study

HEADER = {
    "name": "codes-1",
    "version": "1",
    "date": "2026-01-01",
    "standing": "demonstration",
    "statement": {"zh": "演示 DEMO", "en": "DEMO"},
}


@pytest.mark.parametrize(
    ("name", "code", "plain"),
    [
        ("CPC", "41431", "41431"),
        ("cpc ver.2.1", "0", "0"),
        ("HS", "8541.43", "854143"),
        ("HS 2022", "76 01 10", "760110"),
        ("CN", "2601 12 00", "26011200"),
        ("GB/T 4754", "C3216", "C3216"),
        ("GB/T 4754", "321", "321"),
        ("统计用产品分类目录", "3216010101", "3216010101"),
        ("NBS", "3216010101001", "3216010101001"),
        ("CNCA-CFP", "电解铝", "电解铝"),
    ],
)
def test_a_code_is_brought_to_one_form(name: str, code: str, plain: str) -> None:
    known = scheme(name)
    assert known is not None
    made = Classification.model_validate({"scheme": name, "code": code})
    assert (made.scheme, made.code) == (known.id, plain)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("CPC", "414310"),
        ("CPC", "41A"),
        ("HS", "760"),
        ("HS", "76011000"),
        ("CN", "7"),
        ("NBS", "321"),
        ("GB/T 4754", "Z1"),
    ],
)
def test_a_code_of_another_form_is_refused_with_the_source(name: str, code: str) -> None:
    with pytest.raises(ValidationError, match="is no code of"):
        Classification.model_validate({"scheme": name, "code": code})
    body = dataset("ingot", 1.0).document() | {"classifications": [{"scheme": name, "code": code}]}
    with pytest.raises(TanbiaoError) as caught:
        parse_dataset(body)
    assert caught.value.code == "dataset_malformed"


def test_a_classification_that_is_not_ours_is_kept_as_stated() -> None:
    assert Classification(scheme="UNSPSC", code="30102300").code == "30102300"


def test_every_scheme_says_where_it_is_published() -> None:
    assert {"CPC", "HS", "NBS", "CNCA-CFP"} <= set(schemes())
    assert all(item.source and item.zh and item.en for item in schemes().values())


def test_codes_in_category_lines_are_read_and_nothing_else() -> None:
    lines = [
        "CPC: 41431: Unwrought aluminium",
        "HS2017: 7601",
        "Chemicals",
        "CPC: many",
        "ISIC rev.4 ecoinvent: 2420:x",
    ]
    assert [(one.scheme, one.code) for one in from_words([*lines, *lines])] == [("CPC", "41431"), ("HS", "7601")]


def test_a_dataset_without_codes_keeps_its_bytes() -> None:
    assert "classifications" not in dataset("steel", 2.0).document()


def test_a_dataset_of_a_release_is_found_by_its_code_and_by_a_wider_one(tmp_path: Path) -> None:
    coded: list[dict[str, Any]] = [{"scheme": "CPC", "code": "41431"}, {"scheme": "NBS", "code": "3216010101"}]
    items = [dataset("ingot", 15.0, classifications=coded), dataset("steel", 2.0)]
    write_release(tmp_path / "c.tbr", items, HEADER)
    release = Release.open(tmp_path / "c.tbr")
    for text in ("41431", "4143", "CPC 41431", "3216010101", "321601"):
        assert [hit.id for hit in release.search(text)] == ["ingot"], text
    assert release.search("41442") == []
    assert release.get("ingot").classifications[1].scheme == "NBS"
    assert search_words(release.get("ingot").classifications) == "41431 4143 CPC 3216010101 3216 321601 32160101 NBS"


def test_a_study_is_told_of_a_code_that_cannot_be_one() -> None:
    product = {
        "name": "ingot",
        "classifications": [{"scheme": "HS", "code": "7601 10"}, {"scheme": "NBS", "code": "321"}],
    }
    study, findings = Study.parse(document(product=product))
    assert study is not None
    found = [(item.code, item.where) for item in findings if item.code == "classification_code_form"]
    assert found == [("classification_code_form", "product.classifications[1]")]


def test_the_catalogue_s_codes_have_their_form() -> None:
    by_id = load_catalogue().by_id
    assert ("CPC", "41431") in {(one.scheme, one.code) for one in by_id["electrolytic-aluminium"].codes}
    assert ("CPC", "37430") in {(one.scheme, one.code) for one in by_id["cement-clinker"].codes}
