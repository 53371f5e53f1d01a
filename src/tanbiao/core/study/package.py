"""The calculation package: everything a figure rests on, under one root hash, and its replay from itself alone.

Submitting a study freezes a package: the canonical study, the blocks of the datasets it uses with their proofs under
the release's hash, the rule, engine version, seed, samples and the result. :func:`replay` calculates again from nothing
but the package; every later decision cites its root.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tanbiao.core.canonical import content_hash
from tanbiao.core.dataset.model import Dataset, Intensity, parse_dataset
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.study.background import Background, FuelPair
from tanbiao.core.study.calculation import METHOD, calculate
from tanbiao.core.study.model import Study
from tanbiao.core.study.result import Result

if TYPE_CHECKING:
    from tanbiao.core.rules.model import Rule

FORMAT = "package/1"


@dataclass(frozen=True)
class _Pair:
    combustion: Dataset
    upstream: Dataset | None
    findings: Sequence[Finding]


@dataclass
class _Recorder:
    """Passes every question on to the release and keeps the answers."""

    release: Background
    datasets: dict[str, Dataset] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    grids: dict[str, Any] = field(default_factory=dict)
    fuels: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.release.name

    @property
    def hash(self) -> str:
        return self.release.hash

    def _keep(self, dataset: Dataset) -> Dataset:
        self.datasets[dataset.id] = dataset
        return dataset

    def get(self, dataset_id: str, /) -> Dataset:
        found = self._keep(self.release.get(dataset_id))
        if found.id != dataset_id:
            self.aliases[dataset_id] = found.id
        return found

    def intensity(self, dataset_id: str, gwp_set: str, /) -> Intensity:
        return self.release.intensity(dataset_id, gwp_set)

    def grid_electricity(self, region: str, year: int, /) -> tuple[Dataset, Sequence[Finding]]:
        dataset, found = self.release.grid_electricity(region, year)
        self._keep(dataset)
        self.grids[f"{region}/{year}"] = {"dataset": dataset.id, "findings": [_finding_json(item) for item in found]}
        return dataset, found

    def fuel(self, fuel_id: str, /) -> FuelPair:
        pair = self.release.fuel(fuel_id)
        self._keep(pair.combustion)
        if pair.upstream is not None:
            self._keep(pair.upstream)
        self.fuels[fuel_id] = {
            "combustion": pair.combustion.id,
            "upstream": None if pair.upstream is None else pair.upstream.id,
            "findings": [_finding_json(item) for item in pair.findings],
        }
        return pair

    def proof(self, dataset_id: str, /) -> Any:
        return self.release.proof(dataset_id)


@dataclass(frozen=True)
class PackedRelease:
    """The part of a release that a package carries; answers like the release did, and nothing more."""

    name: str
    hash: str
    datasets: Mapping[str, Dataset]
    aliases: Mapping[str, str]
    grids: Mapping[str, Any]
    fuels: Mapping[str, Any]
    proofs: Mapping[str, Any]

    def get(self, dataset_id: str, /) -> Dataset:
        """Return a carried dataset.

        Raises
        ------
        TanbiaoError
            ``package_incomplete``.
        """
        found = self.datasets.get(self.aliases.get(dataset_id, dataset_id))
        if found is None:
            raise TanbiaoError.of("package_incomplete", dataset_id, part=dataset_id)
        return found

    def intensity(self, dataset_id: str, gwp_set: str, /) -> Intensity:
        """Return a carried dataset's intensity."""
        return self.get(dataset_id).intensity(gwp_set)

    def grid_electricity(self, region: str, year: int, /) -> tuple[Dataset, Sequence[Finding]]:
        """Return what the release answered for this region and year."""
        kept = self.grids.get(f"{region}/{year}")
        if kept is None:
            raise TanbiaoError.of("package_incomplete", f"{region}/{year}", part=f"{region}/{year}")
        return self.get(kept["dataset"]), [_finding(item) for item in kept["findings"]]

    def fuel(self, fuel_id: str, /) -> FuelPair:
        """Return what the release answered for this fuel."""
        kept = self.fuels.get(fuel_id)
        if kept is None:
            raise TanbiaoError.of("package_incomplete", fuel_id, part=fuel_id)
        upstream = None if kept["upstream"] is None else self.get(kept["upstream"])
        return _Pair(self.get(kept["combustion"]), upstream, [_finding(item) for item in kept["findings"]])

    def proof(self, dataset_id: str, /) -> Any:
        """Return the carried proof."""
        return self.proofs.get(dataset_id)


def _finding_json(item: Finding) -> dict[str, Any]:
    return {"code": item.code, "severity": item.severity.value, "where": item.where, "params": dict(item.params)}


def _finding(body: Mapping[str, Any]) -> Finding:
    return finding(str(body["code"]), Severity(body["severity"]), str(body["where"]), **body["params"])


def seal(study: Study, release: Background, rule: Rule | None, result: Result) -> dict[str, Any]:
    """Return the calculation package of a result as JSON values.

    The study is calculated once more while every answer of the release is recorded; the package is refused unless
    that gives the same result.

    Raises
    ------
    TanbiaoError
        ``package_result_differs``: the result is not of this study, release, rule, seed and samples.
    """
    versions = result.document["versions"]
    recorder = _Recorder(release)
    again = calculate(study, recorder, rule, samples=versions["samples"], seed=versions["seed"])
    if again.hash != result.hash:
        raise TanbiaoError.of("package_result_differs", "result", declared=result.hash, recomputed=again.hash)
    datasets = [
        {"block": item.document(), "proof": release.proof(key)} for key, item in sorted(recorder.datasets.items())
    ]
    body = {
        "tanbiao": FORMAT,
        "study": study.canonical(),
        "release": {"name": release.name, "hash": release.hash},
        "datasets": datasets,
        "answers": {
            "aliases": dict(sorted(recorder.aliases.items())),
            "grids": dict(sorted(recorder.grids.items())),
            "fuels": dict(sorted(recorder.fuels.items())),
        },
        "rule": None if rule is None else rule.canonical(),
        "engine": {"version": versions["engine"], "method": METHOD},
        "seed": versions["seed"],
        "samples": versions["samples"],
        "result": result.canonical(),
        "result_hash": result.hash,
    }
    return {**body, "root": content_hash(_committed(body))}


def _committed(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the root is the hash of: each part's own hash, so that a part can be shown without the others."""
    parts = ("study", "release", "datasets", "answers", "rule", "engine", "result")
    return {
        "tanbiao": FORMAT,
        **{part: content_hash(body[part]) for part in parts},
        "seed": body["seed"],
        "samples": body["samples"],
    }


def check_root(package: Mapping[str, Any]) -> str:
    """Return the package's root after recomputing it.

    Raises
    ------
    TanbiaoError
        ``package_malformed`` or ``package_root_wrong``.
    """
    try:
        root = content_hash(_committed(package))
    except KeyError as error:
        raise TanbiaoError.of("package_malformed", str(error.args[0]), part=str(error.args[0])) from error
    same_result = content_hash(package["result"]) == package.get("result_hash")
    if package.get("tanbiao") != FORMAT or root != package.get("root") or not same_result:
        raise TanbiaoError.of("package_root_wrong", "root", declared=str(package.get("root")), recomputed=root)
    return root


def packed_release(package: Mapping[str, Any]) -> PackedRelease:
    """Return the part of the release that the package carries, each block checked by its proof where it has one."""
    from tanbiao.core.lca.release import verify_block

    datasets, proofs = {}, {}
    for item in package["datasets"]:
        dataset = parse_dataset(item["block"])
        proof = item["proof"]
        if proof and proof.get("path") and not verify_block(dataset.canonical(), proof, package["release"]["hash"]):
            raise TanbiaoError.of("package_block_unproven", dataset.id, dataset=dataset.id)
        datasets[dataset.id], proofs[dataset.id] = dataset, proof
    answers = package["answers"]
    return PackedRelease(
        package["release"]["name"],
        package["release"]["hash"],
        datasets,
        answers["aliases"],
        answers["grids"],
        answers["fuels"],
        proofs,
    )


def replay(package: Mapping[str, Any]) -> Result:
    """Calculate again from the package alone.

    Raises
    ------
    TanbiaoError
        ``package_malformed``, ``package_root_wrong``, ``package_block_unproven``, ``package_incomplete``; and what a
        calculation raises. Whether the result equals the sealed one is the caller's comparison: :func:`identical`.
    """
    check_root(package)
    study, findings = Study.parse(package["study"])
    if study is None:
        raise TanbiaoError(*findings)
    rule = None
    if package["rule"] is not None:
        from tanbiao.core.rules.load import parse_rule

        rule = parse_rule(package["rule"])
    return calculate(study, packed_release(package), rule, samples=package["samples"], seed=package["seed"])


def identical(package: Mapping[str, Any], result: Result) -> bool:
    """Whether a replayed result has the canonical bytes of the sealed one (but for the engine's own version)."""
    return content_hash(_without_engine(package["result"])) == content_hash(_without_engine(result.canonical()))


def _without_engine(document: Mapping[str, Any]) -> dict[str, Any]:
    return {**document, "versions": {**document["versions"], "engine": None}}
