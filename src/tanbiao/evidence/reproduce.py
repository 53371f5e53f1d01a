"""Reproducing a certified figure from its bundle.

From a sealed bundle the package is calculated again and compared to the bit; from a public one the commitments, the
disclosed rows and what the credential says of them are checked, and nothing is recomputed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from tanbiao.core.findings import Finding, Lang, Severity, TanbiaoError, render
from tanbiao.evidence import bundles, commitments, credentials
from tanbiao.evidence.bundles import Bundle
from tanbiao.evidence.trust import Resolver
from tanbiao.evidence.verdict import Verdict

if TYPE_CHECKING:
    from tanbiao.core.study.background import Background

Package = Mapping[str, Any]
Deep = Callable[[Package], Mapping[str, int]]
Found = Callable[[Package], "Background | None"]

CheckId = Literal[
    "archive", "commitments", "disclosed", "credential", "twin", "package", "replay", "rows", "declared", "release"
]


@dataclass(frozen=True, slots=True)
class Check:
    """One check: ``ok`` True, False, or None where it could not be made with what is at hand."""

    id: CheckId
    ok: bool | None
    code: str
    params: Mapping[str, str | int | float]

    def as_json(self, lang: Lang) -> dict[str, Any]:
        """Return ``{id, ok, code, message}``."""
        told = render(Finding(self.code, Severity.INFO, "", self.params), lang)
        return {"id": self.id, "ok": self.ok, "code": self.code, "message": told["message"]}


@dataclass(frozen=True, slots=True)
class Reproduction:
    """What came out. Figures are decimal texts; ``recomputed`` is None for a public bundle."""

    kind: str
    declared: str | None
    recomputed: str | None
    identical: bool
    checks: tuple[Check, ...]
    verdict: Verdict | None

    def as_json(self, lang: Lang = "en") -> dict[str, Any]:
        """Return the document that ``tanbiao reproduce --json`` prints; figures become JSON numbers."""
        return {
            "kind": self.kind,
            "declared": _number(self.declared),
            "recomputed": _number(self.recomputed),
            "identical": self.identical,
            "steps": [check.as_json(lang) for check in self.checks],
            "certificate": None if self.verdict is None else self.verdict.as_json(lang),
        }


def _number(text: str | None) -> float | None:
    return None if text is None else float(text)


class _Checks:
    def __init__(self) -> None:
        self.done: list[Check] = []

    def run(self, id: CheckId, passed: str, action: Callable[[], Any]) -> Any:
        """Run one check; a TanbiaoError makes it fail with its own sentence. Return what the action returned."""
        try:
            found = action()
        except TanbiaoError as error:
            reason = error.findings[0]
            self.add(id, False, reason.code, **reason.params)
            return None
        self.add(id, True, passed)
        return found

    def add(self, id: CheckId, ok: bool | None, code: str, **params: str | int | float) -> None:
        self.done.append(Check(id, ok, code, params))


def reproduce(
    data: bytes,
    resolver: Resolver,
    *,
    now: datetime | None = None,
    deep: Deep | None = None,
    release: Found | None = None,
) -> Reproduction:
    """Check a bundle, and calculate a sealed one's figure again.

    Parameters
    ----------
    data
        The zip's bytes.
    resolver
        For the credential's verification; its verdict is reported and does not decide ``identical``.
    now
        The moment to judge the credential by.
    deep
        Given the package, compares its datasets with the release they were taken from, solves that release again and
        returns what was compared (``count``, ``solved``, ``samples``); raises TanbiaoError where something differs.
        None leaves the check out.
    release
        Given the package, returns the release for the datasets that their licence kept out of it, or None.

    Returns
    -------
    Reproduction
        ``identical``: every check that was made passed. With a sealed bundle: the replay gave the same bits, and the
        declared value is that figure rounded to its own last digit.

    Raises
    ------
    TanbiaoError
        The zip is no bundle (:func:`tanbiao.evidence.bundles.open_bundle`).
    """
    bundle = bundles.open_bundle(data)
    checks = _Checks()
    checks.add("archive", True, "check_archive_ok")
    shown = checks.run("disclosed", "check_disclosed_ok", lambda: bundles.disclosed_of(bundle)) or {}
    declared, verdict = _check_certificate(checks, bundle, resolver, now)
    recomputed = None
    if bundle.kind == "sealed":
        recomputed = _replay(checks, bundle, declared, release)
        if deep is not None:
            _compare_release(checks, bundle, deep)
    else:
        checks.add("replay", None, "check_replay_public")
    if declared is None and (shown.get(bundles.DECLARED) or bundles.TOTAL in shown):
        declared = str(shown.get(bundles.DECLARED) or shown[bundles.TOTAL])
    good = all(check.ok is not False for check in checks.done)
    return Reproduction(bundle.kind, declared, recomputed, good, tuple(checks.done), verdict)


def _check_certificate(
    checks: _Checks, bundle: Bundle, resolver: Resolver, now: datetime | None
) -> tuple[str | None, Verdict | None]:
    if bundle.credential is None:
        checks.add("credential", None, "check_credential_absent")
        return None, None
    verdict = credentials.verify(bundle.credential, resolver, now=now, log=bundles.log_of(bundle), twin=bundle.twin)
    claims = verdict.claims
    for step in verdict.steps:
        if step.id == "twin":
            checks.add("twin", step.ok, step.code, **step.params)
    if claims is None or verdict.step("signature").ok is False:
        checks.add("credential", False, "check_credential_bad")
        return None, verdict
    checks.run("credential", "check_credential_ok", lambda: bundles.check_credential(bundle, claims))
    return getattr(claims, "value", None), verdict


def _replay(checks: _Checks, bundle: Bundle, declared: str | None, release: Found | None) -> str | None:
    """Calculate again; return the recomputed total, None where it did not come that far."""
    package = checks.run("package", "check_package_ok", lambda: _own_package(bundle))
    if package is None:
        return None
    checks.run("commitments", "check_commitments_ok", lambda: _open_all(bundle, package))
    result = checks.run("replay", "check_replay_ok", lambda: _same_bits(package, release))
    if result is None:
        return None
    body = result.canonical()
    own = body["declared"] or {}
    exact = own.get("value", body["total"]["value"])
    if declared is not None:
        ok = bundles.is_declared(own.get("text"), exact, declared)
        checks.add(
            "declared", ok, "check_declared_ok" if ok else "check_declared_differs", declared=declared, exact=exact
        )
    return str(exact)


def _own_package(bundle: Bundle) -> dict[str, Any]:
    from tanbiao.core.study.package import check_root

    package = bundles.package_of(bundle)
    root = check_root(package)
    if root != bundle.statement.get("package"):
        raise TanbiaoError.of("bundle_package_other")
    return package


def _open_all(bundle: Bundle, package: Mapping[str, Any]) -> bool:
    made = commitments.commit(package, bundles.master_of(bundle), salt_length=bundle.salt_length)
    said = bundle.statement["commitments"]
    if made.root != said.get("root") or made.size != said.get("size"):
        raise TanbiaoError.of("bundle_commitments_differ")
    return True


def _same_bits(package: Mapping[str, Any], release: Found | None) -> Any:
    from tanbiao.core.study.package import identical, replay

    result = replay(package, None if release is None else release(package))
    if not identical(package, result):
        raise TanbiaoError.of(
            "check_replay_differs",
            declared=str(package["result"]["total"]["value"]),
            recomputed=str(result.canonical()["total"]["value"]),
        )
    return result


def _compare_release(checks: _Checks, bundle: Bundle, deep: Deep) -> None:
    try:
        found = deep(bundles.package_of(bundle))
    except TanbiaoError as error:
        reason = error.findings[0]
        checks.add("release", False, reason.code, **reason.params)
        return
    checks.add("release", True, "check_release_ok", **found)
