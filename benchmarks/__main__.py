"""Run the benchmarks: all of them, or one with its own flags.

python -m benchmarks                     all, one after another; then the README's tables
python -m benchmarks --quick             a smoke test of most of them; writes nothing
python -m benchmarks NAME [FLAGS ...]    one; --help explains its flags; `cluster`, `gate` and `hands` only so
"""

import subprocess
import sys

from benchmarks.processes import ROOT

QUICK = ("time_to_accuracy", "epoch_time", "inference", "scaling", "exports", "serve", "ink", "fuzz")
ALL = ("recipes", "accuracy", "labels", "strings", "cut_out", "optdigits", *QUICK, "pad", "distributed", "readme")
ALONE = ("cluster", "gate", "hands")  # need Ray, or typefaces that npm fetches


def main(words: list[str]) -> int:
    """Run what the command line says: each benchmark in a process of its own, up to the first that fails."""
    if words and words[0] in (*ALL, *ALONE):
        return _run(words[0], *words[1:])
    if words not in ([], ["--quick"]):
        print(f"{__doc__}\nNAME is one of {', '.join((*ALL, *ALONE))}.", file=sys.stderr)
        return 0 if words in (["-h"], ["--help"]) else 2
    for name in QUICK if words else ALL:
        print(f"== {name}", file=sys.stderr, flush=True)
        if code := _run(name, *words):
            return code
    return 0


def _run(name: str, *flags: str) -> int:
    return subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *flags], cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
