"""``tanbiao verify``: certificate PDF, credential, label payload, status receipt or bundle → verdict with each step."""

from __future__ import annotations

import argparse
import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tanbiao.cli.console import Console
from tanbiao.cli.offline.evidence_sources import Sources, lists_of, policy_file, read_file
from tanbiao.core.findings import Lang, TanbiaoError
from tanbiao.evidence import archive, bundles, credentials, jws, label_payload, receipts
from tanbiao.evidence.bundles import Bundle
from tanbiao.evidence.certified import AnyClaims
from tanbiao.evidence.claim_certificates import KindClaims
from tanbiao.evidence.encoding import parse_utc
from tanbiao.evidence.verdict import Step, Verdict, conclude

MAX_FILE = 64 * 1024 * 1024
_MARKS = {True: "✓", False: "✗", None: "–"}
_SHOWN = ("number", "value", "unit", "declared_unit", "boundary", "valid_from", "valid_until", "gwp_set")


@dataclass(frozen=True, slots=True)
class Given:
    """What was handed over: its kind, the text to verify, and the bundle it came in, if it did."""

    kind: str
    text: str
    bundle: Bundle | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "file",
        metavar="FILE",
        help="证书 PDF、凭证、标识网址、状态回执或证据包 / certificate PDF, credential, label address, receipt, bundle",
    )
    parser.add_argument(
        "--offline", action="store_true", help="不联网：只用文件和缓存 / use only the file and cached lists"
    )
    parser.add_argument("--trust", metavar="FILE|URL", help="信任名单或平台地址 / trust list, or a platform's address")
    parser.add_argument(
        "--witnesses", metavar="FILE", help="自己认可的见证方名单 / the witnesses whose co-signatures are asked for"
    )
    parser.add_argument("--value", metavar="V", help="标识上印的数值 / the figure printed on the pack")
    parser.add_argument("--label", metavar="ADDRESS", help="标识二维码中的网址 / the address in the label's code")
    parser.add_argument("--at", metavar="TIME", help="按此时刻判断 / judge by this moment (2026-11-21T03:00:00Z)")


def moment_of(text: str | None) -> datetime:
    """Return the moment to judge by: the one asked for, else now.

    Raises
    ------
    TanbiaoError
        ``time_malformed``.
    """
    if text is None:
        return datetime.now(UTC)
    try:
        return parse_utc(text)
    except ValueError as error:
        raise TanbiaoError.of("time_malformed", "--at", value=text) from error


def run(args: argparse.Namespace, out: Console) -> int:
    """Verify what was handed over; 0 when it is valid (a doubt about its status included), 1 when not or unknown."""
    given = take(args.file)
    policy = policy_file(args.witnesses) if args.witnesses else None
    sources = Sources(offline=args.offline, trust=args.trust, witnesses=policy)
    now = moment_of(args.at)
    if given.kind == "receipt":
        sources.demo = _receipt_is_demo(given.text)
        verdict = receipts.verify(given.text, sources, now=now)
    elif given.kind == "label":
        sources.demo = _label_is_demo(given.text)
        verdict = label_payload.verify(given.text, sources, now=now, value=args.value)
    else:
        verdict = verify_credential(given, sources, now=now, value=args.value, label=args.label)
    rows = {} if given.bundle is None or given.bundle.kind != "disclosed" else _shown_rows(given.bundle, verdict)
    shown = {"rows": rows} if rows else {}
    out.document({"kind": given.kind, **verdict.as_json(out.lang), "certificate": _summary(verdict.claims), **shown})
    _tell(verdict, out)
    for path, value in rows.items():
        out.line(f"  {path}  {json.dumps(value, ensure_ascii=False)}")
    return 0 if verdict.verdict in ("valid", "valid_but") else 1


def take(name: str) -> Given:
    """Find out what was handed over: a file by its content, else a text given in place of one.

    Raises
    ------
    TanbiaoError
        ``evidence_file_missing``, ``evidence_file_too_large``, ``evidence_file_unreadable``,
        ``pdf_without_credential``, and for a bundle what :func:`tanbiao.evidence.bundles.open_bundle` raises.
    """
    data = read_file(name, MAX_FILE) if len(name) < 4096 else None
    if data is None:
        if "~" not in name and not name.startswith(("eyJ", "{")):
            raise TanbiaoError.of("evidence_file_missing", name[:200])
        data = name.encode("utf-8")
    if archive.is_archive(data):
        bundle = bundles.open_bundle(data)
        return Given("bundle", bundle.credential or "", bundle)
    if data.startswith(b"%PDF"):
        return Given("pdf", credential_of_pdf(data))
    if receipts.is_receipt(data):
        return Given("receipt", data.decode("utf-8", "replace"))
    text = data.decode("utf-8", "replace").strip()
    return Given("label" if _is_label(text) else "credential", text)


def _is_label(text: str) -> bool:
    return len(text) < 1000 and "~" in text and (text.startswith(("1~", "http://", "https://")))


def _label_is_demo(text: str) -> bool:
    try:
        return label_payload.decode(text).demo
    except TanbiaoError:
        return False


def _receipt_is_demo(text: str) -> bool:
    try:
        return bool(receipts.Receipt.parse(text).body["demonstration"])
    except TanbiaoError:
        return False


def credential_of_pdf(data: bytes) -> str:
    """Return the credential that a certificate PDF carries as an attachment.

    Raises
    ------
    TanbiaoError
        ``pdf_unreadable``; ``pdf_without_credential``.
    """
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        attachments = PdfReader(io.BytesIO(data)).attachments
        contents = [content for name in attachments for content in attachments[name]]
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError) as error:
        raise TanbiaoError.of("pdf_unreadable", reason=str(error)[:100]) from error
    for content in contents:
        text = bytes(content).decode("utf-8", "replace").strip()
        if text.startswith("eyJ") and text.count(".") == 2:
            return text
    raise TanbiaoError.of("pdf_without_credential")


def _claims_of(text: str) -> AnyClaims | None:
    try:
        return credentials.parse(text)
    except TanbiaoError:
        return None


def verify_credential(
    given: Given, sources: Sources, *, now: datetime, value: str | None = None, label: str | None = None
) -> Verdict:
    """Verify a credential from wherever it came, with what its bundle carries along."""
    claims = _claims_of(given.text) if len(given.text) <= jws.MAX_LENGTH else None
    sources.demo = claims is not None and claims.demo
    log, twin = None, None
    if given.bundle is not None and claims is not None:
        urls = {
            "status/suspension.jwt": claims.status.suspension_list,
            "status/revocation.jwt": claims.status.revocation_list,
        }
        sources.documents = lists_of(given.bundle.files, urls)
        log, twin = bundles.log_of(given.bundle), given.bundle.twin
    verdict = credentials.verify(given.text, sources, now=now, value=value, label=label, log=log, twin=twin)
    return verdict if given.bundle is None else _with_bundle(verdict, given.bundle)


def _with_bundle(verdict: Verdict, bundle: Bundle) -> Verdict:
    """Add the step that bundle and certificate belong together."""
    if verdict.claims is None:
        return verdict
    try:
        bundles.check_credential(bundle, verdict.claims)
        step = Step("bundle", True, "check_credential_ok")
    except TanbiaoError as error:
        step = Step("bundle", False, error.code, error.findings[0].params)
    steps = (*verdict.steps, step)
    return conclude(steps, demo=verdict.demo, status_as_of=verdict.status_as_of, claims=verdict.claims)


def _shown_rows(bundle: Bundle, verdict: Verdict) -> dict[str, Any]:
    """Return the rows that a bundle shows, each proved; none where statement and certificate don't belong together."""
    proved = any(step.id == "bundle" and step.ok for step in verdict.steps)
    return bundles.disclosed_of(bundle) if proved and verdict.verdict != "invalid" else {}


def _summary(claims: AnyClaims | None) -> dict[str, Any] | None:
    if claims is None:
        return None
    if isinstance(claims, KindClaims):
        return {
            "kind": {"form": claims.form, "id": claims.certification, "zh": claims.kind_zh, "en": claims.kind_en},
            "number": claims.number,
            "product": {"zh": claims.product_zh, "en": claims.product_en},
            "holder": claims.holder.name,
            "body": claims.body.name,
            "valid_from": claims.valid_from,
            "valid_until": claims.valid_until,
            "says": {"zh": claims.says_zh, "en": claims.says_en},
            "statement": dict(claims.statement),
            "query_url": claims.query_url,
        }
    plain = {name: getattr(claims, name) for name in _SHOWN}
    return {
        **plain,
        "product": {"zh": claims.product_zh, "en": claims.product_en},
        "holder": claims.holder.name,
        "body": claims.body.name,
        "models": list(claims.models),
        "query_url": claims.query_url,
    }


def _kind(claims: KindClaims, lang: Lang) -> str:
    """Return what kind of certificate it is: it has no figure to show."""
    return claims.kind_zh if lang == "zh" else claims.kind_en


def _tell(verdict: Verdict, out: Console) -> None:
    """Write the verdict for a person: the headline first, then what is certified, then each step."""
    out.line(verdict.headline(out.lang))
    claims = verdict.claims
    if claims is not None and verdict.step("signature").ok:
        name = claims.product_zh if out.lang == "zh" else claims.product_en or claims.product_zh
        what = _kind(claims, out.lang) if isinstance(claims, KindClaims) else f"{claims.value} {claims.unit}"
        out.line(f"{claims.number}  {name}  {what}  {claims.valid_from} – {claims.valid_until}")
    for step in verdict.steps:
        out.line(f"  {_MARKS[step.ok]} {step.message(out.lang)}")
