"""``tanbiao reproduce``: a certified figure again from its sealed bundle; a public bundle's commitments and totals."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tanbiao.cli.console import Console
from tanbiao.cli.offline.evidence_sources import Sources, lists_of, read_file
from tanbiao.cli.offline.seal import opened
from tanbiao.cli.offline.verify import MAX_FILE, moment_of
from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import bundles, credentials
from tanbiao.evidence.reproduce import Reproduction, reproduce

if TYPE_CHECKING:
    from tanbiao.core.lca.release import Release

_MARKS = {True: "✓", False: "✗", None: "–"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("bundle", metavar="BUNDLE", help="密封包或公开包 / sealed or public bundle (zip)")
    parser.add_argument("--key", metavar="FILE", help="包已加密时自己的私钥 / one's private key, if it is encrypted")
    parser.add_argument("--offline", action="store_true", help="不联网 / use only the file and cached lists")
    parser.add_argument("--trust", metavar="FILE|URL", help="信任名单或平台地址 / trust list, or a platform's address")
    parser.add_argument("--at", metavar="TIME", help="按此时刻判断证书 / judge the certificate by this moment")
    parser.add_argument(
        "--deep",
        action="store_true",
        help="并与因子发布版逐一比对所用数据集，重新求解发布版，允差 1e-9 / also compare each dataset used with the "
        "release itself and solve that release again, within 1e-9",
    )
    parser.add_argument(
        "--release", metavar="R", help="发布版：--deep，或包中缺少不许转交的数据集时 / the release (path or name)"
    )


def run(args: argparse.Namespace, out: Console) -> int:
    """Reproduce; 0 when everything that could be checked agrees, 1 when something does not."""
    data = read_file(args.bundle, 2 * MAX_FILE)
    if data is None:
        raise TanbiaoError.of("evidence_file_missing", args.bundle)
    data = opened(data, args.key)
    sources = Sources(offline=args.offline, trust=args.trust)
    _prepare(sources, data)
    deep = deep_check(args.release) if args.deep else None
    held = _release_for(args.release)
    found = reproduce(data, sources, now=moment_of(args.at), deep=deep, release=held)
    out.document(found.as_json(out.lang))
    _tell(found, out)
    return 0 if found.identical else 1


def _prepare(sources: Sources, data: bytes) -> None:
    """Let the sources know what the bundle carries, and whether it is one of a demonstration."""
    bundle = bundles.open_bundle(data)
    try:
        claims = credentials.parse(bundle.credential or "")
    except TanbiaoError:
        return
    sources.demo = claims.demo
    urls = {
        "status/suspension.jwt": claims.status.suspension_list,
        "status/revocation.jwt": claims.status.revocation_list,
    }
    sources.documents = lists_of(bundle.files, urls)


def _release_for(release_name: str | None) -> Callable[[Mapping[str, Any]], Release | None]:
    """Return how to find the release of a package; only asked for where the package lacks a dataset."""

    def find(package: Mapping[str, Any]) -> Release | None:
        from tanbiao.core.lca.release_find import find_release
        from tanbiao.core.study.package import withheld

        if not withheld(package):
            return None
        try:
            return find_release(release_name or str(package["release"]["name"]))
        except TanbiaoError:
            if release_name is not None:
                raise
            return None  # the replay then says which dataset is missing and what to get

    return find


def deep_check(release_name: str | None) -> Callable[[Mapping[str, Any]], Mapping[str, int]]:
    """Return the check that compares a package's datasets with the release itself.

    For every dataset of the package the release's own block is read by its hash and its intensity is derived again
    under the package's gas set; both must be those of the package. Then the release is solved again from its blocks
    alone and compared with what it holds, within 1e-9.
    """

    def check(package: Mapping[str, Any]) -> Mapping[str, int]:
        from tanbiao.core.lca.release_deep import resolve
        from tanbiao.core.lca.release_find import find_release
        from tanbiao.core.study.package import packed_release

        pinned = package["release"]
        release = find_release(release_name or str(pinned["name"]))
        if release.hash != pinned["hash"]:
            raise TanbiaoError.of("release_not_the_one", str(pinned["name"]), name=release.name)
        packed = packed_release(package, release)
        gwp_set = str(package["result"]["versions"]["gwp"]["set"])
        for identifier in sorted(packed.datasets):
            same_block = release.get(identifier).canonical() == packed.get(identifier).canonical()
            if not same_block or release.intensity(identifier, gwp_set) != packed.intensity(identifier, gwp_set):
                raise TanbiaoError.of("release_dataset_differs", identifier, dataset=identifier)
        again = resolve(release)
        return {"count": len(packed.datasets), "solved": again.solved, "samples": again.samples}

    return check


def _tell(found: Reproduction, out: Console) -> None:
    """Write the answer for a person: the two figures, then each check, then the certificate's own verdict."""
    if found.recomputed is not None:
        zh, en = ("一致", "identical") if found.identical else ("不一致", "not identical")
        out.text(
            f"声明 {found.declared}，重算 {found.recomputed}：{zh}",
            f"declared {found.declared}, recomputed {found.recomputed}: {en}",
        )
    else:
        zh, en = ("各项核对通过", "every check passed") if found.identical else ("核对未通过", "a check failed")
        out.text(f"声明 {found.declared}：{zh}（未重算）", f"declared {found.declared}: {en} (nothing recomputed)")
    for check in found.checks:
        out.line(f"  {_MARKS[check.ok]} {check.as_json(out.lang)['message']}")
    if found.verdict is not None:
        out.text(f"证书：{found.verdict.headline('zh')}", f"Certificate: {found.verdict.headline('en')}")
