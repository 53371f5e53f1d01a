"""How much of a disk the core install takes: our own files and those of the dependencies without any extra.

    python scripts/check_size.py [--fresh] [--limit MB]

By default nothing is installed: the files of the core's distributions are looked up in this environment. ``--fresh``
installs the core (the pins of ``requirements.lock``, no extra) into a new environment and measures that; it needs a
package index. Each file counts as the whole 4,096-byte blocks it takes, and the exit code is 1 above the limit. What
Python writes itself, its compiled files, is told apart by ``--fresh`` and is not in the figure.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
LIMIT = 280
"""Megabytes (2**20 bytes): what the project asks of its core without the compiler."""
COMPILED = "*.pyc"
BLOCK = 4096


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def core_dependencies() -> list[str]:
    """Return the requirements of the core, without any extra, as pyproject.toml states them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [str(line) for line in project["dependencies"]]


def closure(wanted: list[str]) -> dict[str, metadata.Distribution]:
    """Return the installed distributions that the requirements need, by name.

    Raises
    ------
    importlib.metadata.PackageNotFoundError
        One of them is not installed.
    """
    queue = [Requirement(line) for line in wanted]
    found: dict[str, metadata.Distribution] = {}
    while queue:
        need = queue.pop()
        if _normal(need.name) in found:
            continue
        found[_normal(need.name)] = dist = metadata.distribution(need.name)
        children = [Requirement(line) for line in dist.requires or []]
        queue += [one for one in children if one.marker is None or one.marker.evaluate({"extra": ""})]
    return found


def _blocks(path: Path) -> int:
    return -(-path.stat().st_size // BLOCK) * BLOCK if path.is_file() else 0


def distribution_bytes(dist: metadata.Distribution) -> int:
    """Return what the files of an installed distribution take, commands in ``bin`` included, compiled ones not."""
    paths = {Path(str(dist.locate_file(item))).resolve() for item in dist.files or []}
    return sum(_blocks(path) for path in paths if path.suffix != ".pyc")


def own_bytes() -> int:
    """Return what the package itself takes: its folder and the table that the wheel carries beside it."""
    files = [path for path in (ROOT / "src" / "tanbiao").rglob("*") if path.suffix != ".pyc"]
    return sum(_blocks(path) for path in (*files, ROOT / "docs" / "requirements.csv"))


def installed() -> dict[str, int]:
    """Return bytes by distribution of the core in this environment; ``tanbiao`` is our own."""
    sizes = {name: distribution_bytes(dist) for name, dist in closure(core_dependencies()).items()}
    return {**sizes, "tanbiao": own_bytes()}


def fresh() -> dict[str, int]:
    """Install the core into a new environment; return bytes by entry of its ``site-packages``, compiled files apart.

    Raises
    ------
    RuntimeError
        It can't be installed here: no ``uv`` beside this interpreter, or no package index.
    """
    uv = Path(sys.executable).with_name("uv")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pins = re.findall(r"^([A-Za-z0-9_.-]+==\S+?)(?: ;.*)? \\$", (ROOT / "requirements.lock").read_text(), re.M)
        (folder / "pins.txt").write_text("\n".join(_for_here(pins)), encoding="utf-8")
        commands = (
            [sys.executable, "-m", "venv", "--without-pip", str(folder / "core")],
            [str(uv), "pip", "install", "--quiet", "--compile-bytecode", "--link-mode", "copy", "--python",
             str(folder / "core" / "bin" / "python"), "--constraint", str(folder / "pins.txt"), str(ROOT)],
        )  # fmt: skip
        for command in commands:
            try:
                done = subprocess.run(command, capture_output=True, text=True, check=False)
            except OSError as error:
                raise RuntimeError(str(error)) from error
            if done.returncode:
                raise RuntimeError((done.stderr.strip().splitlines() or ["no reason given"])[-1])
        (packages,) = (folder / "core" / "lib").glob("python*/site-packages")
        sizes: dict[str, int] = {}
        for path in packages.rglob("*"):
            name = COMPILED if path.suffix == ".pyc" else path.relative_to(packages).parts[0]
            sizes[name] = sizes.get(name, 0) + _blocks(path)
        return sizes


def _for_here(pins: list[str]) -> list[str]:
    """Leave out a pin whose twin is the one this environment has (the lock forks by version of Python)."""
    names = [pin.split("==")[0] for pin in pins]
    return [pin for pin, name in zip(pins, names, strict=True) if names.count(name) == 1 or _is_installed(pin)]


def _is_installed(pin: str) -> bool:
    name, version = pin.split("==")
    try:
        return metadata.version(name) == version
    except metadata.PackageNotFoundError:
        return False


def main() -> int:
    """Print the sizes, the heaviest first; return 1 above the limit, 2 where nothing could be measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fresh", action="store_true", help="install into a new environment and measure that")
    parser.add_argument("--limit", type=float, default=LIMIT, metavar="MB")
    args = parser.parse_args()
    try:
        sizes = fresh() if args.fresh else installed()
    except (RuntimeError, metadata.PackageNotFoundError) as error:
        print(f"the core can't be measured here: {error}", file=sys.stderr)
        return 2
    compiled = sizes.pop(COMPILED, None)
    total = sum(sizes.values()) / 2**20
    heavy = sorted(sizes.items(), key=lambda item: -item[1])[:8]
    told = ", ".join(f"{name} {size / 2**20:.0f}" for name, size in heavy)
    print(f"core install {total:.0f} MB (limit {args.limit:.0f}): {told}")
    if compiled is not None:
        print(f"compiled by Python beside them: {compiled / 2**20:.0f} MB")
    return 0 if total < args.limit else 1


if __name__ == "__main__":
    sys.exit(main())
