"""Plays cases of other kinds than a footprint: claims on certificates that were issued with the real commands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tanbiao.core.schemes import load_scheme
from tanbiao.web.certification import commands as cases
from tanbiao.web.certification import recalculation
from tanbiao.web.certification.models import Case
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.register import issuing
from tanbiao.web.register.models import Certificate, Issue
from tanbiao.web.uploads import Upload
from web.certification.playing import Play

TITLE = {"zh": "全厂水泥熟料生产", "en": "clinker production of the works"}
KINDS = {
    "management_system": "footprint-management-system",
    "service": "carbon-service",
    "reduction": "product-reduction",
    "removal": "product-removal",
    "neutral": "product-neutral",
}


def issued(play: Play) -> Certificate:
    """Carry a case through to its certificate."""
    case = play.until("granted")
    ledger.settle()
    issue = Issue.objects.get(case=case)
    done = issuing.run(issue.id)
    assert done.state == "done", done.void_reason
    ledger.settle()
    return Certificate.objects.get(issue=done)


def papers(kind: str) -> dict[str, Upload]:
    """Return every document that a kind asks for."""
    asked = load_scheme("tanbiao-demo").kind(kind)
    assert asked is not None
    assert asked.claim is not None
    return {
        name: Upload(f"{name}.pdf", "application/pdf", b"%PDF-1.7 " + name.encode())
        for name in asked.claim.papers
        if name != "application"
    }


def organisation_claim(form: str = "management_system", **changes: Any) -> dict[str, Any]:
    """Return the claim of an organisation that meets every requirement."""
    asked = load_scheme("tanbiao-demo").kind(KINDS[form])
    assert asked is not None
    assert asked.claim is not None
    more = {"service": {"zh": "碳核算咨询", "en": "carbon accounting"}} if form == "service" else {}
    return {
        "tanbiao": "claim/1", "form": form, "standard": "T/DEMO 1-2026", "scope": TITLE,
        "category": "cement-clinker", "since": "2020-01-01",
        "sites": [{"name": {"zh": "一号厂", "en": "Works 1"}}],
        "fulfils": [
            {"requirement": one.id, "how": {"zh": "见手册保密章节", "en": "see the manual's secret part"}}
            for one in asked.claim.requirements
        ],
        **more, **changes,
    }  # fmt: skip


def credit(first: int = 1, last: int = 10_000, **changes: Any) -> dict[str, Any]:
    """Return a block of retired credits of a registry that does not exist."""
    return {
        "registry": "DEMO Registry", "project": "wind-7", "block": "DR-7-2020", "first": first, "last": last,
        "vintage": 2020, "retired_on": "2021-05-01", "evidence": "retirement_records.pdf", **changes,
    }  # fmt: skip


def neutral_claim(number: str, **changes: Any) -> dict[str, Any]:
    """Return a claim of neutrality for 100 declared units of a certified product."""
    return {
        "tanbiao": "claim/1", "form": "neutral", "footprint": {"number": number}, "quantity": "100",
        "period": {"begin": "2021-01-01", "end": "2021-06-30"}, "credits": [credit()], **changes,
    }  # fmt: skip


def removal_claim(number: str, **changes: Any) -> dict[str, Any]:
    """Return a claim of an amount removed."""
    return {
        "tanbiao": "claim/1", "form": "removal", "footprint": {"number": number}, "amount": "12.5", "unit": "t CO2",
        "method": "矿化，称重", "storage": {"zh": "矿化于建材", "en": "mineralised in building material"},
        "period": {"begin": "2021-01-01", "end": "2021-06-30"}, "in_footprint": False,
        "evidence": ["removal_records.pdf"], **changes,
    }  # fmt: skip


@dataclass
class ClaimPlay(Play):
    """A case that rests on a claim, with a person for every duty."""

    claim: dict[str, Any] = field(default_factory=organisation_claim)

    @property
    def kind(self) -> str:
        """The scheme's kind of certification that the claim belongs to."""
        return KINDS[self.claim["form"]]

    def apply(self, **changes: Any) -> Case:
        """Apply with everything that the kind asks for."""
        given: dict[str, Any] = {
            "body_id": self.world.body.id,
            "scheme": self.scheme,
            "certification": self.kind,
            "claim": self.claim,
            "documents": papers(self.kind),
        }
        self.case_id = cases.apply_with_claim(self.manager, **(given | changes)).id
        return self.case

    def sample(self) -> None:
        """Trace every statement, and work its amount out again."""
        self.engage()
        for row in recalculation.contributions(self.case):
            cases.sample_row(
                self.verifier, case_id=self.case.id, row=row.row, traced_to=f"凭证 {row.row}", own=row.value
            )
