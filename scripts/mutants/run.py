"""Runs the tests against one fault after another."""

import os
import queue
import re
import resource
import signal
import subprocess
import threading
import time
from pathlib import Path

import plan

FAILED = re.compile(r"recorded an issue")
# A fault may ask for any memory; a bound keeps it from taking the machine down.
MEMORY = 12 << 30


class Tests:
    def __init__(self, tree, swift, flags):
        shown = subprocess.run(
            [swift, "build", "-c", "release", *flags, "--show-bin-path"], cwd=tree, capture_output=True, text=True,
            check=True)
        self.tree = tree
        self.bundle = next(Path(shown.stdout.strip()).glob("*PackageTests.xctest"))
        self.seconds = {}  # what each filter takes without a fault

    def run(self, tests, mutant, limit):
        """Returns what tells the fault, or None, and the seconds; stops at the first sign."""
        environment = dict(os.environ, STRATA_MUTANT=str(mutant), SWIFT_BACKTRACE="enable=no")
        command = [str(self.bundle), "--testing-library", "swift-testing", "--filter", tests]
        begun = time.monotonic()
        process = subprocess.Popen(
            command, cwd=self.tree, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True, text=True, errors="replace",
            preexec_fn=lambda: (resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
                                resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))))
        timer = threading.Timer(limit, end, [process])
        timer.start()
        sign, last = None, ""
        for line in process.stdout:
            last = line.strip() or last
            if FAILED.search(line):
                sign = re.sub(r"\x1b\[[0-9;]*m", "", line).strip()
                end(process)
                break
        process.stdout.close()
        code = process.wait()
        seconds = time.monotonic() - begun
        timed_out = not timer.is_alive() and sign is None
        timer.cancel()
        if sign is None and timed_out:
            sign = f"did not end within {limit:.0f} s"
        elif sign is None and code != 0:
            sign = f"stopped with code {code}: {last}"
        return sign, seconds

    def try_without_fault(self, mutants):
        """Runs what the mutants will meet, which must pass; yields each filter with its seconds."""
        for tests in sorted({plan.nearest_tests(m.site.path) for m in mutants} | {plan.ALL_TESTS}):
            sign, seconds = self.run(tests, 0, 1800)
            if sign:
                raise SystemExit(f"mutants: the tests {tests} fail without a fault: {sign}")
            self.seconds[tests] = seconds
            yield tests, seconds

    def verdict(self, mutant):
        """What tells the fault, or None if it survives all tests."""
        for tests in dict.fromkeys([plan.nearest_tests(mutant.site.path), plan.ALL_TESTS]):
            sign, seconds = self.run(tests, mutant.number, 60 + 10 * self.seconds[tests])
            if sign:
                return sign
        return None

    def verdicts(self, mutants, workers):
        """Yields (mutant, verdict) as they come, some at a time."""
        todo, done = queue.Queue(), queue.Queue()
        for mutant in mutants:
            todo.put(mutant)

        def work():
            while True:
                try:
                    mutant = todo.get_nowait()
                except queue.Empty:
                    return
                done.put((mutant, self.verdict(mutant)))

        for _ in range(workers):
            threading.Thread(target=work, daemon=True).start()
        for _ in mutants:
            yield done.get()


def end(process):
    """Ends a test run with all that it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
