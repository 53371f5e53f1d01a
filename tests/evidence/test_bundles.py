"""Commitments, bundles and the reproduction of a certified figure."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.certified import MASTER, Certified
from evidence.world import NOW, logged, twin_of
from tanbiao.core.canonical import canonical_bytes, hash_bytes
from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import archive, bundles, commitments, credentials
from tanbiao.evidence.reproduce import Reproduction, reproduce


def answer(certified: Certified, data: bytes) -> Reproduction:
    return reproduce(data, certified.resolver(), now=NOW)


def oks(found: Reproduction) -> dict[str, bool | None]:
    return {check.id: check.ok for check in found.checks}


def rewritten(data: bytes, name: str, change: Any) -> bytes:
    """Return the bundle with one file changed and its manifest made to fit: an attacker can do that too."""
    files = archive.read(data)
    files[name] = change(files[name])
    manifest = json.loads(files["manifest.json"])
    manifest["files"][name] = hash_bytes(files[name])
    files["manifest.json"] = canonical_bytes(manifest)
    return archive.write(files)


def _row_below(package: dict[str, Any], number: int) -> str:
    beginning = f"/result/contributions/{number}"
    made = commitments.commit(package, MASTER)
    return next(path for path, _ in made.rows if path == beginning or path.startswith(f"{beginning}/"))


class TestCommitments:
    package = {"a": {"b": [{"id": 1, "x": "y"}, 2, []], "c": {}}, "d": None, "e/f": "g~h"}

    def test_the_rows_are_the_whole_package(self) -> None:
        assert commitments.rows_of(self.package) == [
            ("/a/b/0", {"id": 1, "x": "y"}),
            ("/a/b/1", 2),
            ("/a/b/2", []),
            ("/a/c", {}),
            ("/d", None),
            ("/e~1f", "g~h"),
        ]

    def test_a_disclosed_row_proves_itself_and_a_changed_one_does_not(self) -> None:
        made = commitments.commit(self.package, MASTER)
        for path, value in made.rows:
            shown = json.loads(json.dumps(made.disclose(path)))
            assert commitments.check_disclosure(shown, made.root, made.size) == value
            for change in ({"value": "other"}, {"path": "/zz"}, {"salt": "A" * 22}, {"index": shown["index"] + 1}):
                with pytest.raises(TanbiaoError):
                    commitments.check_disclosure({**shown, **change}, made.root, made.size)

    def test_without_the_salt_a_row_of_few_values_cannot_be_guessed(self) -> None:
        one, other = (commitments.commit({"answer": "yes"}, bytes([n]) * 32) for n in (1, 2))
        assert one.root != other.root

    def test_one_disclosed_salt_opens_no_other_row(self) -> None:
        made = commitments.commit({"a": 1, "b": 1}, MASTER)
        shown = made.disclose("/a")
        with pytest.raises(TanbiaoError):
            commitments.check_disclosure({**made.disclose("/b"), "salt": shown["salt"]}, made.root, made.size)

    @settings(deadline=None)
    @given(
        st.recursive(
            st.none() | st.text(max_size=3) | st.integers(-9, 9),
            lambda x: st.dictionaries(st.text(max_size=3), x, max_size=4) | st.lists(x, max_size=4),
            max_leaves=12,
        )
    )
    def test_any_change_of_a_package_changes_the_root(self, value: Any) -> None:
        one = commitments.commit({"v": value}, MASTER)
        other = commitments.commit({"v": [value, "more"]}, MASTER)
        assert one.root != other.root
        assert one.root == commitments.commit({"v": value}, MASTER).root

    def test_a_short_master_salt_and_an_unknown_row_are_refused(self) -> None:
        with pytest.raises(TanbiaoError):
            commitments.commit({"a": 1}, b"short")
        with pytest.raises(TanbiaoError):
            commitments.commit({"a": 1}, MASTER).disclose("/b")


class TestSealed:
    def test_the_figure_is_calculated_again_to_the_same_bits(self, certified: Certified) -> None:
        found = answer(certified, certified.sealed)
        assert found.identical
        assert found.declared == certified.claims.value
        assert found.recomputed == certified.package["result"]["total"]["value"]
        assert set(oks(found).values()) == {True}
        assert found.verdict is not None
        assert found.verdict.verdict == "valid"
        body = found.as_json("en")
        assert body["recomputed"] == float(found.recomputed)
        assert body["identical"] is True

    def test_the_same_input_gives_the_same_bytes(self, certified: Certified) -> None:
        assert certified.make_sealed() == certified.sealed

    @pytest.mark.parametrize("name", ["package.json", "salts.json", "statement.json", "credential.jwt"])
    def test_a_changed_file_is_noticed(self, certified: Certified, name: str) -> None:
        files = archive.read(certified.sealed)
        files[name] = files[name][:-5] + bytes([files[name][-5] ^ 1]) + files[name][-4:]
        with pytest.raises(TanbiaoError) as caught:
            answer(certified, archive.write(files))
        assert caught.value.code == "bundle_file_changed"

    def test_a_changed_package_is_noticed_even_with_a_new_manifest(self, certified: Certified) -> None:
        def change(data: bytes) -> bytes:
            package = json.loads(data)
            package["result"]["total"]["value"] = "1"
            return canonical_bytes(package)

        found = answer(certified, rewritten(certified.sealed, "package.json", change))
        assert not found.identical
        assert oks(found)["package"] is False

    def test_another_honest_package_does_not_fit_the_statement(self, certified: Certified, other_package: dict) -> None:
        data = rewritten(certified.sealed, "package.json", lambda _: canonical_bytes(other_package))
        found = answer(certified, data)
        assert not found.identical
        assert found.checks[-1].code == "bundle_package_other"

    def test_another_master_salt_does_not_open_the_commitments(self, certified: Certified) -> None:
        data = rewritten(certified.sealed, "salts.json", lambda _: b'{"master":"' + b"A" * 43 + b'"}')
        found = answer(certified, data)
        assert oks(found)["commitments"] is False
        assert not found.identical

    def test_a_certificate_of_another_figure_does_not_fit(self, certified: Certified) -> None:
        token = certified.issue(value="1.00")
        data = rewritten(certified.sealed, "credential.jwt", lambda _: token.encode())
        found = answer(certified, data)
        assert oks(found)["credential"] is False
        assert oks(found)["declared"] is False
        assert not found.identical


def with_twin(certified: Certified, kind: str, change: Callable[[dict[str, Any]], dict[str, Any]] = dict) -> bytes:
    """Return a bundle with the credential's eddsa-jcs-2022 form in it, as it is or changed."""
    twin = credentials.issue_twin(certified.claims, certified.world.store.current("twin"), now=NOW)
    enclosed = bundles.Enclosures(twin=canonical_bytes(change(twin)).decode())
    if kind == "sealed":
        return certified.make_sealed(enclosed)
    if kind == "disclosed":
        rows = [bundles.TOTAL]
        return bundles.disclosed(certified.package, MASTER, certified.statement, rows, certified.token, enclosed)
    return bundles.public(certified.statement, certified.token, enclosed)


class TestTwin:
    @pytest.mark.parametrize("kind", ["sealed", "disclosed", "public"])
    def test_it_goes_along_in_every_kind_and_is_checked(self, certified: Certified, kind: str) -> None:
        data = with_twin(certified, kind)
        found = answer(certified, data)
        assert found.identical
        assert oks(found)["twin"] is True
        opened = bundles.open_bundle(data)
        assert opened.twin is not None
        assert credentials.parse(opened.twin) == certified.claims
        assert bundles.enclosures_of(opened).twin == opened.twin

    def test_a_bundle_of_before_has_none_and_stays_good(self, certified: Certified) -> None:
        found = answer(certified, certified.sealed)
        assert found.identical
        assert "twin" not in oks(found)
        assert bundles.open_bundle(certified.sealed).twin is None

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            (lambda twin: {**twin, "name": "another"}, "step_twin_differs"),
            (lambda twin: {**twin, "proof": {**twin["proof"], "created": "2026-01-01T00:00:00Z"}}, "step_twin_bad"),
            (lambda twin: {key: value for key, value in twin.items() if key != "proof"}, "step_twin_unreadable"),
            (
                lambda twin: {**twin, "proof": {**twin["proof"], "verificationMethod": "did:web:other#twin-1"}},
                "step_signature_unknown_key",
            ),
        ],
    )
    def test_another_statement_signature_or_key_is_refused(
        self, certified: Certified, change: Callable[[dict[str, Any]], dict[str, Any]], code: str
    ) -> None:
        found = answer(certified, with_twin(certified, "sealed", change))
        assert not found.identical
        assert [check.code for check in found.checks if check.id == "twin"] == [code]
        assert found.verdict is not None
        assert found.verdict.verdict == "invalid"

    def test_the_logs_leaf_must_name_it(self, tmp_path: Path) -> None:
        world, evidence = logged(tmp_path)
        twin = twin_of(world)
        later = credentials.issue_twin(world.claims, world.store.current("twin"), now=NOW + timedelta(days=1))
        for document, ok in ((twin, True), (later, False)):
            text = canonical_bytes(document).decode()
            verdict = credentials.verify(world.token, world.resolver(), now=NOW, log=evidence, twin=text)
            assert verdict.step("log").ok is True
            assert verdict.step("twin").ok is ok
        assert verdict.step("twin").code == "step_twin_not_logged"

    def test_of_an_unknown_issuer_nothing_is_said(self, certified: Certified) -> None:
        found = reproduce(with_twin(certified, "sealed"), {}.__getitem__, now=NOW)
        assert oks(found)["twin"] is None
        assert found.identical


class TestPublic:
    def test_it_checks_without_giving_the_recipe_away(self, certified: Certified) -> None:
        found = answer(certified, certified.public)
        assert found.identical
        assert found.recomputed is None
        assert found.as_json()["recomputed"] is None
        assert found.declared == certified.claims.value
        assert "package.json" not in archive.read(certified.public)

    def test_no_input_of_the_study_stands_in_it(self, certified: Certified) -> None:
        text = b"".join(archive.read(certified.public).values()).decode()
        study = json.dumps(certified.package["study"]["stages"], ensure_ascii=False)
        rows = {row["id"] for row in certified.package["result"]["contributions"] if "id" in row}
        assert study[:80] not in text
        assert not any(f'"{row}"' in text for row in rows)
        for item in certified.package["datasets"]:
            assert item["block"]["id"] not in text

    def test_a_changed_disclosed_total_is_noticed(self, certified: Certified) -> None:
        def change(data: bytes) -> bytes:
            statement = json.loads(data)
            statement["disclosed"][0]["value"] = "1"
            return canonical_bytes(statement)

        found = answer(certified, rewritten(certified.public, "statement.json", change))
        assert not found.identical
        assert oks(found)["disclosed"] is False

    def test_further_rows_can_be_disclosed_with_consent(self, certified: Certified) -> None:
        made = bundles.statement(certified.package, MASTER, also=["/result/primary_data_share"])
        assert "/result/primary_data_share" in bundles.disclosed_of(bundles.open_bundle(bundles.public(made)))
        with pytest.raises(TanbiaoError):
            bundles.statement(certified.package, MASTER, also=["/no/such/row"])

    def test_no_row_with_a_figure_of_a_licensed_dataset_is_shown(self, certified: Certified) -> None:
        rows = certified.package["result"]["contributions"]
        licensed = next(row["dataset"] for row in rows if row["dataset"])
        kept = [
            {"withheld": licensed, "leaf": "", "proof": {}} if item["block"]["id"] == licensed else item
            for item in certified.package["datasets"]
        ]
        package = {**certified.package, "datasets": kept}
        first = next(number for number, row in enumerate(rows) if row["dataset"] == licensed)
        free = next(number for number, row in enumerate(rows) if row["dataset"] != licensed)

        def shown(*paths: str) -> bytes:
            return bundles.disclosed(package, MASTER, certified.statement, paths)

        for path in ("/result/contributions", f"/result/contributions/{first}", "/result"):
            with pytest.raises(TanbiaoError) as refused:
                shown("/result/total", path)
            assert refused.value.code == "row_licensed"
        with pytest.raises(TanbiaoError):
            bundles.statement(package, MASTER, also=[_row_below(package, first)])
        assert bundles.open_bundle(shown("/result/total", f"/result/contributions/{free}")).kind == "disclosed"

    def test_without_a_credential_the_commitments_are_still_checked(self, certified: Certified) -> None:
        found = answer(certified, bundles.public(certified.statement))
        assert found.identical
        assert oks(found)["credential"] is None


@pytest.mark.requirement("GBA-06i", "SD-12a")
def test_the_certified_number_traces_back_to_every_row_source_and_factor_in_a_closed_chain(
    certified: Certified,
) -> None:
    """Certificate → public statement → package → contributions → the study's rows with sources, and proven factors."""
    from tanbiao.core.lca.release import verify_block
    from tanbiao.core.study.package import packed_release

    bundle = bundles.open_bundle(certified.sealed)
    bundles.check_credential(bundle, certified.claims)
    package, shown = bundles.package_of(bundle), bundles.disclosed_of(bundle)
    total = Decimal(shown[bundles.TOTAL])
    parts = package["result"]["contributions"]
    assert abs(sum(Decimal(part["value"]) for part in parts) - total) <= abs(total) * Decimal("1e-9")

    made = commitments.commit(package, bundles.master_of(bundle))
    committed = {
        row["id"]: path
        for path, row in made.rows
        if isinstance(row, dict) and path.startswith("/study/") and "id" in row
    }
    sources = package["study"]["sources"]
    release = packed_release(package)
    for part in parts:
        shown_row = made.disclose(committed[part["row"]])
        row = commitments.check_disclosure(shown_row, bundle.statement["commitments"]["root"], made.size)
        assert row["id"] == part["row"]
        assert part["source"]
        assert row["source"].partition("#")[0] in sources
        if part["dataset"] is not None:
            block, proof = release.get(part["dataset"]), release.proof(part["dataset"])
            assert verify_block(block.canonical(), proof, shown["/result/versions/release_hash"])
            assert part["factor_source"]


@pytest.mark.parametrize(
    ("exact", "declared", "same"),
    [
        ("61.2512", "61.3", True),
        ("61.25", "61.2", True),  # half to even
        ("61.35", "61.4", True),
        ("61.2512", "61.2", False),
        ("889.318073083", "889", True),
        ("12345.6", "12300", True),
        ("12345.6", "12400", False),
        ("-3.14159", "-3.14", True),
        ("0.000123456", "0.000123", True),
        ("0", "0", True),
        ("5", "0", False),
    ],
)
def test_a_declared_value_is_the_exact_one_rounded_to_its_own_last_digit(exact: str, declared: str, same: bool) -> None:
    assert bundles.rounds_to(exact, declared) is same
    assert Decimal(declared).is_finite()


class TestArchive:
    """Zips of a stranger."""

    @staticmethod
    def zipped(entries: list[tuple[str, bytes]], **attributes: int) -> bytes:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
            for name, content in entries:
                info = zipfile.ZipInfo(name)
                info.compress_type = zipfile.ZIP_DEFLATED
                for key, value in attributes.items():
                    setattr(info, key, value)
                made.writestr(info, content)
        return stream.getvalue()

    @pytest.mark.parametrize(
        "name", ["../evil", "/etc/passwd", "a/../../b", "c:\\x", "a\\..\\b", "A.json", "", "a//b", "a/", "x" * 65]
    )
    def test_names_that_lead_out_are_refused(self, name: str) -> None:
        with pytest.raises(TanbiaoError) as caught:
            archive.read(self.zipped([(name or "/", b"x")]))
        assert caught.value.code == "archive_unsafe"

    def test_a_bomb_is_refused_before_it_is_unpacked(self) -> None:
        with pytest.raises(TanbiaoError) as caught:
            archive.read(self.zipped([("a.json", bytes(30_000_000))]))
        assert caught.value.code == "archive_too_large"

    def test_a_file_longer_than_its_header_says_is_refused(self) -> None:
        data = bytearray(self.zipped([("a.json", b"x" * 4000)]))
        central = data.rindex(b"PK\x01\x02")
        data[central + 24 : central + 28] = (10).to_bytes(4, "little")
        with pytest.raises(TanbiaoError):
            archive.read(bytes(data))

    def test_links_are_refused(self) -> None:
        with pytest.raises(TanbiaoError) as caught:
            archive.read(self.zipped([("a", b"/etc/passwd")], create_system=3, external_attr=0o120777 << 16))
        assert caught.value.code == "archive_unsafe"

    @pytest.mark.filterwarnings("ignore:Duplicate name")
    def test_a_name_that_stands_twice_is_refused(self) -> None:
        with pytest.raises(TanbiaoError):
            archive.read(self.zipped([("a.json", b"1"), ("a.json", b"2")]))

    def test_too_many_files_are_refused(self) -> None:
        with pytest.raises(TanbiaoError):
            archive.read(self.zipped([(f"f{n}", b"") for n in range(201)]))

    @pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"rubbish", b"PK\x05\x06" + bytes(18)])
    def test_what_is_no_bundle_is_refused(self, data: bytes) -> None:
        with pytest.raises(TanbiaoError):
            bundles.open_bundle(data)

    @settings(deadline=None)
    @given(st.binary(max_size=200), st.integers(0, 3000))
    def test_a_damaged_bundle_never_passes_unnoticed(self, noise: bytes, at: int) -> None:
        whole = bundles.public(b'{"tanbiao":"statement/2"}')
        damaged = whole[:at] + noise + whole[at + len(noise) :]
        with contextlib.suppress(TanbiaoError):
            assert bundles.open_bundle(damaged).statement == {"tanbiao": "statement/2"}

    def test_the_files_come_back_as_they_were(self) -> None:
        files = {"a.json": b"1", "b/c.txt": bytes(range(256))}
        assert archive.read(archive.write(files)) == files
        assert archive.write(files) == archive.write(dict(reversed(files.items())))
