"""The writers of factors: installing a release."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from django.conf import settings

from tanbiao.core.canonical import decimal12
from tanbiao.core.dataset import Dataset
from tanbiao.core.dataset.classifications import search_words
from tanbiao.core.dataset.code_tables import key_of
from tanbiao.core.lca.release import Release as ReleaseFile
from tanbiao.core.lca.release_databases import LEVELS, Level
from tanbiao.core.lca.release_find import find_release
from tanbiao.core.lca.release_gaps import levels_of
from tanbiao.web import clock, search
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.commanding import Conflict, command
from tanbiao.web.factors import audiences
from tanbiao.web.factors.models import DatasetCode, DatasetEntry, Release
from tanbiao.web.ledger import commands as ledger

DEFAULT_SET = "AR6"
"""The GWP set in which the browser shows figures; the drawer shows the others beside it."""


@command("factors.install_release")
def install_release(actor: Actor, *, name: str, only_for: Sequence[str] = (), basis: str = "") -> Release:
    """Install a release so that studies may pin it: check the whole file, index its datasets, log its hash.

    Installing what is installed changes nothing, nor whom it is for.

    Parameters
    ----------
    only_for
        Organisations by id or unified social credit code that alone may read it; none: everybody.
    basis
        By what right they use datasets that may not be passed on.

    Raises
    ------
    Conflict
        ``release_differs``: another file of this name is installed; a release never changes, give it a new name.
        ``release_not_public``, ``audience_too_wide``: the data do not have this audience.
    Invalid
        ``audience_organisation_unknown``, ``audience_too_many``, ``audience_basis_missing``
    TanbiaoError
        What :func:`find_release` refuses: no such file, a hash that differs.
    """
    file = find_release(name, data_dir=settings.TANBIAO_DATA)
    present = Release.objects.filter(name=file.name).first()
    if present is not None:
        if present.hash != file.hash:
            raise Conflict.of("release_differs", name, installed=present.hash, offered=file.hash)
        return present
    file.verify_all()
    audience = audiences.Audience(audiences.named(only_for), basis)
    audiences.check(file.name, file, audience)
    datasets = [file.get(dataset_id) for dataset_id in file.ids()]
    row = Release(
        name=file.name,
        hash=file.hash,
        standing=file.standing,
        statement_zh=file.statement["zh"],
        statement_en=file.statement["en"],
        datasets=len(datasets),
        installed_at=clock.now(),
        has_codes=True,
        is_public=audience.is_public,
    )
    if not row.is_public:
        row.search_kind = f"dataset/{row.id.hex[:24]}"
    row.save()
    if not row.is_public:
        audiences.keep(actor, row, audience)
    levels = levels_of(file)
    entries = DatasetEntry.objects.bulk_create([_entry(row, file, item, levels) for item in datasets], batch_size=400)
    search.index_many(
        row.search_kind,
        ((str(entry.pk), _words(entry, item)) for entry, item in zip(entries, datasets, strict=True)),
    )
    _keep_codes(zip(entries, datasets, strict=True))
    said = {"release": row.name, "hash": row.hash}
    if row.is_public:
        ledger.record(actor, type="release_published", subject=str(row.id), event=said, public=said)
    else:
        ledger.record(actor, type="dataset_event", subject=str(row.id), event={"type": "release.installed", **said})
    ledger.emit("release.installed", {"release": row.name})
    return row


@command("factors.index_codes")
def index_codes(actor: Actor) -> int:  # noqa: ARG001 (the system, by permission)
    """Keep the codes of datasets of releases that were installed before codes were kept; return how many releases."""
    late = list(Release.objects.select_for_update().filter(has_codes=False))
    for row in late:
        file = find_release(row.name, data_dir=settings.TANBIAO_DATA)
        entries = list(row.entries.all())
        _keep_codes((entry, file.get(entry.dataset_id)) for entry in entries)
        row.has_codes = True
        row.save(update_fields=["has_codes"])
    return len(late)


def _keep_codes(datasets: Iterable[tuple[DatasetEntry, Dataset]]) -> None:
    made = []
    for entry, item in datasets:
        keys = dict.fromkeys(key_of(one.scheme, one.code) for one in item.classifications)
        made += [DatasetCode(entry=entry, scheme=scheme, code=code) for scheme, code in keys]
    DatasetCode.objects.bulk_create(made, batch_size=400)


def _rank(dataset: Dataset, levels: Mapping[str, Level]) -> int:
    level = LEVELS.index(levels.get(dataset.id, LEVELS[-1]))
    return 2 * level + (0 if dataset.is_chinese else 1)


def _entry(row: Release, file: ReleaseFile, dataset: Dataset, levels: Mapping[str, Level]) -> DatasetEntry:
    zh = dataset.name.best("zh") or dataset.id
    intensity = file.intensity(dataset.id, DEFAULT_SET)
    return DatasetEntry(
        release=row,
        dataset_id=dataset.id,
        name_zh=zh[:400],
        name_en=(dataset.name.best("en") or dataset.id)[:400],
        machine_made_zh=dataset.name_machine_made.get("zh", False),
        kind=dataset.kind.value,
        boundary=dataset.boundary[:80],
        category=" / ".join(dataset.categories)[:200],
        geography=dataset.geography[:40],
        year=dataset.time.year,
        unit=dataset.reference.unit[:60],
        value=decimal12(intensity.total),
        gwp=intensity.gwp_basis,
        quality="" if dataset.quality.overall is None else decimal12(dataset.quality.overall),
        uncertainty=dataset.uncertainty_basis,
        source=dataset.source.title[:300],
        licence=dataset.licence[:300],
        version=dataset.version[:40],
        sort_key=unicodedata.normalize("NFKC", zh).casefold()[:420],
        rank=_rank(dataset, levels),
    )


def _words(entry: DatasetEntry, item: Dataset) -> str:
    codes = search_words(item.classifications)
    return f"{entry.name_zh} {entry.name_en} {item.keywords_zh} {entry.category} {codes} {entry.dataset_id}".strip()
