"""Builds a platform release from the versions it pins, by the same functions as ``tanbiao release build``."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, cast

from django.conf import settings

from tanbiao.core.findings import to_json
from tanbiao.core.lca.linking_record import all_links
from tanbiao.core.lca.release import Release
from tanbiao.core.lca.release_build import Samples, write_release
from tanbiao.core.lca.release_databases import Contribution
from tanbiao.core.lca.release_databases import Database as Described
from tanbiao.core.lca.release_find import SUFFIX, find_release
from tanbiao.formats.dataset_folder import Folder
from tanbiao.formats.release_gather import joined
from tanbiao.web import clock
from tanbiao.web.datasets import queries as datasets
from tanbiao.web.datasets.models import DatasetVersion
from tanbiao.web.governance import suppliers
from tanbiao.web.governance.commands.own import KEY
from tanbiao.web.governance.models import Database, GovernedDataset, PlatformRelease
from tanbiao.web.governance.pinning import Brought, Pinned, brought, pinned

CARRIED: Final = ("fuels", "electricity", "aliases")
"""Documents of the base release that studies need and databases do not bring."""


def build(row: PlatformRelease) -> tuple[Release, dict[str, Any], dict[str, list[str]]]:
    """Write the release file; return it, its report, and entry id → ids of the datasets it became.

    Raises
    ------
    TanbiaoError
        ``release_nothing_solvable``, ``release_id_twice``, and what linking and sampling refuse.
    """
    found = _own(row) if row.owner is not None else _published(row)
    contributions, ids = list(found.contributions), found.ids
    documents: dict[str, Any] = {}
    base = str(row.report.get("base") or "")
    if base:
        release = find_release(base, data_dir=settings.TANBIAO_DATA)
        about = Described(
            release.name, release.name, "", "each dataset's own", "each dataset's own", "public", "starter"
        )
        files = ((release.name, release.hash),)
        contributions.append(Contribution(about, tuple(release), files=files, links=all_links(release)))
        documents = {name: release.document(cast("Any", name)) for name in CARRIED}
    header = {
        "format": "tanbiao-release/1",
        "name": row.name,
        "version": row.version,
        "date": clock.today().isoformat(),
        "standing": row.standing,
        "statement": _statement(row),
    }
    gathered = joined(Folder(header, documents, [], [], gap_filling=row.gap_filling), contributions)
    place = Path(settings.TANBIAO_DATA) / "releases"
    place.mkdir(parents=True, exist_ok=True)
    count = int(row.report.get("samples") or 0)
    written = write_release(
        place / f"{row.name}{SUFFIX}",
        gathered.datasets,
        gathered.header,
        gathered.documents,
        samples=Samples(count) if count else None,
    )
    report = {key: gathered.header.get(key, {}) for key in ("readiness", "precedence", "databases")}
    standing = {item.id for item in gathered.datasets}
    report["derived"] = [to_json(one) for one in found.refused]
    gone = [one for made in ids.values() for one in made if one not in standing]
    # A version that can't be calculated becomes no dataset: it is named by its identifier, its reason by the readiness.
    refused = [pin["identifier"] for pin in row.pins if not ids.get(pin["entry"])]
    report["left_out"] = sorted([*gone, *refused])
    return written, report, {entry: [one for one in made if one in standing] for entry, made in ids.items()}


def _published(row: PlatformRelease) -> Brought:
    rows = GovernedDataset.objects.filter(id__in=[pin["entry"] for pin in row.pins]).order_by("identifier")
    databases = [Database.objects.select_related("owner").get(key=key) for key in row.databases]
    decided = {key: suppliers.read(said) for key, said in row.report.get("suppliers", {}).items()}
    return brought(databases, pinned(rows.select_related("database", "version__source")), decided)


def _own(row: PlatformRelease) -> Brought:
    """Return what an organisation's own datasets bring: as those of a database that is the owner's alone."""
    assert row.owner is not None
    wanted = DatasetVersion.objects.filter(owner=row.owner, id__in=[pin["entry"] for pin in row.pins])
    versions = list(wanted.select_related("source").order_by("dataset_id"))
    words = sorted({datasets.licence_words(one.source) for one in versions} - {""})
    source = Database(
        key=KEY,
        name_zh=f"{row.owner.name_zh}自有数据",
        name_en=f"Own data of {row.owner.name('en')}",
        owner=row.owner,
        level=str(row.report["level"]),
        access="owner",
        licence="; ".join([*words, row.basis]),
    )
    pins = [
        Pinned(str(one.id), one.name, KEY, one.dataset_id, one.content_hash, datasets.document(one)) for one in versions
    ]
    return brought([source], pins, {})


def _statement(row: PlatformRelease) -> dict[str, str]:
    if row.owner is not None:
        return {
            "zh": f"{row.owner.name_zh}的自有数据，未经评审，仅供本单位使用。",
            "en": f"Own data of {row.owner.name('en')}: not reviewed, for that organisation alone.",
        }
    names = ", ".join(row.databases)
    told = {
        "zh": f"由已发布数据集版本构建的平台发布版（数据库：{names}）。",
        "en": f"A release of this platform, built from published dataset versions (databases: {names}).",
    }
    if row.standing == "demonstration":
        return {"zh": f"演示 DEMO。{told['zh']}", "en": f"演示 DEMO. {told['en']}"}
    return told
