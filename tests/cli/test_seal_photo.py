"""The holder of the key puts an audit's photo together as it was taken; what does not belong together is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from formats.test_photo_metadata import EXIF, SCAN, jpeg
from tanbiao.cli.main import main
from tanbiao.core.canonical import canonical_bytes, hash_bytes
from tanbiao.evidence import sealing
from tanbiao.formats.photo_metadata import JPEG, parts_to_json, without_metadata

TAKEN = jpeg(EXIF, SCAN, behind=b"second picture")


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with key, evidence file and sealed parts, as a body's officer downloads them."""
    private, public = sealing.new_key()
    sealing.write_key(tmp_path / "body.key", private)
    clean, parts = without_metadata(TAKEN, JPEG)
    (tmp_path / "photo.jpg").write_bytes(clean)
    (tmp_path / "parts.json").write_bytes(sealing.seal(canonical_bytes(parts_to_json(parts)), [public]))
    return tmp_path


def run(folder: Path, *more: str, photo: str = "photo.jpg", parts: str = "parts.json") -> int:
    at = {name: str(folder / name) for name in (photo, parts, "body.key", "taken.jpg")}
    given = ["--parts", at[parts], "--key", at["body.key"], "-o", at["taken.jpg"]]
    return main(["seal", "photo", at[photo], *given, *more])


def test_the_photo_is_the_one_that_was_taken_to_the_byte(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(files, "--taken", hash_bytes(TAKEN), "--json") == 0
    assert (files / "taken.jpg").read_bytes() == TAKEN
    told = json.loads(capsys.readouterr().out)
    assert (told["hash"], told["bytes"]) == (hash_bytes(TAKEN), len(TAKEN))


@pytest.mark.parametrize("lang, words", [("en", "are not of this photo"), ("zh", "不属于这张照片")])
def test_parts_of_another_photo_are_refused_and_nothing_is_written(
    files: Path, lang: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (files / "other.jpg").write_bytes(jpeg(SCAN + b"\x01\x02\x03", SCAN))
    assert run(files, "--lang", lang, photo="other.jpg") == 2
    assert words in "".join(capsys.readouterr())
    assert not (files / "taken.jpg").exists()


def test_another_hash_another_key_and_rubbish_are_refused_and_nothing_is_written(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(files, "--lang", "en", "--taken", hash_bytes(b"another")) == 2
    assert "another hash than it was taken with" in "".join(capsys.readouterr())
    _, stranger = sealing.new_key()
    for content in (b"[]x", b'{"offset": 1}', b'[{"offset": "1", "data": ""}]', b'[{"offset": -1, "data": ""}]'):
        (files / "bad.json").write_bytes(content)
        assert run(files, "--lang", "en", parts="bad.json") == 2
        assert "no sealed parts of a photo" in "".join(capsys.readouterr()), content
    (files / "bad.json").write_bytes(sealing.seal(b"[]", [stranger]))
    assert run(files, parts="bad.json") == 2
    (files / "text.jpg").write_bytes(b"no photo")
    assert run(files, "--lang", "en", photo="text.jpg") == 2
    assert not (files / "taken.jpg").exists()
