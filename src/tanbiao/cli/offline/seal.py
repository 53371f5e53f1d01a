"""``tanbiao seal key|for|open|rows|photo``: encrypt a sealed bundle for named readers, open one, show some of its rows.

``photo`` puts the sealed parts back into a photo of an audit, so that it is the file again that was taken.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tanbiao.cli.console import Console
from tanbiao.cli.offline.evidence_sources import read_file
from tanbiao.cli.offline.verify import MAX_FILE
from tanbiao.core.canonical import canonical_bytes, hash_bytes
from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import bundles, sealing
from tanbiao.evidence.bundles import Enclosures
from tanbiao.formats import photo_metadata


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions and their arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="key|for|open|rows|photo")
    making = actions.add_parser("key", help="生成阅读者的密钥 / make a reader's key; the public half is printed")
    sealing_for = actions.add_parser("for", help="为指定阅读者加密 / encrypt a bundle for named readers")
    opening = actions.add_parser("open", help="用私钥打开 / open a sealed file with one's private key")
    showing = actions.add_parser("rows", help="只出示其中几行 / show some rows, provably certified")
    restoring = actions.add_parser("photo", help="把封存的拍摄信息放回照片 / put a photo's sealed parts back into it")
    for one in (making, sealing_for, opening, showing, restoring):
        one.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="JSON")
        one.add_argument("--lang", choices=("zh", "en"), default=argparse.SUPPRESS, help="zh | en")
    making.add_argument(
        "file", type=Path, metavar="FILE", help="私钥文件，须为新文件 / the private key's file, a new one"
    )
    for one in (sealing_for, showing):
        one.add_argument("bundle", metavar="BUNDLE", help="密封包（zip）/ the sealed bundle (zip)")
    sealing_for.add_argument(
        "--to", action="append", required=True, metavar="KEY", help="阅读者公钥，文件或 JSON / a reader's public key"
    )
    opening.add_argument("file", metavar="FILE", help="加密的密封包 / the encrypted bundle")
    opening.add_argument("--key", required=True, metavar="FILE", help="自己的私钥 / one's private key")
    showing.add_argument("--key", metavar="FILE", help="包已加密时的私钥 / one's private key, if it is encrypted")
    showing.add_argument("--list", action="store_true", help="列出可出示的行 / list the rows there are")
    showing.add_argument(
        "--row", action="append", default=[], metavar="POINTER", help="如 /study/flows/3 / such as /study/flows/3"
    )
    restoring.add_argument("photo", metavar="PHOTO", help="作为证据保存的照片 / the photo that is kept as evidence")
    restoring.add_argument("--parts", required=True, metavar="FILE", help="封存的部分 / its sealed parts")
    restoring.add_argument("--key", required=True, metavar="FILE", help="自己的私钥 / one's private key")
    restoring.add_argument(
        "--taken", metavar="HASH", help="拍摄时的 SHA-256，不符则拒绝 / the hash it was taken with; another is refused"
    )
    for one in (sealing_for, opening, showing, restoring):
        one.add_argument("-o", "--output", type=Path, metavar="FILE", help="写入的文件 / the file to write")


def run(args: argparse.Namespace, out: Console) -> int:
    """Do the action.

    Raises
    ------
    TanbiaoError
        What :mod:`tanbiao.evidence.sealing`, :mod:`tanbiao.evidence.bundles` and
        :mod:`tanbiao.formats.photo_metadata` raise; ``evidence_file_missing``; ``output_missing``;
        ``photo_taken_differs``.
    """
    if args.action == "key":
        private, public = sealing.new_key()
        sealing.write_key(args.file, private)
        out.document({"public": public})
        out.text("公钥，请交给加密的一方：", "The public key, for whoever encrypts for you:")
        out.line(canonical_bytes(public).decode())
        return 0
    if args.action == "photo":
        return _photo(args, out)
    if args.action == "for":
        data = _read(args.bundle)
        bundles.open_bundle(data)
        readers = [sealing.read_key(read_file(name, 4096) or name.encode()) for name in args.to]
        return _write(args, out, sealing.seal(data, readers))
    data = opened(_read(args.file if args.action == "open" else args.bundle), args.key)
    if args.action == "open":
        return _write(args, out, data)
    return _rows(args, out, data)


def opened(data: bytes, key: str | None) -> bytes:
    """Return a bundle's bytes, decrypted with the key in a file where they are encrypted.

    Raises
    ------
    TanbiaoError
        ``sealed_needs_key`` and what :func:`tanbiao.evidence.sealing.unseal` raises.
    """
    if not sealing.is_sealed(data):
        return data
    if key is None:
        raise TanbiaoError.of("sealed_needs_key")
    return sealing.unseal(data, sealing.read_key(_read(key), private=True))


def _rows(args: argparse.Namespace, out: Console, data: bytes) -> int:
    bundle = bundles.open_bundle(data)
    package, master = bundles.package_of(bundle), bundles.master_of(bundle)
    if args.list:
        from tanbiao.evidence.commitments import rows_of

        paths = [path for path, _ in rows_of(package)]
        out.document({"rows": paths})
        for path in paths:
            out.line(path)
        return 0
    enclosed = bundles.enclosures_of(bundle)
    made = bundles.disclosed(
        package, master, bundle.files["statement.json"], args.row, bundle.credential, enclosed or Enclosures()
    )
    return _write(args, out, made)


def _photo(args: argparse.Namespace, out: Console) -> int:
    """Write the photo as it was taken; nothing is written where the parts are not of this photo."""
    parts = photo_metadata.parts_from_json(opened(_read(args.parts), args.key))
    whole = photo_metadata.restored(_read(args.photo), parts)
    found = hash_bytes(whole)
    if args.taken and args.taken.strip() != found:
        raise TanbiaoError.of("photo_taken_differs", args.photo[:200], found=found)
    code = _write(args, out, whole, hash=found)
    out.text(f"SHA-256：{found}", f"SHA-256: {found}")
    return code


def _read(name: str) -> bytes:
    data = read_file(name, sealing.MAX_SEALED if Path(name).suffix == ".json" else MAX_FILE * 2)
    if data is None:
        raise TanbiaoError.of("evidence_file_missing", name[:200])
    return data


def _write(args: argparse.Namespace, out: Console, data: bytes, **more: str) -> int:
    if args.output is None:
        raise TanbiaoError.of("output_missing")
    args.output.write_bytes(data)
    out.document({"written": str(args.output), "bytes": len(data), **more})
    out.text(f"已写入 {args.output}（{len(data)} 字节）", f"Wrote {args.output} ({len(data)} bytes)")
    return 0
