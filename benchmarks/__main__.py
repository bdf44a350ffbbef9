"""``python -m benchmarks [NAME …]``: every measurement here, or those named; exit 1 when a bound does not hold."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import benchmarks


def main(names: list[str]) -> int:
    known = [one.name for one in pkgutil.iter_modules(benchmarks.__path__) if not one.ispkg and one.name[0] != "_"]
    unknown = sorted(set(names) - set(known))
    if unknown:
        print(f"no measurement is called {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    failed = 0
    for name in names or known:
        print(f"== {name}", flush=True)
        failed += int(importlib.import_module(f"benchmarks.{name}").main() != 0)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
