"""`python -m bench [NAME…]`: run the measurements, one JSON object a line on standard output.

A measurement is a module with `main()`, which prints its lines itself, each with the name of what was measured and
its unit. What must not be here: a measurement.
"""

import importlib
import sys

MEASUREMENTS = {
    "matching": "bench.matching",
    "decide": "bench.decide",
    "codec": "bench.codec",
    "store": "bench.store",
    "restart": "bench.restart",
    "send": "bench.send",
    "delay": "bench.delay",
    "flow": "bench.flow",
}


def main(names: list[str]) -> int:
    """Run the named measurements, or all; 2 when a name is unknown."""
    unknown = [name for name in names if name not in MEASUREMENTS]
    if unknown:
        print(f"no such measurement: {', '.join(unknown)} (there are {', '.join(MEASUREMENTS)})", file=sys.stderr)
        return 2
    for name in names or MEASUREMENTS:
        importlib.import_module(MEASUREMENTS[name]).main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
