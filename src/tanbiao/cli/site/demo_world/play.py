"""The play: the cast files studies, verifies, decides, issues, suspends. Every step is the real command.

The clock is set back for past scenes, so that a certificate of the demo can have expired.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from tanbiao.cli.site.demo_world import audited, cast, staffed, studied
from tanbiao.cli.site.demo_world.cast import Troupe
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca.release_find import find_release, pinned_hashes
from tanbiao.core.lca.release_succession import predecessors
from tanbiao.core.verification.reduction import Measure
from tanbiao.examples import example
from tanbiao.formats import yaml_study
from tanbiao.web import clock
from tanbiao.web.accounts import commands as accounts
from tanbiao.web.accounts.actor import Actor, actor_for, system_actor
from tanbiao.web.accounts.models import Account, Organisation
from tanbiao.web.certification import commands as certification
from tanbiao.web.certification import queries as cases
from tanbiao.web.certification import recalculation, units
from tanbiao.web.certification.audit import list_of
from tanbiao.web.certification.commands.auditing import Answer
from tanbiao.web.certification.commands.planning import Assignment
from tanbiao.web.certification.models import Case
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.ledger.models import Task
from tanbiao.web.ledger.tasks import run_next
from tanbiao.web.register import commands as register
from tanbiao.web.register.models import Certificate
from tanbiao.web.studies import commands as studies
from tanbiao.web.studies import queries as study_queries
from tanbiao.web.studies.models import Study
from tanbiao.web.uploads import Upload as Paper

SYSTEM = system_actor("demo")
RELEASE = "starter-2026.1"
"""What the examples pin, and so the certificates of the demo rest on."""
SCHEME = "tanbiao-demo"
PIECES = ("duties", "data-procedure", "meters", "records")
"""Pieces of the management system that the factories have: all that the scheme requires, and one more."""
PAPERS = ("business_licence", "process_flow_chart", "reduction_plan")
SITE_HOURS = 5


@dataclass(frozen=True, slots=True)
class Product:
    """A product of the demo: its example, its maker, the body it goes to, and how long ago its case began."""

    example: str
    factory: Troupe
    body: Troupe
    days_ago: int
    rule: str = ""
    """``id@version`` of a rule issued in the rulebook; empty: the one that the example names."""
    green_row: str = ""
    """A row of electricity that the factory claims from a wind farm by a certificate."""
    steps: tuple[int, int, int] = (7, 20, 40)
    """Days from the study to application, visit and decision."""
    used_kwh: str = ""
    """Electricity per t of liquid metal in the example's place: invented, so that two makers have two figures."""
    committed: bool = False
    """Whether its maker commits himself to reduce it, on the record of the case."""
    release: str = ""
    """A release in the place of the example's, which a later one succeeds."""
    criteria: ClassVar[str] = "演示 demo: GB/T 24067-2024"
    scope: ClassVar[str] = "演示：摇篮到大门 demo: cradle to gate"
    shows_interval: bool = False
    """Whether its maker lets the public see the interval, without which no figure is compared."""
    pact: bool = False
    """Whether its study tells what PACT's form asks, and its maker has the public see that form."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A certification of another kind than a footprint: its kind, who applies where, its papers, its terms."""

    certification: str
    factory: Troupe
    body: Troupe
    papers: tuple[str, ...]
    criteria: str
    scope: str
    committed: ClassVar[bool] = False


EXPIRED = Product("cement-clinker", cast.JIANGSU, cast.NORTH, 800)
WITHDRAWN = Product("caustic-soda", cast.SHANDONG, cast.NORTH, 420)
SUSPENDED = Product("pv-module", cast.SHANGHAI, cast.SOUTH, 300, green_row="m1")
CERTIFIED = (
    Product("electrolytic-aluminium", cast.SHANDONG, cast.NORTH, 150),
    Product("lfp-battery", cast.GUANGDONG, cast.SOUTH, 90, pact=True, committed=True),
)
INGOTS = "electrolytic-aluminium@2.1.0"
COMPARABLE = (
    Product("electrolytic-aluminium", cast.JIANGSU, cast.SOUTH, 109, INGOTS, steps=(2, 4, 8), shows_interval=True),
    Product(
        "electrolytic-aluminium",
        cast.SHANGHAI,
        cast.NORTH,
        100,
        INGOTS,
        steps=(2, 4, 8),
        used_kwh="14100",
        shows_interval=True,
    ),
)
"""Two ingots under the rule that names a least number of comparable products: each shows its position."""
ON_A_NEWER_RELEASE = Product(
    "electrolytic-aluminium",
    cast.GUANGDONG,
    cast.SOUTH,
    2,
    INGOTS,
    steps=(0, 0, 1),
    used_kwh="13650",
    shows_interval=True,
)
"""A third ingot, certified on the release that succeeds the others': it is recalculated to stand beside them."""
IN_VERIFICATION = Product("electric-bicycle", cast.JIANGSU, cast.SOUTH, 14)


def settle() -> None:
    """Do at once what the worker does over time: deliver events, run tasks, give indexes, sign."""
    ledger.settle()
    while run_next():
        ledger.settle()
    ledger.settle(batches=True)


def successor_of(name: str) -> str:
    """Return the newest release of the package that succeeds another one, or nothing."""
    files = [find_release(known) for known in sorted(pinned_hashes())]
    headers = [file.header for file in files]
    later = [file for file in files if name in predecessors(file.header, headers)]
    return max(later, key=lambda file: len(predecessors(file.header, headers))).name if later else ""


def people() -> None:
    """Register the organisations, give everybody a log-in, and the bodies what they need to work on cases."""
    for troupe in cast.ALL:
        organisation = accounts.register_organisation(
            SYSTEM,
            kind=troupe.kind,
            name_zh=troupe.name_zh,
            name_en=troupe.name_en,
            uscc=troupe.uscc,
            jurisdiction=troupe.jurisdiction,
        )
        for player in troupe.players:
            for number, role in enumerate(player.roles):
                accounts.add_member(
                    SYSTEM,
                    organisation_id=organisation.id,
                    role=role,
                    username=player.username,
                    password="" if number else cast.PASSWORD,
                    name_zh=player.name_zh,
                    name_en=player.name_en,
                )
    staffed.play(actor)


def actor(username: str) -> Actor:
    """Return the actor behind a log-in."""
    return actor_for(Account.objects.select_related("person").get(username=username).person)


def study_of(product: Product) -> Study:
    """Bring an example in, calculate it and submit it, as the factory's people would."""
    editor, manager = actor(f"{product.factory.key}-data"), actor(product.factory.key)
    file = example(product.example)
    study = studies.create(editor, title_zh=file.title["zh"], title_en=file.title["en"])
    data = file.read().replace(file.rule.encode(), product.rule.encode()) if product.rule else file.read()
    data = data.replace(b"13267.09 kWh", f"{product.used_kwh} kWh".encode()) if product.used_kwh else data
    data = (
        data.replace(f"release: {RELEASE}".encode(), f"release: {product.release}".encode())
        if product.release
        else data
    )
    if product.pact:
        data = yaml_study.dump(studied.with_forms(data))
    studies.bring_in(editor, study_id=study.id, filename=file.file, data=data, note="示例 example")
    if product.green_row:
        _claim_power(editor, study.id, product.green_row)
    studies.calculate(editor, study_id=study.id)
    studies.settle(editor, study_id=study.id)
    head = study_queries.revision(manager, study.id).hash
    studies.self_check(manager, study_id=study.id, builds_on=head)
    return studies.submit(manager, study_id=study.id, builds_on=head)


def _claim_power(editor: Actor, study_id: UUID, row: str) -> None:
    """Put a row of electricity under an invented green certificate, so that the claim ledger has an entry."""
    site = study_queries.document(editor, study_id)["product"]["sites"][0]
    claim = {
        "certificate": "DEMO-GEC-2023-0001",
        "plant": "演示风电场 demonstration wind farm",
        "technology": "wind",
        "production": "2023-06",
        "energy": "120 MWh",
        "claimant": "演示 DEMO",
        "cancelled": {"for": "演示 DEMO", "on": "2024-01-10"},
        "site": site,
    }
    supply = {"supply": "green_certificate", "region": "CN", "generation": "wind", "site": site, "proof": "演示 DEMO"}
    electricity = {**supply, "use": "120 MWh", "metered": "900 MWh", "claims": [claim]}
    head = study_queries.revision(editor, study_id).hash
    studies.edit_row(editor, study_id=study_id, row_id=row, changes={"electricity": electricity}, expected_parent=head)


def _paper(kind: str, product: Product | Claimed) -> Paper:
    text = f"演示 DEMO {kind}\n{product.factory.name_zh}\n虚构内容，不构成任何证明。Fictional, proves nothing.\n"
    return Paper(f"demo-{kind}.txt", "text/plain", text.encode())


def _head(case_id: UUID) -> str:
    return Case.objects.get(id=case_id).head


def open_case(product: Product, study: Study, *, kind: str = "initial", replaces: str = "") -> UUID:
    """Apply and take the case on; return its id."""
    manager = actor(product.factory.key)
    body = Organisation.objects.get(name_zh=product.body.name_zh)
    papers = {kind: _paper(kind, product) for kind in PAPERS}
    staffed.declare(actor)
    case = certification.apply(
        manager,
        study_id=study.id,
        body_id=body.id,
        scheme=SCHEME,
        system_months=12,
        system_kit=PIECES,
        kind=kind,
        replaces=replaces,
        documents=papers,
    )
    take_on(product.factory, product.body, case.id)
    return case.id


def take_on(factory: Troupe, body: Troupe, case_id: UUID) -> None:
    """Accept, sign on both sides, plan and start."""
    manager, office = actor(factory.key), actor(f"{body.key}-office")
    certification.accept(
        office,
        case_id=case_id,
        builds_on=_head(case_id),
        body_qualified=True,
        body_competent=True,
        advice_declared=True,
        text="演示：资料齐全",
    )
    for signer in (manager, office):
        certification.sign(signer, case_id=case_id, builds_on=_head(case_id))
    verifier = actor(f"{body.key}-verifier")
    member = Assignment(UUID(str(verifier.person_id)), lead=True, no_conflict_declared=True)
    certification.plan(office, case_id=case_id, builds_on=_head(case_id), team=[member], man_days=3.0)
    certification.start(verifier, case_id=case_id)


def apply_with_claim(claimed: Claimed, claim: Mapping[str, Any]) -> UUID:
    """Apply with a claim and take the case on; return its id."""
    staffed.declare(actor)
    case = certification.apply_with_claim(
        actor(claimed.factory.key),
        body_id=Organisation.objects.get(name_zh=claimed.body.name_zh).id,
        scheme=SCHEME,
        certification=claimed.certification,
        claim=claim,
        documents={kind: _paper(kind, claimed) for kind in claimed.papers},
    )
    take_on(claimed.factory, claimed.body, case.id)
    return case.id


def visit(product: Product | Claimed, case_id: UUID, arrival: datetime) -> None:
    """Pass the documents and visit the site for some hours."""
    verifier = actor(f"{product.body.key}-verifier")
    audited.plan(actor, product.body, case_id, "on_site")
    certification.pass_documents(verifier, case_id=case_id, builds_on=_head(case_id))
    with clock.at(arrival):
        place = f"{product.factory.name_zh}厂区"
        stay = certification.check_in(verifier, case_id=case_id, place=place, position=audited.AT_THE_GATE)
        met = "演示：能源主管 demo: energy manager"
        certification.record_interview(
            verifier, visit_id=stay.id, role=met, topic="演示：电表读数 demo: meter readings"
        )
    with clock.at(arrival + timedelta(hours=SITE_HOURS)):
        certification.check_out(verifier, visit_id=stay.id, interviews=4, samples=6, text="演示：走访车间与配电室")
        found = [Answer(item.key, "consistent") for item in list_of(cases.case(verifier, case_id))]
        certification.check_consistency(verifier, case_id=case_id, answers=found)
        certification.complete_site(verifier, case_id=case_id)


def _engage(product: Product | Claimed, verifier: Actor, case_id: UUID) -> None:
    """Write the terms and the analysis, take the proposed risks and the plan that follows from them."""
    certification.agree_terms(
        verifier,
        case_id=case_id,
        assurance="reasonable",
        criteria=product.criteria,
        scope=product.scope,
        materiality_percent=5.0,
    )
    certification.analyse(
        verifier,
        case_id=case_id,
        activities="演示：能源与主要原料决定数值 demo: energy and the main materials make the figure",
        data_flow="演示：电表、地磅 → 月报 → 研究 demo: meters and scales → monthly reports → study",
        controls="演示：月度盘点、双人复核 demo: monthly stock-taking, two pairs of eyes",
    )
    certification.assess_as_proposed(verifier, case_id=case_id)
    certification.plan_evidence(verifier, case_id=case_id)


def trace_rows(product: Product | Claimed, case_id: UUID) -> None:
    """Trace every row of the evidence plan to documents, with an own figure for each."""
    verifier = actor(f"{product.body.key}-verifier")
    _engage(product, verifier, case_id)
    found = cases.case(verifier, case_id)
    plan = set(found.sample.filter(round=found.round).values_list("row", flat=True))
    for row in recalculation.contributions(found):
        if row.row in plan:
            certification.sample_row(
                verifier, case_id=case_id, row=row.row, traced_to="演示台账 demo ledger", own=row.value
            )
    if product.committed:
        _commit(verifier, found)


def _commit(verifier: Actor, case: Case) -> None:
    """Record that the maker commits himself to a tenth less within five years."""
    baseline = float(units.declared_of(recalculation.package_of(case)))
    year = clock.today().year
    certification.record_commitment(
        verifier,
        case_id=case.id,
        baseline=f"{baseline:.6g}",
        baseline_year=year,
        target=f"{0.9 * baseline:.6g}",
        target_year=year + 5,
        measures=[Measure("renewable_energy", "演示：自建光伏 demo: solar power of its own")],
    )


def decide(product: Product | Claimed, case_id: UUID) -> None:
    """State the opinion, review and decide: three persons."""
    judge(product, case_id)
    certification.decide(
        actor(f"{product.body.key}-decider"),
        case_id=case_id,
        builds_on=_head(case_id),
        grant=True,
        text="演示：准予 demo: granted",
    )
    settle()


def judge(product: Product | Claimed, case_id: UUID) -> None:
    """State the opinion and review it: all but the decision."""
    verifier = actor(f"{product.body.key}-verifier")
    certification.state_opinion(
        verifier,
        case_id=case_id,
        builds_on=_head(case_id),
        kind="unmodified",
        assurance="reasonable",
        materiality_percent=5.0,
        scope=product.scope,
        statement="演示：按演示规则，所报数值在重要性限度内公允。Demo: fairly stated within materiality.",
    )
    certification.review(
        actor(f"{product.body.key}-reviewer"),
        case_id=case_id,
        builds_on=_head(case_id),
        positive=True,
        text="演示：程序完整 demo: the process is complete",
    )


def certified(product: Product, start: datetime) -> Certificate:
    """Play a product from its study to its certificate, over the days that it takes."""
    applied, visited, decided = (start + timedelta(days=days) for days in product.steps)
    with clock.at(start):
        study = study_of(product)
    with clock.at(applied):
        case_id = open_case(product, study)
    with clock.at(visited):
        visit(product, case_id, visited + timedelta(hours=1))
        trace_rows(product, case_id)
    with clock.at(decided):
        decide(product, case_id)
    certificate = issued(case_id)
    fields: tuple[str, ...] = ("interval",) if product.shows_interval else ()
    fields = ("quality", "primary_share", "sites", "pact") if product.pact else fields
    if fields:
        with clock.at(decided + timedelta(hours=1)):
            register.consent(actor(product.factory.key), number=certificate.number, fields=fields)
            settle()
    return certificate


def issued(case_id: UUID) -> Certificate:
    """Return the certificate of a case that was granted.

    Raises
    ------
    TanbiaoError
        ``demo_task_failed``: a task of its issue ended in an error.
    """
    failed = Task.objects.filter(state="failed").first()
    if failed is not None:
        raise TanbiaoError.of("demo_task_failed", failed.key, task=failed.name, error=failed.error)
    return Certificate.objects.get(issue__case_id=case_id)


def claimed_certificate(claimed: Claimed, claim: Mapping[str, Any], start: datetime) -> Certificate:
    """Play a certification that rests on a claim, from its application to its certificate, over a day."""
    with clock.at(start):
        case_id = apply_with_claim(claimed, claim)
        visit(claimed, case_id, start + timedelta(hours=1))
    decided = start + timedelta(days=1)
    with clock.at(decided):
        trace_rows(claimed, case_id)
        decide(claimed, case_id)
    return issued(case_id)


def suspend(product: Product, certificate: Certificate, at: datetime, reason: str) -> None:
    """The issuing body suspends its certificate."""
    with clock.at(at):
        register.suspend(
            actor(f"{product.body.key}-office"),
            number=certificate.number,
            builds_on=Certificate.objects.get(id=certificate.id).head,
            reason=reason,
            text="演示 demo",
        )
        settle()


def withdraw(product: Product, certificate: Certificate, at: datetime) -> None:
    """The issuing body withdraws a suspended certificate that was not corrected."""
    with clock.at(at):
        register.withdraw(
            actor(f"{product.body.key}-decider"),
            number=certificate.number,
            builds_on=Certificate.objects.get(id=certificate.id).head,
            reason="serious_nonconformity",
            text="演示 demo",
        )
        settle()


def in_verification(product: Product, start: datetime) -> None:
    """A case that waits at its verifier with one finding open."""
    with clock.at(start):
        case_id = open_case(product, study_of(product))
        audited.plan(actor, product.body, case_id, "unannounced")
        verifier = actor(f"{product.body.key}-verifier")
        largest = recalculation.contributions(cases.case(verifier, case_id))[0].row
        certification.raise_finding(
            verifier,
            case_id=case_id,
            severity="minor",
            row=largest,
            text="演示：请提供该数据的原始台账 demo: please show the ledger behind this amount",
        )
        settle()
