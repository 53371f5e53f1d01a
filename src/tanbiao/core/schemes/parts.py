"""The parts of a label scheme: who may apply for what where, the process, its effort, papers, label and fees.

Every part is optional, and absent means that the scheme does not say: no number is put in its place here. The project's
defaults of the workflow's terms stand in :mod:`tanbiao.workflow.terms`, each with its source.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from tanbiao.core.rules.parts import Day, Id, Line, Part, Share, Standing, Title

Region = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")]
"""ISO 3166-1 country or ISO 3166-2 province; Hong Kong is ``HK``, Macao ``MO``. A country covers its provinces."""
TermName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
PaperKind = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Language = Literal["zh", "en"]

FIELDS = (
    "value", "unit", "declared_unit", "boundary", "period", "holder", "producer", "product", "models", "gwp_set",
    "electricity_basis", "rule", "release", "validity", "stages", "kinds", "interval", "quality", "primary_share",
    "sites", "pact",
)  # fmt: skip
"""What of a certificate can be public."""
FieldName = Literal[
    "value", "unit", "declared_unit", "boundary", "period", "holder", "producer", "product", "models", "gwp_set",
    "electricity_basis", "rule", "release", "validity", "stages", "kinds", "interval", "quality", "primary_share",
    "sites", "pact",
]  # fmt: skip
ALWAYS: tuple[FieldName, ...] = ("value", "unit", "declared_unit", "boundary", "product", "validity")
"""Without these a public figure says nothing; a scheme can't leave them out."""

LabelField = Literal[
    "value", "unit", "product", "maker", "declared_unit", "boundary", "stages", "validity", "number", "code", "body",
    "scheme", "rule",
]  # fmt: skip
LABEL_ALWAYS: tuple[LabelField, ...] = ("value", "unit", "number", "code")
"""A label without figure, number and code can't be checked."""

NumberPattern = Annotated[
    str, StringConstraints(pattern=r"^[A-Z0-9-]*\{year\}[A-Z0-9-]*\{serial:0\d+d\}$", max_length=80)
]

CarbonPath = Literal["footprint", "reduction", "removal", "neutral"]


class Authority(Part):
    """Whose scheme it is, and in which documents it stands."""

    name: Title
    documents: tuple[SchemeDocument, ...] = Field(min_length=1)


class SchemeDocument(Part):
    """A document that something of the scheme was read from; no text of it is repeated."""

    title: Line
    number: Line | None = None
    date: Day | None = None
    read: Literal["text", "public_copy", "news", "own"]
    note: Line | None = None


class KitItem(Part):
    """A piece of the management system that an applicant runs."""

    id: Id
    title: Title
    asks: Title
    required: bool | None = None
    """Whether an application without it is refused; None: it is only asked for."""


class ClaimTerms(Part):
    """What a kind without a footprint asks; a kind that has these can be applied for with a claim of its own."""

    papers: tuple[PaperKind, ...] = ()
    """Documents of its application, in place of the footprint's."""
    requirements: tuple[KitItem, ...] = ()
    """What the claim says how it is met, one by one."""
    months: int = Field(default=0, ge=0, le=60)
    """How long a system or service must have been running."""
    reduction: Literal["certificate", "certificate_or_commitment"] | None = None
    """What a claim of neutrality must rest on; None: nothing beside the footprint."""
    on_site: Literal["required", "optional"] = "required"
    recalculation: Literal["required", "left_out"] = "required"
    """Whether the verifier works out figures by his own means; a claim without amounts has none."""
    man_days_min: float = Field(gt=0)
    validity_months: int = Field(ge=1, le=60)
    number_pattern: NumberPattern
    says: Title
    """What the holder may say in public, in these words; no artwork and no figure."""


class Kind(Part):
    """A kind of certification. Only a footprint of a product has a figure; no other path changes that figure."""

    id: Id
    title: Title
    subject: Literal["product", "management_system", "service"]
    carbon: Literal["direct", "indirect"]
    path: CarbonPath | None = None
    """What is certified of a product, directly; nothing else has one."""
    accepts: tuple[Line, ...] = ()
    """What a certificate of this kind may be to: ``GB/T 24001`` and the like; empty: anything."""
    note: Title | None = None
    claim: ClaimTerms | None = None
    """None: nothing can be applied for under this kind, unless it is the footprint."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.carbon == "direct" and self.subject == "product") != (self.path is not None):
            raise ValueError("a direct certification of a product names its path, no other has one")
        if self.claim is not None and (self.has_figure or self.carbon == "indirect"):
            raise ValueError("only a direct certification without a footprint rests on a claim")
        return self

    @property
    def form(self) -> str:
        """The form of the claim (``tanbiao: claim/1``) that such a certificate rests on; empty where it has none."""
        if self.claim is None:
            return ""
        return self.path or self.subject

    @property
    def has_figure(self) -> bool:
        """Whether a certificate of this kind states a footprint."""
        return self.path == "footprint"


class CategoryScope(Part):
    """Which product categories: those that a list in force on the day names, and further ones by id."""

    lists: tuple[Id, ...] = ()
    """Lists of the catalogue, by id."""
    also: tuple[Id, ...] = ()


class AdoptionList(Part):
    """The authority's adoption list, on which a rule must stand."""

    batches: tuple[Line, ...] = ()
    """Batches that count, as the authority numbers them; none named: every one."""
    authorities: tuple[Region, ...] = ()
    """Jurisdictions whose authority's list counts; none named: any authority's."""


class RuleScope(Part):
    """Under which category rules a figure may stand."""

    ids: tuple[Id, ...] = ()
    standings: tuple[Standing, ...] = ()
    adoption_list: AdoptionList | None = None
    """None: the rule need not stand on it."""


class Opening(Part):
    """A combination that is open: category × region × body × date × rule. What is not named is not restricted."""

    id: Id
    categories: CategoryScope | None = None
    regions: tuple[Region, ...] = ()
    """Where the product is made."""
    bodies: Literal["any", "approved"] = "any"
    """``approved``: bodies whose approval for the scheme stands on this platform."""
    begins: Day | None = None
    until: Day | None = None
    rules: RuleScope | None = None
    note: Title | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.begins and self.until and self.until < self.begins:
            raise ValueError("an opening ends after it begins")
        return self


class Paper(Part):
    """A document of the application."""

    id: PaperKind
    title: Title
    comes_from: Literal["applicant", "platform"]
    """``platform``: it is made from the application and the study's frozen package."""
    required: bool = True


class ManagementSystem(Part):
    """The footprint management system that must have run before the application."""

    months: int = Field(ge=0, le=60)
    kit: tuple[KitItem, ...] = ()


class Stage(Part):
    """A stage of the process: a state of the case's lifecycle, whose work it is, and how many days it takes."""

    id: TermName
    title: Title
    by: Literal["applicant", "body", "both", "platform"]
    optional: bool = False
    days: tuple[int, int]
    """Calendar days, from and to."""

    @model_validator(mode="after")
    def _range(self) -> Self:
        if not 0 <= self.days[0] <= self.days[1]:
            raise ValueError("days run from the smaller to the larger number")
        return self


class UnitRule(Part):
    """How far sites and models of one certification unit may differ before they are units of their own."""

    site_spread_percent: float = Field(gt=0, le=1000)
    """(largest - smallest figure of the sites) ÷ their production-weighted mean."""
    model_spread_percent: float = Field(gt=0, le=1000)
    """|figure of a model - declared figure| ÷ declared figure."""
    average_gap_percent: float = Field(gt=0, le=1000)
    """|mean of the sites - declared figure| ÷ declared figure."""


class RowDays(Part):
    """What a large inventory adds: so many days for each further block of rows."""

    included: int = Field(ge=0)
    """Rows of the study that the base covers."""
    each: int = Field(gt=0)
    days: float = Field(ge=0)


class Rotation(Part):
    """When a member of a team must leave a holder to others."""

    cases: int = Field(ge=1)
    """Cases of one holder in a row."""
    months: int = Field(ge=1, le=240)
    """Months since the first of them."""
    break_months: int = Field(ge=1, le=240)
    """Months without a case of that holder after which the row begins anew."""


class CategoryDays(Part):
    """Man-days of certain categories."""

    categories: tuple[Id, ...] = Field(min_length=1)
    base: float = Field(gt=0)


class ManDays(Part):
    """The table of man-days: a base, and what each further site, model and supplier adds."""

    base: float = Field(gt=0)
    by_category: tuple[CategoryDays, ...] = ()
    further_site: float = Field(default=0.0, ge=0)
    further_model: float = Field(default=0.0, ge=0)
    supplier_site: float = Field(default=0.0, ge=0)
    """A supplier's site that has to be visited."""
    supplier_share: Share | None = None
    """A supplier's own data count as a site to be visited from this share of Σ|contribution| on; tests of the
    verification ask for it too."""
    rows: RowDays | None = None
    remote_at_most: Share | None = None
    """Largest share of the days that may be worked from afar."""


class Fee(Part):
    """A fee: what for, per what, from and to."""

    id: Id
    title: Title
    per: Literal["application", "man_day", "certificate", "year", "site"]
    amount: tuple[float, float]
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = "CNY"

    @model_validator(mode="after")
    def _range(self) -> Self:
        if not 0 <= self.amount[0] <= self.amount[1]:
            raise ValueError("a fee runs from the smaller to the larger amount")
        return self


class Artwork(Part):
    """The label's artwork and its smallest sizes, in millimetres."""

    reference: Id | None = None
    """``neutral-ring``: the project's own; absent in a template: an operator uploads the authority's."""
    minimum_width_mm: float = Field(gt=0)
    minimum_qr_mm: float = Field(gt=0)


class Label(Part):
    """What stands on the label, where it may stand, and in which languages."""

    fields: tuple[LabelField, ...]
    positions: tuple[Position, ...] = ()

    @model_validator(mode="after")
    def _checkable(self) -> Self:
        missing = [name for name in LABEL_ALWAYS if name not in self.fields]
        if missing:
            raise ValueError(f"a label always has {', '.join(missing)}")
        return self


class Position(Part):
    """A place where the label may be used."""

    id: Id
    title: Title
    minimum_width_mm: float | None = Field(default=None, gt=0)
    counts: bool = False
    """Whether the number of uses is declared."""


LockNeed = Literal["authority_document", "regions", "number_pattern", "artwork", "body_approval"]


NEEDS: dict[LockNeed, Title] = {
    "authority_document": Title(zh="主管部门文件", en="the authority's document"),
    "regions": Title(zh="主管部门确定的地区", en="the regions that the authority named"),
    "number_pattern": Title(zh="证书编号规则", en="the pattern of certificate numbers"),
    "artwork": Title(zh="标识图样", en="the artwork"),
    "body_approval": Title(zh="认证机构的批准文件", en="the approval of a certification body"),
}
REQUIRED: dict[bool | None, Title] = {
    True: Title(zh="必需：没有则不予受理", en="required: an application without it is refused"),
    False: Title(zh="可有可无", en="optional"),
    None: Title(zh="要求说明：没有也可申请", en="asked for: an application without it is not refused"),
}
"""What it means that a piece of the management system is required, optional or only asked for."""
STANDINGS: dict[Standing, Title] = {
    "official": Title(zh="正式", en="official"),
    "adopted": Title(zh="被采信", en="adopted"),
    "filed": Title(zh="已备案", en="filed"),
    "demonstration": Title(zh="演示", en="demonstration"),
}


def joined(titles: Iterable[Title], lang: str) -> str:
    """Return titles in one language, one after the other."""
    return ("、" if lang == "zh" else ", ").join(title.best(lang) for title in titles)


class Lock(Part):
    """Why a scheme is only a template here, and what an operator has to bring before it can be used."""

    reason: Title
    needs: tuple[LockNeed, ...] = Field(min_length=1)


Authority.model_rebuild()
Label.model_rebuild()
