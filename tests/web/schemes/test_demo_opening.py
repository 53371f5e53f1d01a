"""The demo's scene in which an operator opens a locked template: marked as fiction everywhere, locked in the end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from factories import World, make_organisation
from tanbiao.cli.site.demo_world import cast, opened
from tanbiao.web import clock
from tanbiao.web.accounts.roles import Kind
from tanbiao.web.ledger.blobs import get_blob
from tanbiao.web.schemes import queries
from tanbiao.web.schemes.models import SchemeEntry

pytestmark = pytest.mark.django_db


def test_the_template_is_opened_with_papers_that_prove_nothing_and_locked_again(world: World) -> None:
    make_organisation(Kind.CERTIFICATION_BODY, cast.NORTH.name_zh)
    operator = world.actor(world.operator)
    opened.play(lambda name: operator, clock.now() - timedelta(days=30))
    entry = SchemeEntry.objects.get()
    assert (entry.reference, entry.state) == ("js-provincial@1.0.0", "locked")
    assert [line.event for line in queries.history(operator, entry.reference)][-1] == "lock"
    assert "演示 DEMO" in entry.document_title
    assert get_blob(entry.document).startswith(b"%PDF-")
    width = int.from_bytes(get_blob(entry.artwork)[16:20], "big")
    # 30 mm at 300 dpi are 354 pixels
    assert width >= 354
    page = Client(headers={"accept-language": "en"}).get(f"/schemes/{entry.reference}/").content.decode()
    assert "演示结束" in page
    assert "Why it is locked" in page
