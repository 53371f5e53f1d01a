"""``python -m benchmarks``: every measurement, one after another; exit code 1 if a study or portfolio is too slow."""

from __future__ import annotations

import sys

from benchmarks import checks, engine, formats, portfolio, release_build, study


def main() -> int:
    """Run the study and a rule's checks first (seconds), the portfolio, then the linked systems (minutes)."""
    arguments = sys.argv[1:]
    late = study.main([item for item in arguments if item in ("--json", "--write")])
    print()
    late |= checks.main([item for item in arguments if item in ("--json", "--write")])
    print()
    late |= portfolio.main([item for item in arguments if item in ("--json", "--write")])
    print()
    late |= formats.main([item for item in arguments if item in ("--json", "--write")])
    print()
    late |= release_build.main([item for item in arguments if item in ("--json", "--write")])
    print()
    engine.main(arguments)
    return late


if __name__ == "__main__":
    raise SystemExit(main())
