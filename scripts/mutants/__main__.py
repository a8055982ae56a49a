"""Plants faults in Strata's sources, one at a time, and sees whether the tests tell each.

All faults of a run are compiled into one build, and STRATA_MUTANT in the environment switches one of them on: a
fault costs a test run and not a build. The method is known as mutant schemata (R. Untch, A. J. Offutt and
M. J. Harrold, "Mutation analysis using mutant schemata", 1993).
"""

import argparse
import os
import shlex
import sys
from pathlib import Path

sys.dont_write_bytecode = True

import plan
import report
import run
import tree

ROOT = Path(__file__).resolve().parent.parent.parent
WORK = ROOT / ".build" / "mutants"
EQUIVALENT = ROOT / "Tests" / "mutants-equivalent.txt"


def options():
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__.split("\n\n")[0])
    parser.add_argument("--count", type=int, default=300, help="how many faults that compile (300)")
    parser.add_argument("--seed", type=int, default=5, help="what sample of all faults (5)")
    parser.add_argument("--part", default="1/1", metavar="K/N", help="only the K-th of N parts of the sample")
    parser.add_argument("--file", metavar="PATTERN", help="only in files whose path contains this, * allowed")
    parser.add_argument("--operator", metavar="NAME", help="only faults of this kind")
    parser.add_argument("--survivors", action="store_true", help="only those that survived before")
    parser.add_argument("--list", action="store_true", help="print the sample and plant nothing")
    parser.add_argument("--workers", type=int, default=2, help="test runs at a time (2)")
    return parser.parse_args()


def chosen(given, mutants):
    """The sample, with as many again for those that will not compile."""
    if given.operator:
        mutants = [m for m in mutants if m.operator == given.operator]
    if given.survivors:
        entries = report.Results(WORK / "results.json").entries
        return [m for m in mutants if m.number in entries and entries[m.number]["sign"] is None]
    return plan.sampled(mutants, given.seed)[: given.count * 2]


def main():
    given = options()
    part, parts = map(int, given.part.split("/"))
    sources = list(plan.sources(ROOT))
    mutants = plan.every_mutant(list(plan.sources(ROOT, given.file)))
    swift, flags = os.environ.get("SWIFT", "swift"), shlex.split(os.environ.get("SWIFTFLAGS", ""))
    place = WORK / "tree"
    build = tree.Build(place, sources, swift, flags)
    reasons = report.equivalents(EQUIVALENT)
    known = {m.key for m in mutants}
    for path, before, after in reasons:
        if not given.file and (path, before, after) not in known:
            print(f"{EQUIVALENT.name} explains what is not planted any more: {path}: {before} -> {after}")
    sample = chosen(given, build.may_compile(mutants))
    if given.list:
        print(*sample, sep="\n")
        print(f"{len(sample)} of {len(mutants)} faults in {len(sources)} files")
        return 0

    tree.copy_package(ROOT, place)
    print(f"building with {len(sample)} of {len(mutants)} faults", flush=True)
    remaining, dropped = build.settle(sample, lambda s: print(s, flush=True))
    # What remains is balanced once more: some kinds compile less often than others.
    whole = remaining if given.survivors else plan.sampled(remaining, given.seed)[: given.count]
    sample = whole[part - 1 :: parts]

    tests = run.Tests(place, swift, flags)
    for name, seconds in tests.try_without_fault(sample):
        print(f"without a fault: {seconds:5.1f} s  {name}", flush=True)
    results = report.Results(WORK / "results.json")
    if not (given.survivors or given.file or given.operator):
        results.keep({m.number for m in whole})
    survivors = 0
    for done, (mutant, sign) in enumerate(tests.verdicts(sample, given.workers), 1):
        results.add(mutant, sign)
        results.save()
        if sign is None:
            reason = reasons.get(mutant.key)
            survivors += reason is None
            print(f"\n{'equivalent' if reason else 'SURVIVED'}: {mutant}\n" + (f"    {reason}\n" if reason else ""))
        print(f"{done} of {len(sample)}, {survivors} survived unexplained", flush=True)
    (WORK / "report.md").write_text(report.page(results.entries, reasons))
    print(f"\n{report.table(results.entries, reasons)}\n\n{len(dropped)} did not compile; see {WORK / 'report.md'}")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
