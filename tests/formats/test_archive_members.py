"""Whatever is handed over is seen through one safe view; what is made to harm never reaches a reader."""

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanbiao.core.findings import TanbiaoError, render
from tanbiao.core.zip_guard import Limits
from tanbiao.formats.archive import Members

SMALL = Limits(files=5, file=10_000, total=20_000, small=100)


def zipped(*entries: tuple[str, bytes], **attributes: int) -> bytes:
    """Return a zip of entries, each with the attributes set."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in entries:
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            for key, value in attributes.items():
                setattr(info, key, value)
            made.writestr(info, content)
    return stream.getvalue()


def refused(data: bytes, limits: Limits = SMALL) -> str:
    """Return the code with which an upload is refused; its texts exist in both languages."""
    with pytest.raises(TanbiaoError) as caught:
        Members.of_bytes(data, "upload.zip", limits)
    told = [render(caught.value.findings[0], lang) for lang in ("zh", "en")]
    assert all(text["remedy"] and "{" not in text["message"] for text in told)
    return caught.value.code


def test_a_zip_a_folder_and_memory_give_the_same_view(tmp_path: Path) -> None:
    files = {"a/one.xml": b"<one/>", "two.json": b"{}"}
    (tmp_path / "folder" / "a").mkdir(parents=True)
    for name, data in files.items():
        (tmp_path / "folder" / name).write_bytes(data)
    (tmp_path / "x.zip").write_bytes(zipped(*reversed(files.items())))
    views = [Members.of(files), Members.open(tmp_path / "folder"), Members.open(tmp_path / "x.zip")]
    views.append(Members.of_bytes(zipped(*files.items()), "x.zip"))
    for members in views:
        with members:
            assert dict(members) == files
            assert list(members) == sorted(files)
            assert (members.size("two.json"), members.head("a/one.xml", 4)) == (2, b"<one")
            assert "no" not in members
            with pytest.raises(KeyError):
                members["no"]


def test_one_file_and_several_files_are_members_by_name(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.json").write_bytes(folder.encode())
    assert dict(Members.open(tmp_path / "a" / "x.json")) == {"x.json": b"a"}
    both = Members.open(tmp_path / "a" / "x.json", tmp_path / "b" / "x.json")
    assert dict(both) == {"x.json": b"a", "b/x.json": b"b"}


def test_a_workbook_is_one_document_and_not_its_parts() -> None:
    data = zipped(("[Content_Types].xml", b"<Types/>"), ("xl/workbook.xml", b"<workbook/>"))
    assert dict(Members.of_bytes(data, "w.xlsx")) == {"w.xlsx": data}


def test_what_operating_systems_leave_behind_is_no_member() -> None:
    members = Members.of_bytes(zipped(("a.xml", b"x"), ("__MACOSX/._a.xml", b"y"), (".DS_Store", b"z")), "x.zip")
    assert list(members) == ["a.xml"]


def test_names_written_by_chinese_windows_are_read() -> None:
    name = "流程/钢.xml".encode("gb18030").decode("cp437")
    data = zipped((name, b"x"))
    raw = bytearray(data)
    # Python marks the name as UTF-8; Windows writes the bytes of its code page and no mark
    utf8, gb = name.encode("utf-8"), "流程/钢.xml".encode("gb18030")
    raw = bytearray(bytes(raw).replace(utf8, gb))
    local, central = raw.index(b"PK\x03\x04"), raw.index(b"PK\x01\x02")
    raw[local + 6 : local + 8] = raw[central + 8 : central + 10] = b"\0\0"
    raw[local + 26 : local + 28] = len(gb).to_bytes(2, "little")
    shift = len(utf8) - len(gb)
    raw[central + 28 : central + 30] = len(gb).to_bytes(2, "little")
    end = raw.index(b"PK\x05\x06")
    raw[end + 12 : end + 16] = (int.from_bytes(raw[end + 12 : end + 16], "little") - shift).to_bytes(4, "little")
    raw[end + 16 : end + 20] = central.to_bytes(4, "little")
    assert dict(Members.of_bytes(bytes(raw), "x.zip")) == {"流程/钢.xml": b"x"}


@pytest.mark.parametrize("name", ["../evil", "/etc/passwd", "a/../../b", "c:\\x", "a\\..\\b", "a\nb", "x" * 1001])
def test_a_name_that_leads_out_is_refused(name: str) -> None:
    assert refused(zipped((name, b"x"))) == "archive_unsafe"


def test_a_name_with_backslashes_is_a_path() -> None:
    assert list(Members.of_bytes(zipped(("a\\b.xml", b"x")), "x.zip")) == ["a/b.xml"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (zipped(("a", b"/etc/passwd"), create_system=3, external_attr=0o120777 << 16), "archive_unsafe"),
        (zipped(("a", bytes(9_999_999))), "archive_too_large"),
        (zipped(*[(f"{n}", b"x" * 5_000) for n in range(5)]), "archive_too_large"),
        (zipped(*[(f"{n}", b"x") for n in range(6)]), "archive_too_large"),
        (b"x" * 10_001, "archive_too_large"),
        (b"PK\x03\x04 cut off", "archive_malformed"),
        (zipped(("a", b"x" * 500))[:-30], "archive_malformed"),
        (zipped(("a\\b", b"x"), ("a/b", b"y")), "archive_malformed"),
        (b"", "dataset_file_empty"),
        (zipped(("a/", b"")), "dataset_file_empty"),
    ],
)
def test_harmful_and_broken_uploads_are_refused(data: bytes, code: str) -> None:
    assert refused(data) == code


def test_a_packed_bomb_is_refused_before_it_is_unpacked() -> None:
    limits = Limits(files=5, file=10**8, total=10**8, small=1_000_000)
    assert refused(zipped(("a", bytes(50_000_000))), limits) == "archive_too_large"


def test_an_encrypted_archive_is_refused() -> None:
    data = bytearray(zipped(("a", b"x")))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + at] |= 1
    assert refused(bytes(data)) == "archive_encrypted"


def test_a_member_that_is_longer_or_other_than_it_says_is_refused_when_read() -> None:
    data = bytearray(zipped(("a", bytes(range(256)) * 8)))
    central = data.index(b"PK\x01\x02")
    longer = bytes(data[: central + 24]) + (10).to_bytes(4, "little") + bytes(data[central + 28 :])
    other = bytes(data[:40]) + bytes([data[40] ^ 0xFF]) + bytes(data[41:])
    for bad in (longer, other):
        with Members.of_bytes(bad, "x.zip") as members, pytest.raises(TanbiaoError) as caught:
            members["a"]
        assert caught.value.code == "archive_malformed"


def test_a_link_out_of_a_folder_is_refused_and_one_inside_is_read(tmp_path: Path) -> None:
    outside = tmp_path / "secret"
    outside.write_bytes(b"s")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.xml").write_bytes(b"a")
    (folder / "b.xml").symlink_to(folder / "a.xml")
    assert dict(Members.open(folder)) == {"a.xml": b"a", "b.xml": b"a"}
    (folder / "c.xml").symlink_to(outside)
    with pytest.raises(TanbiaoError) as caught:
        Members.open(folder)
    assert caught.value.code == "archive_unsafe"


def test_a_file_that_is_not_there_or_too_many_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TanbiaoError) as caught:
        Members.open(tmp_path / "none.zip")
    assert caught.value.code == "dataset_file_unreadable"
    for n in range(6):
        (tmp_path / str(n)).write_bytes(b"x")
    with pytest.raises(TanbiaoError) as caught:
        Members.open(tmp_path, limits=SMALL)
    assert caught.value.code == "archive_too_large"


@settings(deadline=None, max_examples=150)
@given(st.binary(min_size=1, max_size=20), st.integers(0, 400))
def test_a_damaged_zip_is_refused_with_a_code_or_reads_as_it_was(noise: bytes, at: int) -> None:
    files = {"a.xml": b"<a/>" * 20, "b.xml": b"<b/>"}
    whole = zipped(*files.items())
    damaged = whole[:at] + noise + whole[at + len(noise) :]
    try:
        with Members.of_bytes(damaged, "x.zip") as members:
            read = dict(members)
    except TanbiaoError as refusal:
        codes = [refusal.code]
    else:
        codes = []
        assert set(read.values()) <= {*files.values(), damaged}
    assert all(code.startswith(("archive_", "dataset_file_")) for code in codes)
