"""The demo's locked template: an operator opens it with papers of the demonstration, and locks it again. Fictional.

It shows the whole way and stands locked in the end: nothing in the demonstration world is ever issued under a scheme
that has an authority's name.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from tanbiao.cli.site.demo_world import cast
from tanbiao.core.schemes import load_scheme
from tanbiao.documents import typeset
from tanbiao.documents.report import as_pdf
from tanbiao.documents.report.content import Report, Section, Words
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Organisation
from tanbiao.web.schemes import commands, queries
from tanbiao.web.uploads import Upload

SCHEME: Final = "js-provincial"
OPENED_DAYS: Final = 30
"""How long ago it was opened; it was locked again a day later."""
WIDTH_MM: Final = 30.0
_TEXT: Final = (
    '<text x="150" y="{y}" font-family="Noto Sans SC" font-size="54" text-anchor="middle" fill="#1A1F1C">{word}</text>'
)
ARTWORK: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 300" width="300" height="300">'
    '<rect x="4" y="4" width="292" height="292" fill="none" stroke="#1A1F1C" stroke-width="8"/>'
    f"{_TEXT.format(y=140, word='演示')}{_TEXT.format(y=210, word='DEMO')}</svg>"
)
"""A frame with two words: no authority's mark, and like none."""
NOT_REAL: Final = "演示 DEMO：虚构内容，不是任何主管部门的文件。Fictional: no authority's document."


def paper(title: str, at: datetime) -> Upload:
    """Return a PDF that says of itself that it is none."""
    section = Section("demo", "演示 DEMO", (Words((NOT_REAL,), strong=True),))
    report = Report("zh", title, "演示平台", "演示 DEMO", "演示 DEMO", "", (NOT_REAL,), (section,))
    return Upload("demo.pdf", "application/pdf", as_pdf.render(report, at.replace(microsecond=0)))


def artwork() -> Upload:
    """Return the mark as PNG with more pixels than its smallest width asks for."""
    words = {
        "svg": ARTWORK,
        "width": WIDTH_MM,
        "height": WIDTH_MM,
        "title": "DEMO",
        "description": "DEMO",
        "lang": "zh",
    }
    return Upload("demo.png", "image/png", typeset.png("picture.typ", words, ppi=400))


def play(who: Callable[[str], Actor], start: datetime) -> None:
    """Enter a body's approval, open the template, and lock it a day later."""
    operator = who("operator")
    with clock.at(start):
        today = clock.today()
        approval = commands.approve_body(
            operator,
            scheme=SCHEME,
            body_id=Organisation.objects.get(name_zh=cast.NORTH.name_zh).id,
            number="DEMO-1",
            valid_from=today,
            valid_until=today + timedelta(days=365),
            paper=paper("演示批准文件 DEMO approval", start),
        )
        lock = load_scheme(SCHEME).lock
        commands.unlock(
            operator,
            scheme=SCHEME,
            builds_on=queries.standing(operator, SCHEME).head,
            document=paper("演示文件 DEMO document", start),
            document_title="演示 DEMO 文件",
            document_number="DEMO-2",
            document_date=today,
            artwork=artwork(),
            number_pattern="JS-DEMO-{year}-{serial:06d}",
            minimum_width_mm=WIDTH_MM,
            regions=["CN-JS"] if lock is not None and "regions" in lock.needs else [],
        )
    with clock.at(start + timedelta(days=1)):
        commands.end_approval(operator, approval_id=approval.id, reason="演示结束 end of the demonstration")
        commands.lock(
            operator,
            scheme=SCHEME,
            builds_on=queries.standing(operator, SCHEME).head,
            reason="approval_ended",
            text="演示结束 end of the demonstration",
        )
