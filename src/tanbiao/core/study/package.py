"""The calculation package: everything a figure rests on, under one root hash, and its replay from itself alone.

Submitting a study freezes a package: the canonical study, the blocks of the datasets it uses with their proofs under
the release's hash, the rule, engine version, seed, samples and the result. :func:`replay` calculates again from nothing
but the package; every later decision cites its root.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tanbiao.core.canonical import content_hash
from tanbiao.core.dataset.model import Dataset, Intensity, parse_dataset
from tanbiao.core.findings import Finding, TanbiaoError, from_json, to_json
from tanbiao.core.merkle import leaf_hash
from tanbiao.core.study.background import Background, FuelPair
from tanbiao.core.study.calculation import METHOD, calculate
from tanbiao.core.study.model import Study
from tanbiao.core.study.result import Result

if TYPE_CHECKING:
    from tanbiao.core.rules.model import Rule

Singles = NDArray[np.float32]

FORMAT = "package/1"


@dataclass(frozen=True)
class _Pair:
    combustion: Dataset
    upstream: Dataset | None
    findings: Sequence[Finding]


@dataclass
class Recorder:
    """A background that passes every question on to a release and keeps the answers."""

    release: Background
    datasets: dict[str, Dataset] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    grids: dict[str, Any] = field(default_factory=dict)
    fuels: dict[str, Any] = field(default_factory=dict)
    draws_of: dict[str, Any] = field(default_factory=dict)

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
        self.grids[f"{region}/{year}"] = {"dataset": dataset.id, "findings": [to_json(item) for item in found]}
        return dataset, found

    def fuel(self, fuel_id: str, /) -> FuelPair:
        pair = self.release.fuel(fuel_id)
        self._keep(pair.combustion)
        if pair.upstream is not None:
            self._keep(pair.upstream)
        self.fuels[fuel_id] = {
            "combustion": pair.combustion.id,
            "upstream": None if pair.upstream is None else pair.upstream.id,
            "findings": [to_json(item) for item in pair.findings],
        }
        return pair

    @property
    def sampling(self) -> Mapping[str, Any] | None:
        return self.release.sampling

    def draws(self, dataset_id: str, gwp_set: str, /) -> Singles | None:
        found = self.release.draws(dataset_id, gwp_set)
        if found is not None:
            self.draws_of[dataset_id] = self.release.carried_draws(dataset_id, gwp_set)
        return found

    def carried_draws(self, dataset_id: str, gwp_set: str, /) -> Mapping[str, Any] | None:
        return self.release.carried_draws(dataset_id, gwp_set)

    def header_proof(self) -> Mapping[str, Any]:
        return self.release.header_proof()

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
    sampling: Mapping[str, Any] | None = None
    sampled: Mapping[str, Singles] = field(default_factory=dict)
    carried: Mapping[str, Any] = field(default_factory=dict)
    """What the package says of its datasets' samples, with proofs."""

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
        return self.get(dataset_id).weighed(gwp_set)

    def grid_electricity(self, region: str, year: int, /) -> tuple[Dataset, Sequence[Finding]]:
        """Return what the release answered for this region and year."""
        kept = self.grids.get(f"{region}/{year}")
        if kept is None:
            raise TanbiaoError.of("package_incomplete", f"{region}/{year}", part=f"{region}/{year}")
        return self.get(kept["dataset"]), [from_json(item) for item in kept["findings"]]

    def fuel(self, fuel_id: str, /) -> FuelPair:
        """Return what the release answered for this fuel."""
        kept = self.fuels.get(fuel_id)
        if kept is None:
            raise TanbiaoError.of("package_incomplete", fuel_id, part=fuel_id)
        upstream = None if kept["upstream"] is None else self.get(kept["upstream"])
        return _Pair(self.get(kept["combustion"]), upstream, [from_json(item) for item in kept["findings"]])

    def draws(self, dataset_id: str, gwp_set: str, /) -> Singles | None:  # noqa: ARG002 - one study, one set
        """Return a carried dataset's sampled totals.

        Raises
        ------
        TanbiaoError
            ``package_incomplete``.
        """
        if self.sampling is None:
            return None
        found = self.sampled.get(dataset_id)
        if found is None:
            raise TanbiaoError.of("package_incomplete", dataset_id, part=f"samples of {dataset_id}")
        return found

    def carried_draws(self, dataset_id: str, gwp_set: str, /) -> Mapping[str, Any] | None:  # noqa: ARG002
        """Return the carried samples with their proof."""
        found: Mapping[str, Any] | None = self.carried.get("rows", {}).get(dataset_id)
        return found

    def header_proof(self) -> Mapping[str, Any]:
        """Return the carried proof of the release's header."""
        found: Mapping[str, Any] = self.carried["header"]
        return found

    def proof(self, dataset_id: str, /) -> Any:
        """Return the carried proof."""
        return self.proofs.get(dataset_id)


def seal(study: Study, release: Background, rule: Rule | None, result: Result) -> dict[str, Any]:
    """Return the calculation package of a result as JSON values.

    The study is calculated once more while every answer of the release is recorded; the package is refused unless
    that gives the same result. A dataset whose licence forbids passing on (``redistribution`` begins with ``no``) goes
    in as a commitment: its id and its leaf's hash with the proof, neither block nor samples. Who holds the release
    replays such a package with it.

    Raises
    ------
    TanbiaoError
        ``package_result_differs``: the result is not of this study, release, rule, seed and samples.
    """
    versions = result.document["versions"]
    recorder = Recorder(release)
    again = calculate(study, recorder, rule, samples=versions["samples"], seed=versions["seed"])
    if again.hash != result.hash:
        raise TanbiaoError.of("package_result_differs", "result", declared=result.hash, recomputed=again.hash)
    kept = sorted(recorder.datasets.items())
    datasets = [_carried(item, release.proof(key)) for key, item in kept]
    body = {
        "tanbiao": FORMAT,
        "study": study.canonical(),
        "release": {"name": release.name, "hash": release.hash},
        "datasets": datasets,
        "answers": {
            "aliases": dict(sorted(recorder.aliases.items())),
            "grids": dict(sorted(recorder.grids.items())),
            "fuels": dict(sorted(recorder.fuels.items())),
            **_carried_samples(recorder),
        },
        "rule": None if rule is None else rule.canonical(),
        "engine": {"version": versions["engine"], "method": METHOD},
        "seed": versions["seed"],
        "samples": versions["samples"],
        "result": result.canonical(),
        "result_hash": result.hash,
    }
    return {**body, "root": content_hash(_committed(body))}


def may_be_passed_on(dataset: Dataset) -> bool:
    """Whether the licence lets a bundle carry the dataset itself."""
    return not dataset.redistribution.strip().lower().startswith("no")


def withheld(package: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the datasets that a package only commits to; a replay then needs the release itself."""
    return tuple(str(item["withheld"]) for item in package["datasets"] if "withheld" in item)


def _carried(dataset: Dataset, proof: Any) -> dict[str, Any]:
    if may_be_passed_on(dataset):
        return {"block": dataset.document(), "proof": proof}
    return {"withheld": dataset.id, "leaf": leaf_hash(dataset.canonical()).hex(), "proof": proof}


def _carried_samples(recorder: Recorder) -> dict[str, Any]:
    """Return the samples that the calculation asked for, each with its proof; those withheld as their digests."""
    if not recorder.draws_of:
        return {}
    rows = {}
    for key, carried in sorted(recorder.draws_of.items()):
        kept = may_be_passed_on(recorder.datasets[key])
        rows[key] = carried if kept else {name: value for name, value in carried.items() if name != "totals"}
    return {"samples": {"header": recorder.header_proof(), "rows": rows}}


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


def packed_release(package: Mapping[str, Any], release: Background | None = None) -> PackedRelease:
    """Return the part of the release that the package carries, each block checked by its proof where it has one.

    Parameters
    ----------
    release
        The release itself, for a package from which datasets were withheld; its blocks are checked by the leaves.

    Raises
    ------
    TanbiaoError
        ``package_block_unproven``; ``package_dataset_withheld``: the release is needed and was not given.
    """
    pinned, answers = package["release"], package["answers"]
    if release is not None and release.hash != pinned["hash"]:
        raise TanbiaoError.of("release_not_the_one", str(pinned["name"]), name=release.name)
    datasets, proofs, withheld = {}, {}, []
    for item in package["datasets"]:
        dataset = _unpacked(item, pinned, release)
        datasets[dataset.id], proofs[dataset.id] = dataset, item["proof"]
        withheld += [dataset.id] if "withheld" in item else []
    carried = answers.get("samples", {})
    sampling, sampled = _unpacked_samples(carried, pinned["hash"], str(package["study"].get("gwp", "")))
    if release is not None and sampling is not None:
        for key in withheld:
            row = release.draws(key, str(package["study"]["gwp"]))
            if row is not None:
                sampled[key] = row
    return PackedRelease(
        pinned["name"],
        pinned["hash"],
        datasets,
        answers["aliases"],
        answers["grids"],
        answers["fuels"],
        proofs,
        sampling,
        sampled,
        carried,
    )


def _unpacked(item: Mapping[str, Any], pinned: Mapping[str, Any], release: Background | None) -> Dataset:
    """Return one dataset of a package: its own block, or the release's where it was withheld; checked by its proof."""
    from tanbiao.core.lca.release import verify_block

    if "withheld" in item:
        if release is None:
            raise TanbiaoError.of("package_dataset_withheld", item["withheld"], dataset=item["withheld"], **pinned)
        dataset = release.get(item["withheld"])
        good = leaf_hash(dataset.canonical()).hex() == item["leaf"]
    else:
        dataset, good = parse_dataset(item["block"]), True
    proof = item["proof"]
    if proof and proof.get("path"):
        good = good and verify_block(dataset.canonical(), proof, pinned["hash"])
    if not good:
        raise TanbiaoError.of("package_block_unproven", dataset.id, dataset=dataset.id)
    return dataset


def _unpacked_samples(
    carried: Mapping[str, Any], release_hash: str, gwp_set: str
) -> tuple[Mapping[str, Any] | None, dict[str, Singles]]:
    """Return how the release was sampled and the carried samples by dataset, all checked by their proofs."""
    if not carried:
        return None, {}
    from tanbiao.core.lca.release_rows import carried_totals, proved_header

    header = proved_header(carried["header"], release_hash)
    if header is None or gwp_set not in header.get("samples", {}).get("roots", {}):
        raise TanbiaoError.of("package_block_unproven", "answers.samples", dataset="samples")
    sampled = {}
    for key, row in carried["rows"].items():
        if "totals" not in row:
            continue
        totals = carried_totals(row, header["samples"]["roots"][gwp_set])
        if totals is None:
            raise TanbiaoError.of("package_block_unproven", f"answers.samples.{key}", dataset=key)
        sampled[key] = totals
    return header["samples"], sampled


def replay(package: Mapping[str, Any], release: Background | None = None) -> Result:
    """Calculate again from the package alone; from the release too where a licence kept datasets out of the package.

    Raises
    ------
    TanbiaoError
        ``package_malformed``, ``package_root_wrong``, ``package_block_unproven``, ``package_incomplete``,
        ``package_dataset_withheld``; and what a calculation raises. Whether the result equals the sealed one is the
        caller's comparison: :func:`identical`.
    """
    check_root(package)
    study, findings = Study.parse(package["study"])
    if study is None:
        raise TanbiaoError(*findings)
    rule = None
    if package["rule"] is not None:
        from tanbiao.core.rules.load import parse_rule

        rule = parse_rule(package["rule"])
    background = packed_release(package, release)
    return calculate(study, background, rule, samples=package["samples"], seed=package["seed"])


def identical(package: Mapping[str, Any], result: Result) -> bool:
    """Whether a replayed result has the canonical bytes of the sealed one (but for the engine's own version)."""
    return content_hash(_without_engine(package["result"])) == content_hash(_without_engine(result.canonical()))


def _without_engine(document: Mapping[str, Any]) -> dict[str, Any]:
    return {**document, "versions": {**document["versions"], "engine": None}}
