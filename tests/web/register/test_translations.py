"""A certificate is issued in every language of its scheme, or the application is refused by what is missing."""

from __future__ import annotations

import pytest

from factories import World
from tanbiao.web.certification import recalculation
from tanbiao.web.commanding import Conflict
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.register import issuing, translating
from tanbiao.web.register.models import Certificate, Issue, IssueStage
from web.certification.playing import Play

BOTH = {"zh": "水泥", "en": "cement"}


def test_each_language_of_the_scheme_is_asked_for_and_no_other() -> None:
    assert translating.missing({"product.name": BOTH}, ("zh", "en")) == ()
    assert translating.missing({"product.name": {"zh": "水泥", "en": " "}}, ("zh",)) == ()
    assert translating.missing({"declared_of": {"zh": "", "en": ""}}, ("zh", "en")) == ()
    (found,) = translating.missing({"product.name": {"zh": "水泥"}, "scheme.title": BOTH}, ("zh", "en"))
    assert (found.code, found.params) == ("translation_missing", {"field": "product.name", "language": "en"})


@pytest.mark.django_db
def test_a_product_without_a_name_in_a_language_is_refused_at_the_application_and_before_the_signature(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = recalculation.package_of

    def nameless(case: object) -> dict[str, object]:
        package = real(case)  # type: ignore[arg-type]
        study = package["study"]
        return {**package, "study": {**study, "product": {**study["product"], "name": {"zh": "水泥熟料"}}}}

    play = Play(world)
    monkeypatch.setattr(translating.recalculation, "package_of", nameless)
    with pytest.raises(Conflict) as refused:
        play.apply()
    assert "translation_missing" in {item.code for item in refused.value.findings}
    monkeypatch.undo()
    case = play.until("granted")
    ledger.settle()
    issue = Issue.objects.get(case=case)
    monkeypatch.setattr(translating.recalculation, "package_of", nameless)
    assert issuing.run(issue.id).state == "voided"
    assert not IssueStage.objects.filter(issue=issue, name="sign").exists()
    assert not Certificate.objects.exists()
