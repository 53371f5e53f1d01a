"""What a device records at a site and sends later: each item with an id and a time of the device's own."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from tanbiao.core.canonical import content_hash, hash_bytes
from tanbiao.core.verification.onsite import Position


class PositionIn(BaseModel):
    """A reading: degrees (WGS 84), accuracy in metres. Kept sealed only."""

    latitude: float
    longitude: float
    accuracy_m: float


class CheckInIn(BaseModel):
    """Where a visit takes place."""

    place: Annotated[str, Field(max_length=200)]
    remote: bool = False
    site: Annotated[str, Field(max_length=200)] = ""
    position: PositionIn | None = None
    remark: Annotated[str, Field(max_length=500)] = ""

    def values(self) -> dict[str, Any]:
        """Return the arguments of *check_in*."""
        position = Position(**self.position.model_dump()) if self.position else None
        return {
            "place": self.place,
            "remote": self.remote,
            "site": self.site,
            "position": position,
            "remark": self.remark,
        }


class SyncItem(BaseModel):
    """What every item has; the same id is recorded once."""

    client_id: UUID
    at: AwareDatetime

    @property
    def hash(self) -> str:
        """The content hash of what was sent, a photo by its own hash."""
        body = self.model_dump(mode="json")
        if "content_base64" in body:
            body["content_base64"] = hash_bytes(str(body["content_base64"]).encode())
        if body.get("position"):
            # A hash of a position could be searched for: what says it is the same item is everything else.
            body["position"] = "given"
        return content_hash(body)


class CheckInItem(SyncItem, CheckInIn):
    """A check-in."""

    kind: Literal["check_in"]


class CheckOutItem(SyncItem):
    """A check-out from the visit that an item of this device began."""

    kind: Literal["check_out"]
    visit: UUID
    interviews: Annotated[int, Field(ge=0, le=10_000)]
    samples: Annotated[int, Field(ge=0, le=10_000)]
    text: Annotated[str, Field(max_length=4000)] = ""


class InterviewItem(SyncItem):
    """An interview of such a visit."""

    kind: Literal["interview"]
    visit: UUID
    role: Annotated[str, Field(max_length=120)]
    topic: Annotated[str, Field(max_length=200)]
    notes: Annotated[str, Field(max_length=8000)] = ""


class PhotoItem(SyncItem):
    """A photo of such a visit, with the SHA-256 that the device made of it."""

    kind: Literal["photo"]
    visit: UUID
    filename: Annotated[str, Field(min_length=1, max_length=200)]
    content_base64: Annotated[str, Field(max_length=28_000_000)]
    taken_hash: Annotated[str, Field(max_length=80)]
    caption: Annotated[str, Field(max_length=300)] = ""
    item: Annotated[str, Field(max_length=200)] = ""


class AnswerItem(SyncItem):
    """An answer to the list of product consistency; ``seen`` is what the device knew as the answer before."""

    kind: Literal["answer"]
    item: Annotated[str, Field(max_length=200)]
    answer: Annotated[str, Field(max_length=12)]
    remark: Annotated[str, Field(max_length=1000)] = ""
    seen: Annotated[str, Field(max_length=12)] = ""


AnyItem = Annotated[CheckInItem | CheckOutItem | InterviewItem | PhotoItem | AnswerItem, Field(discriminator="kind")]
