"""Numbers, status lists, search and published pages whose cost does not grow with the register."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks import register_fill
from factories import World
from tanbiao.web.accounts.actor import ANONYMOUS
from tanbiao.web.accounts.roles import Role
from tanbiao.web.commanding import Invalid
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.register import bounded, commands, entries, finding, front, issuing, numbering, records, status_lists
from tanbiao.web.register.models import Certificate, Entry, Issue, Serial, StatusShard, Tally
from web.certification.playing import Play
from web.register.naive import value_of

ORDER = {"scheme_id": "tanbiao-demo", "valid_from": "2026-11-21", "pattern": "TB-DEMO-{year}-{serial:06d}"}


@pytest.fixture
def certificate(world: World) -> Certificate:
    """Return a certificate as the saga leaves it."""
    case = Play(world).until("granted")
    ledger.settle()
    issuing.run(Issue.objects.get(case=case).id)
    ledger.settle()
    return Certificate.objects.get()


@pytest.mark.django_db
class TestNumbers:
    def test_a_number_costs_the_same_however_many_there_are(self) -> None:
        issuing.reserve(ORDER)
        counts = []
        for _ in range(2):
            with CaptureQueriesContext(connection) as asked:
                issuing.reserve(ORDER)
            counts.append(len(asked))
            for _ in range(30):
                issuing.reserve(ORDER)
        assert counts[0] == counts[1]
        numbers = list(Issue.objects.order_by("number").values_list("number", flat=True))
        assert numbers == [f"TB-DEMO-2026-{n:06d}" for n in range(1, 64)]

    def test_the_counter_goes_on_where_a_register_without_one_had_come(self) -> None:
        for _ in range(3):
            issuing.reserve(ORDER)
        Serial.objects.all().delete()
        assert issuing.reserve(ORDER).number == "TB-DEMO-2026-000004"

    def test_a_taken_number_is_passed_over(self) -> None:
        issuing.reserve(ORDER, number="TB-DEMO-2026-000002")
        Serial.objects.create(scheme="tanbiao-demo", year="2026", last=1)
        assert issuing.reserve(ORDER).number == "TB-DEMO-2026-000003"

    def test_a_list_half_full_gives_way_to_the_next(self, monkeypatch: pytest.MonkeyPatch) -> None:
        StatusShard.objects.create(number=0, taken=numbering.ENTRIES // 2 - 1)
        places = [numbering.draw_status_index() // numbering.ENTRIES for _ in range(3)]
        assert places == [0, 1, 1]
        assert StatusShard.objects.get(number=1).taken == 2


@pytest.mark.django_db(transaction=True)
def test_writers_at_the_same_time_get_different_numbers_and_places() -> None:
    failed: list[BaseException] = []

    def reserve() -> None:
        try:
            for _ in range(5):
                issuing.reserve(ORDER)
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=reserve) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    numbers = sorted(Issue.objects.values_list("number", flat=True))
    assert numbers == [f"TB-DEMO-2026-{n:06d}" for n in range(1, 21)]
    assert len(set(Issue.objects.values_list("status_index", flat=True))) == 20


@pytest.mark.django_db
class TestStatusLists:
    def test_a_certificate_of_a_later_list_is_revoked_there_and_nowhere_else(
        self, certificate: Certificate, world: World
    ) -> None:
        shard = StatusShard.objects.create(number=3)
        place = status_lists.place_of(certificate.status_index)
        certificate.status_index = shard.number * numbering.ENTRIES + place
        certificate.save()
        first = status_lists.current("revocation", 0)
        decider = world.actor(world.body, Role.DECIDER)
        commands.withdraw(decider, number=certificate.number, builds_on=certificate.head, reason="fraud")
        assert status_lists.bits_of(status_lists.current("revocation", 3))[place]
        assert status_lists.newest("revocation", 0) == first
        assert Client().get("/status/revocation/3")["ETag"] == f'"{status_lists.current("revocation", 3).hash}"'
        assert Client().get("/status/revocation/4").status_code == 404
        assert Client().get("/status/nonsense").status_code == 404

    def test_an_unknown_list_is_not_made_because_somebody_names_it(self) -> None:
        with pytest.raises(KeyError):
            status_lists.read_url("http://127.0.0.1:8000/status/revocation/77")
        assert not StatusShard.objects.exists()

    def test_issuing_signs_no_list_anew(self, certificate: Certificate) -> None:
        known = {purpose: status_lists.current(purpose) for purpose in status_lists.PURPOSES}
        assert status_lists.follow(certificate) == []
        assert {purpose: status_lists.current(purpose) for purpose in status_lists.PURPOSES} == known


def answer(application: front.Front, path: str, **environ: str) -> tuple[str, dict[str, str], bytes]:
    """Ask a WSGI application."""
    said: list[Any] = []
    asked = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": ""} | environ
    body = b"".join(application(asked, lambda status, headers: said.extend((status, dict(headers)))))
    return said[0], said[1], body


def behind(environ: dict[str, Any], start: Any) -> list[bytes]:
    """Stand for Django."""
    start("200 OK", [("X-By", "django")])
    return [b"django"]


@pytest.mark.django_db
class TestFront:
    def test_a_kept_page_is_served_as_django_serves_it(self, certificate: Certificate) -> None:
        application, address = front.Front(behind), f"/p/{certificate.number}"
        for lang in ("en", "zh-CN"):
            Client().get(address, headers={"accept-language": lang})  # Drawn for its first reader, kept from then on.
            status, headers, body = answer(application, address, HTTP_ACCEPT_LANGUAGE=lang)
            same = Client().get(address, headers={"accept-language": lang})
            assert status == "200 OK"
            assert body == same.content
            for name in ("ETag", "Content-Type", "Cache-Control", "Content-Security-Policy", "Content-Language"):
                assert headers[name] == same[name], name
        _, headers, packed = answer(application, address, HTTP_ACCEPT_ENCODING="gzip")
        assert headers["Content-Encoding"] == "gzip"
        assert len(packed) < len(body) / 2
        assert answer(application, address, HTTP_IF_NONE_MATCH=headers["ETag"])[0] == "304 Not Modified"
        assert answer(application, address, REQUEST_METHOD="HEAD")[2] == b""

    @pytest.mark.parametrize(
        "environ",
        [
            {"QUERY_STRING": "version=1"},
            {"HTTP_COOKIE": "tanbiao_session=abc"},
            {"REQUEST_METHOD": "POST"},
            {"PATH_INFO": "/p/TB-DEMO-1999-000001"},
            {"PATH_INFO": "/p/a/b"},
            {"PATH_INFO": "/status/revocation/99"},
            {"PATH_INFO": "/status/../secret"},
        ],
    )
    def test_everything_else_goes_on_to_django(self, certificate: Certificate, environ: dict[str, str]) -> None:
        address = environ.pop("PATH_INFO", f"/p/{certificate.number}")
        assert answer(front.Front(behind), address, **environ)[2] == b"django"

    def test_a_status_list_is_a_file_until_it_grows_old(self, certificate: Certificate) -> None:
        import os

        status_lists.write_file("revocation", 0)
        application = front.Front(behind)
        status, headers, body = answer(application, "/status/revocation")
        assert status == "200 OK"
        assert body.decode() == status_lists.current("revocation").document
        assert headers["Content-Type"] == "application/vc+jwt"
        assert headers["Access-Control-Allow-Origin"] == "*"
        file: Path = status_lists.file_of("revocation", 0)
        long_ago = file.stat().st_mtime - 13 * 3600
        os.utime(file, (long_ago, long_ago))
        assert answer(application, "/status/revocation")[2] == b"django"


@pytest.mark.django_db
class TestFinding:
    @pytest.fixture
    def many(self) -> list[dict[str, Any]]:
        rows = list(register_fill.records(400))
        assert entries.put_many(rows) == 400
        return [record for record, _ in rows]

    def numbers(self, **asked: str) -> set[str]:
        query = finding.query_of(**asked)
        found, after = set[str](), ""
        while True:
            page = finding.page(ANONYMOUS, query, limit=50, after=after)
            assert not found & {entry.number for entry in page.entries}
            found |= {entry.number for entry in page.entries}
            if not (after := page.next):
                return found

    def test_words_and_facets_find_what_they_say(self, many: list[dict[str, Any]]) -> None:
        one = many[7]
        assert self.numbers(text=one["number"]) == {one["number"]}
        assert one["number"] in self.numbers(text=one["models"][0])
        for asked, hit in (
            ({"text": "电池"}, lambda r: "电池" in r["product"]["zh"] + r["holder"]["zh"]),
            ({"region": "CN-GD"}, lambda r: r["holder"]["region"] == "CN-GD"),
            ({"state": "suspended"}, lambda r: r["state"] == "suspended"),
            ({"text": "轮胎", "region": "CN-SD"}, lambda r: "轮胎" in r["product"]["zh"] + r["holder"]["zh"]
             and r["holder"]["region"] == "CN-SD"),
            ({"body": "DEMOBODY03", "category": "demo-04"}, lambda r: r["body"]["code"] == "DEMOBODY03"
             and r["category"] == "demo-04"),
        ):  # fmt: skip
            assert self.numbers(**asked) == {record["number"] for record in many if hit(record)}, asked

    def test_what_is_no_word_finds_nothing(self, many: list[dict[str, Any]]) -> None:
        assert self.numbers(text="!!!") == set()
        assert self.numbers(text="不存在的产品") == set()

    def test_facets_and_counts_agree_with_the_records(self, many: list[dict[str, Any]]) -> None:
        query = finding.query_of(state="valid")
        assert finding.count(ANONYMOUS, query) == finding.Count(sum(r["state"] == "valid" for r in many), True)
        for name, counts in ((facet.name, dict(facet.values)) for facet in finding.facets(ANONYMOUS, query)):
            if name == "region":
                for region, n in counts.items():
                    hits = [r for r in many if r["state"] == "valid" and r["holder"]["region"] == region]
                    assert n == len(hits)
        words = finding.query_of(text="电池")
        hits = [r for r in many if "电池" in r["product"]["zh"] + r["holder"]["zh"]]
        assert finding.count(ANONYMOUS, words).n == len(hits)
        states = next(dict(facet.values) for facet in finding.facets(ANONYMOUS, words) if facet.name == "state")
        assert sum(states.values()) == len(hits)

    def test_a_count_beyond_the_limit_says_so(self, many: list[dict[str, Any]], monkeypatch: Any) -> None:
        monkeypatch.setattr(bounded, "LIMIT", 10)
        assert finding.count(ANONYMOUS, finding.query_of(text="演示")) == finding.Count(10, False)

    def test_an_entry_that_changes_is_found_under_what_it_is_now(self, many: list[dict[str, Any]]) -> None:
        record = dict(many[0], state="withdrawn", product={"zh": "演示 改名产品", "en": ""})
        entries.put(record, "sha256:" + "0" * 64)
        assert record["number"] in self.numbers(text="改名产品")
        assert record["number"] not in self.numbers(text=many[0]["models"][0], state="valid")
        before = sum(r["state"] == "withdrawn" for r in many) + (many[0]["state"] != "withdrawn")
        assert finding.count(ANONYMOUS, finding.query_of(state="withdrawn")).n == before
        rows = Tally.objects.count()
        assert entries.fold_tallies() < rows
        assert finding.count(ANONYMOUS, finding.query_of(state="withdrawn")).n == before

    @pytest.mark.parametrize("sort", ["value", "product,product", "a,b", "issued,product,holder,number", "-"])
    def test_a_sort_that_is_none_is_refused(self, sort: str) -> None:
        with pytest.raises(Invalid) as refused:
            finding.query_of(sort=sort)
        assert refused.value.code == "register_sort_unknown"

    def test_a_key_of_another_sort_is_refused(self, many: list[dict[str, Any]]) -> None:
        after = finding.page(ANONYMOUS, finding.query_of(sort="product"), limit=5).next
        for wrong in (after, "nonsense", "e30"):
            with pytest.raises(Invalid) as refused:
                finding.page(ANONYMOUS, finding.query_of(sort="holder"), limit=5, after=wrong)
            assert refused.value.code == "register_cursor_malformed"
        assert Client().get(f"/?sort=holder&after={after}").status_code == 422
        assert Client().get("/?kind=nonsense").status_code == 422

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        keys=st.lists(st.sampled_from(sorted(finding.SORT_KEYS)), min_size=1, max_size=3, unique=True),
        down=st.lists(st.booleans(), min_size=3, max_size=3),
        limit=st.integers(7, 90),
    )
    def test_pages_by_key_are_the_whole_in_order(
        self, many: list[dict[str, Any]], keys: list[str], down: list[bool], limit: int
    ) -> None:
        sort = ",".join(("-" if turn else "") + key for key, turn in zip(keys, down, strict=False))
        query = finding.query_of(sort=sort)
        found: list[str] = []
        after = ""
        while True:
            page = finding.page(ANONYMOUS, query, limit=limit, after=after)
            found += [entry.number for entry in page.entries]
            if not (after := page.next):
                break
        rows = sorted(many, key=lambda record: record["number"])
        for key, turn in reversed(list(zip(keys, down, strict=False))):
            rows.sort(key=lambda record: value_of(record, key), reverse=turn)
        assert found == [record["number"] for record in rows]


def test_keys_sort_chinese_by_sound() -> None:
    words = ["水泥", "电池", "铝锭", "玻璃", "轮胎"]
    assert sorted(words, key=records.sort_key) == ["玻璃", "电池", "铝锭", "轮胎", "水泥"]


@pytest.mark.django_db
def test_a_change_of_state_is_published_as_a_record_in_the_log(certificate: Certificate, world: World) -> None:
    entry = Entry.objects.get(number=certificate.number)
    assert entry.record == records.record_of(certificate)
    decider = world.actor(world.body, Role.DECIDER)
    commands.suspend(decider, number=certificate.number, builds_on=certificate.head, reason="mark_misuse")
    later = Entry.objects.get(number=certificate.number)
    assert (later.state, later.record["reason"]) == ("suspended", "mark_misuse")
    assert later.snapshot != entry.snapshot
