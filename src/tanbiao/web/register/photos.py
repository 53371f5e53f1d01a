"""Photos that the public sends: kept as a picture, without what the camera wrote into them."""

from __future__ import annotations

from tanbiao.core.findings import TanbiaoError
from tanbiao.formats.photo_metadata import without_metadata
from tanbiao.web.commanding import Invalid
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.uploads import checked_upload


def kept(photo: tuple[str, bytes]) -> tuple[str, str]:
    """Store a photo (name, bytes) and return (hash, media type); place, time and maker of the camera are not kept.

    Raises
    ------
    Invalid
        ``file_kind_refused``, ``photo_malformed``, and what an upload is refused for.
    """
    name, data = photo
    media_type = checked_upload(name, "", data)
    if not media_type.startswith("image/"):
        raise Invalid.of("file_kind_refused", "photo", kind=media_type)
    try:
        bare, _ = without_metadata(data, media_type)
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error
    return ledger.put_blob(bare, media_type), media_type
