"""Plays a case with the real commands, as far as a test wants it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from django.conf import settings

from factories import World
from tanbiao.core.lca.release_find import find_release
from tanbiao.examples import example
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.certification import commands as cases
from tanbiao.web.certification import recalculation
from tanbiao.web.certification.audit import list_of
from tanbiao.web.certification.commands.auditing import Answer
from tanbiao.web.certification.commands.planning import Assignment
from tanbiao.web.certification.models import Case
from tanbiao.web.factors.models import Release
from tanbiao.web.studies import commands as studies
from tanbiao.web.studies import queries as study_queries
from tanbiao.web.uploads import Upload

SCHEME = "tanbiao-demo"
RELEASE = "starter-2026.1"
FILES = {
    kind: Upload(f"{kind}.pdf", "application/pdf", b"%PDF-1.7 " + kind.encode())
    for kind in ("business_licence", "process_flow_chart", "reduction_plan")
}
PIECES = ("duties", "data-procedure", "records")
"""What the demonstration scheme requires of a management system."""


@dataclass
class Play:
    """A case of one enterprise at one body, with a person for every duty."""

    world: World
    study_name: str = "cement-clinker"
    scheme: str = SCHEME
    case_id: UUID | None = None
    study_id: UUID | None = field(default=None)

    def who(self, role: Role) -> Actor:
        """Return the person of a role on the right side of the case."""
        enterprise = (Role.ENTERPRISE_MANAGER, Role.ENTERPRISE_EDITOR, Role.ADVISER)
        return self.world.actor(self.world.alpha if role in enterprise else self.world.body, role)

    @property
    def manager(self) -> Actor:
        return self.who(Role.ENTERPRISE_MANAGER)

    @property
    def handler(self) -> Actor:
        return self.who(Role.CASE_MANAGER)

    @property
    def verifier(self) -> Actor:
        return self.who(Role.VERIFIER)

    @property
    def reviewer(self) -> Actor:
        return self.who(Role.REVIEWER)

    @property
    def decider(self) -> Actor:
        return self.who(Role.DECIDER)

    @property
    def case(self) -> Case:
        """Return the case as it stands."""
        return Case.objects.select_related("owner", "body", "study").get(id=self.case_id)

    @cached_property
    def _installed(self) -> bool:
        """Enter the release as installed; its 5,500 datasets need no index here, and that takes most of the time."""
        file = find_release(RELEASE, data_dir=settings.TANBIAO_DATA)
        Release.objects.get_or_create(
            name=file.name,
            defaults={
                "hash": file.hash,
                "standing": file.standing,
                "statement_zh": file.statement["zh"],
                "statement_en": file.statement["en"],
                "datasets": len(file.ids()),
                "installed_at": clock.now(),
            },
        )
        return True

    def study_file(self) -> bytes:
        """Return the study that the case is over."""
        return example(self.study_name).read()

    def submit_study(self) -> UUID:
        """Make, calculate and submit the study."""
        assert self._installed
        made = studies.create(self.manager, title_zh="水泥熟料")
        record = studies.bring_in(self.manager, study_id=made.id, filename="study.yaml", data=self.study_file())
        assert record.accepted, record.findings
        self.study_id = made.id
        self.resubmit_study()
        return made.id

    def resubmit_study(self) -> None:
        """Calculate and submit the newest revision."""
        assert self.study_id is not None
        studies.calculate(self.manager, study_id=self.study_id, samples=20)
        studies.settle(self.manager, study_id=self.study_id)
        head = study_queries.revision(self.manager, self.study_id).hash
        studies.submit(self.manager, study_id=self.study_id, builds_on=head)

    def apply(self, **changes: Any) -> Case:
        """Apply with everything that is asked for."""
        study_id = self.study_id or self.submit_study()
        given: dict[str, Any] = {
            "study_id": study_id,
            "body_id": self.world.body.id,
            "scheme": self.scheme,
            "system_months": 6,
            "system_kit": PIECES if self.scheme.startswith(SCHEME) else (),
            "documents": FILES,
        }
        self.case_id = cases.apply(self.manager, **(given | changes)).id
        return self.case

    def accept(self) -> None:
        """Accept with all statements."""
        cases.accept(
            self.handler,
            case_id=self.case.id,
            builds_on=self.case.head,
            body_qualified=True,
            body_competent=True,
            advice_declared=True,
        )

    def sign(self) -> None:
        """Sign by both sides."""
        for actor in (self.manager, self.handler):
            cases.sign(actor, case_id=self.case.id, builds_on=self.case.head)

    def plan(self, **changes: Any) -> None:
        """Plan with the one verifier."""
        member = {
            "person_id": self.verifier.person_id,
            "lead": True,
            "no_conflict_declared": True,
        }
        cases.plan(
            self.handler,
            case_id=self.case.id,
            builds_on=self.case.head,
            team=[Assignment(**(member | changes))],
            man_days=3.0,
        )

    def start(self) -> None:
        """Start the document review."""
        cases.start(self.verifier, case_id=self.case.id)

    def pass_documents(self) -> None:
        """Pass the document review."""
        cases.pass_documents(self.verifier, case_id=self.case.id, builds_on=self.case.head)

    def visit(self) -> None:
        """Visit the site for five hours."""
        with clock.at(clock.now() - timedelta(hours=5)):
            visit = cases.check_in(self.verifier, case_id=self.case.id, place="演示工厂一号车间")
        cases.check_out(self.verifier, visit_id=visit.id, interviews=2, samples=5)
        self.check_consistency()
        cases.complete_site(self.verifier, case_id=self.case.id)

    def check_consistency(self) -> None:
        """Find everything as the study says."""
        answers = [Answer(item.key, "consistent") for item in list_of(self.case)]
        cases.check_consistency(self.verifier, case_id=self.case.id, answers=answers)

    def engage(self) -> None:
        """Write terms and analysis where there are none, and take the proposed risks."""
        if not self.case.verification_terms.exists():
            cases.agree_terms(
                self.verifier,
                case_id=self.case.id,
                assurance="limited",
                criteria="GB/T 24067-2024",
                scope="全部阶段",
                materiality_percent=5.0,
            )
            cases.analyse(
                self.verifier,
                case_id=self.case.id,
                activities="水泥熟料煅烧，燃料与石灰石分解为主",
                data_flow="地磅、电表 → 月报 → 研究",
                controls="月度盘点，双人复核",
            )
        cases.assess_as_proposed(self.verifier, case_id=self.case.id)

    def sample(self) -> None:
        """Trace rows until the scheme's share is reached, and recalculate each."""
        self.engage()
        covered = 0.0
        for row in recalculation.contributions(self.case):
            if covered >= 0.9:
                break
            cases.sample_row(
                self.verifier, case_id=self.case.id, row=row.row, traced_to=f"台账 {row.row}", own=row.value * 1.001
            )
            covered += row.share

    def state_opinion(self, **changes: Any) -> None:
        """State an unmodified opinion."""
        given: dict[str, Any] = {
            "builds_on": self.case.head,
            "kind": "unmodified",
            "assurance": "limited",
            "materiality_percent": 5.0,
            "scope": "全部阶段",
            "statement": "数值公允。",
        }
        cases.state_opinion(self.verifier, case_id=self.case.id, **(given | changes))

    def review(self, **changes: Any) -> None:
        """Conclude a positive review."""
        given: dict[str, Any] = {"builds_on": self.case.head, "positive": True, "text": "意见依据充分。"}
        cases.review(self.reviewer, case_id=self.case.id, **(given | changes))

    def grant(self, **changes: Any) -> None:
        """Grant the certification."""
        given: dict[str, Any] = {"builds_on": self.case.head, "grant": True, "text": "准予认证。"}
        cases.decide(self.decider, case_id=self.case.id, **(given | changes))

    STEPS = (
        ("applied", "apply"),
        ("accepted", "accept"),
        ("contracted", "sign"),
        ("planned", "plan"),
        ("doc_review", "start"),
        ("on_site", "pass_documents"),
        ("footprint_verification", "visit"),
        ("technical_review", "opinion"),
        ("decision", "review"),
        ("granted", "grant"),
    )

    def opinion(self) -> None:
        """Sample, then state the opinion."""
        self.sample()
        self.state_opinion()

    def until(self, state: str) -> Case:
        """Play until the case stands in a state."""
        for reached, step in self.STEPS:
            getattr(self, step)()
            assert self.case.state == reached, (self.case.state, reached)
            if reached == state:
                break
        return self.case
