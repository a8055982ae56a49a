"""The measured programs, each a process that answers one request at a time."""

import json
import os
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from threading import Timer

# Where `python -m peers.NAME` finds the peers.
PEERS = Path(__file__).resolve().parent


class ServerError(Exception):
    """A program that did not start, stopped, or did not answer in time."""


@dataclass(frozen=True)
class Measurement:
    """One answer: the best and the median of a few runs, in microseconds, and the rate, if any."""

    best: float
    median: float
    repeats: int
    rate: float | None


class Server:
    """A program started with `--serve`: it takes lines `WORKLOAD SECONDS` and answers in lines of JSON."""

    def __init__(self, command: list[str], patience: float) -> None:
        """Starts the program; `patience` is the number of seconds allowed for an answer, including compilation."""
        self.patience = patience
        # A file, so that a framework with many warnings never blocks on a pipe.
        self.errors = TemporaryFile()
        self.process = subprocess.Popen(
            command, cwd=PEERS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True
        )
        try:
            hello = self._answer()
        except ServerError as error:
            self.stop()
            raise ServerError(f"does not start: {error}") from None
        self.framework: str = hello["framework"]
        self.version: str = hello["version"]
        self.workloads: list[str] = hello["workloads"]

    def measure(self, workload: str, seconds: float) -> Measurement:
        """Measures a workload for a number of seconds."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(f"{workload} {seconds}\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise ServerError("has stopped") from None
        answer = self._answer()
        if "error" in answer:
            raise ServerError(answer["error"])
        rate = answer.get("gflops", answer.get("gb_per_s"))
        return Measurement(answer["best_us"], answer["median_us"], answer["repeats"], rate)

    def stop(self) -> None:
        """Ends the program: by closing its input, so that it can clean up, otherwise by force."""
        assert self.process.stdin is not None and self.process.stdout is not None
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.errors.close()

    def _answer(self) -> dict:
        """Returns the next line of JSON; frameworks may print other lines."""
        assert self.process.stdout is not None
        timer = Timer(self.patience, self.process.kill)
        timer.start()
        try:
            for line in self.process.stdout:
                if line.startswith("{"):
                    return json.loads(line)
        finally:
            timer.cancel()
        raise ServerError(self._complaint() or f"stopped, or gave no answer in {self.patience:.0f} s")

    def _complaint(self) -> str:
        """Returns the last line of the error output, read without a seek, which would move the write position."""
        descriptor = self.errors.fileno()
        end = os.fstat(descriptor).st_size
        lines = os.pread(descriptor, 4096, max(0, end - 4096)).decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""
