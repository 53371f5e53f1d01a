"""The most wanted factors of living certificates: read from the sealed packages, with no holder to be recognised."""

from __future__ import annotations

import pytest

from factories import World, client_of
from tanbiao.core.study.wanted import leanings, rank
from tanbiao.web.accounts.actor import ANONYMOUS
from tanbiao.web.impact.wanted import wanted_factors
from tanbiao.web.register import issuing
from tanbiao.web.register.models import Certificate, Issue
from tanbiao.web.studies.queries import read_json
from web.certification.playing import Play
from web.impact.two_releases import work

pytestmark = pytest.mark.django_db
KINDS = {
    "named": "named by the author",
    "place": "another place, taken by the release",
    "year": "another year, taken by the release",
    "release": "a stand-in of the release itself",
}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_without_certificates_nothing_is_wanted(world: World, lang: str) -> None:
    assert client_of(None, lang).get("/factors/wanted/").status_code == 200
    assert client_of(None).get("/api/v1/impact/wanted-factors").json() == []


def test_what_one_company_lacks_is_counted_and_not_told(world: World) -> None:
    play = Play(world, "electrolytic-aluminium")
    case = play.until("granted")
    work()
    issuing.run(Issue.objects.get(case=case).id)
    work()
    certificate = Certificate.objects.get()
    package = read_json(certificate.issue.order["package_blob"])
    missing = {item["for"] for item in package["result"]["stand_ins"]}
    assert missing
    lacking = rank(leanings(package, "h", "c"), smallest=1)
    assert {row.factor for row in lacking if not row.subject} == missing
    taken = {row.factor for row in lacking if row.subject}
    assert taken
    missing |= taken
    (pool,) = wanted_factors(ANONYMOUS)
    assert (pool.factor, pool.factors, pool.holders, pool.emission) == ("", len(lacking), 0, None)
    assert "named" in pool.kinds
    assert set(pool.kinds) > {"named"}
    for address in ("/factors/wanted/", "/factors/wanted.csv", "/api/v1/impact/wanted-factors"):
        shown = client_of(None, "en").get(address).content.decode()
        assert not [words for words in missing if words in shown]
    assert wanted_factors(ANONYMOUS, "another release") == []
    page = client_of(None, "en").get("/factors/wanted/").content.decode()
    assert "; ".join(KINDS[kind] for kind in pool.kinds) in page
    assert client_of(None).get("/api/v1/impact/wanted-factors").json()[0]["kinds"] == list(pool.kinds)
    assert ", ".join(pool.kinds) in client_of(None).get("/factors/wanted.csv").content.decode()
    Certificate.objects.update(state="withdrawn")
    assert wanted_factors(ANONYMOUS) == []
