"""One file of each format → datasets → a linked release: the same hashes on every database (SQLite and PostgreSQL)."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from typing import Final

import pytest
from django.conf import settings

from factories import World
from foreign_files import FILES, MAKING
from tanbiao.core.lca.release_find import find_release
from tanbiao.web import clock
from tanbiao.web.accounts.models import Organisation
from tanbiao.web.accounts.roles import Role
from tanbiao.web.datasets import commands as datasets
from tanbiao.web.datasets import handlers
from tanbiao.web.datasets.models import DatasetVersion
from tanbiao.web.governance import commands
from tanbiao.web.governance.handlers import carry_through
from web.governance.judging import Way

pytestmark = pytest.mark.django_db

NOON: Final = datetime(2026, 6, 1, 4, tzinfo=UTC)
"""Noon in China: a release carries the day on which it was built."""
PINNED: Final = {
    "openlca-jsonld-1": "sha256:29a49ed2f061ee0bd95abfee2175592872bea2ccd824010373d3cc8524ade09e",
    "openlca-jsonld-2": "sha256:ec1c13bed21421aeb872648a308e56d606129a2fabf194b999a9690cc7992a86",
    "ilcd": "sha256:ddcd5a2668f82cd412d2e0c0b5bd431fe274f22f6c1ffed3bb8c8b170f5f58b8",
    "eilcd": "sha256:6ddb4c452df899d8f4bb5586b476f20893a37ffc8ea6fb2086cd5c94e3481c32",
    "ilcd-epd": "sha256:2d1a9eb58e7c056af0ec986b886c01123282ff8b4f54a318abb2977df20006d7",
    "tidas": "sha256:4ead6d52bc14ecc1d0f2fb3fd833ee3d1f3589a424d829ce1685a5d30b4b51c6",
    "ecospold1": "sha256:da80936a4cf8f9c3e39f6dd3d5c16a4f71d4a9dc4e5416a7a83f316e5501caae",
    "ecospold2": "sha256:23e45ee54be0da77d8058f7941e2b16e642034c049b6de5947179a31d59ce76a",
    "simapro-csv": "sha256:c07c8b1e54175ef14f8cb3cc1f204b063e33cd1ea3c2b8bd0973511af5d38fa1",
    "tanbiao-workbook": "sha256:a684ca1ea5a3a03c344038e37dafd4cb1c81386a6c86bb575631783bc666270d",
    "tanbiao-tables": "sha256:4efb61b363b2c6304c4abdfb1c2d2693338c3a306c81c23c5d40e364be8cbbe1",
    "mapped-csv": "sha256:0cc54179b3410e49a0e399357263f90a8426fb585a7b5d6dce8a8753be2595cb",
}
"""Format → hash of the dataset: SHA-256 of its canonical JSON."""
ROOT: Final = "sha256:144b844c5d5c486eb51e4e11ad6f88adfc61f0189c5d857fb0d5e7e44c38a8c9"


def archive(form: str, number: int) -> bytes:
    """Return the files of a format as one zip, the same each time; the process has an id of its own in each format."""
    own = f"{MAKING[:-2]}{number:02}"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, data in FILES[form].items():
            for encoding in ("ascii", "utf-16-le"):
                for spelled in (str.lower, str.upper):
                    data = data.replace(spelled(MAKING).encode(encoding), spelled(own).encode(encoding))
            packed.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data)
    return out.getvalue()


def test_the_whole_chain_gives_the_hashes_that_are_pinned_here(world: World) -> None:
    way = Way(world)
    hashes: dict[str, str] = {}
    # A release names the owner of each database; the names of made-up organisations count on from test to test.
    Organisation.objects.filter(id=world.authority.id).update(name_zh="演示主管部门", name_en="Demo authority")
    way.authority = world.actor(Organisation.objects.get(id=world.authority.id), Role.AUTHORITY_OFFICER)
    with clock.at(NOON):
        way.found()
        for number, form in enumerate(FILES):
            record = datasets.bring(way.provider, filename=f"{form}.zip", data=archive(form, number))
            done = handlers.carry_through(record.id)
            assert (done.state, done.format, done.counts["stored"]) == ("done", form, 1), done.findings
            version = DatasetVersion.objects.get(source=record)
            hashes[form] = version.content_hash
            way.entry_id = commands.open_dataset(way.provider, database=way.key, version_id=version.id).id
            way.describe()
            way.onward("published")
        asked = commands.ask_release(way.secretariat, name="chain-1", version="1", databases=[way.key])
        made = carry_through(asked.id)
    assert made.state == "built", made.findings
    release = find_release("chain-1", data_dir=settings.TANBIAO_DATA)
    assert hashes == PINNED
    assert len(list(release)) == len(FILES)
    assert release.hash == ROOT
