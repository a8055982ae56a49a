"""Data sets that packages carry, fetched once into directories below .build."""

import os
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from environment import ROOT, say

# The directories, seen from the repository; variables name other places.
SERIES = Path(os.environ.get("UCR", ".build/ucr"))
TABLES = Path(os.environ.get("STATLOG", ".build/statlog"))

# Reads R's files, which Python's own library cannot.
READER = """
import sys, warnings
import rdata
warnings.simplefilter("ignore")
source, name, count, train, test = sys.argv[1:]
# The first column of the vowels is the speaker, whom a model must not know.
table = rdata.read_rda(source)[name].drop(columns="V1", errors="ignore")
table[: int(count)].to_csv(train, index=False)
table[int(count) :].to_csv(test, index=False)
"""


def fetch_series() -> None:
    """Fills SERIES with the data sets of the UCR archive that PyPI's package aeon carries, if it can be had."""
    with tempfile.TemporaryDirectory() as directory:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", directory, "aeon"]
        wheels = [] if subprocess.run(command).returncode else list(Path(directory).glob("*.whl"))
        if not wheels:
            return say("the package aeon cannot be downloaded")
        with zipfile.ZipFile(wheels[0]) as wheel:
            for name in wheel.namelist():
                if re.fullmatch(r"aeon/datasets/data/(\w+)/\1_(TRAIN|TEST)\.ts", name):
                    path = Path(name)
                    place = ROOT / SERIES / path.parent.name
                    place.mkdir(parents=True, exist_ok=True)
                    (place / path.name).write_bytes(wheel.read(name))


def fetch_tables() -> None:
    """Fills TABLES with tables from Debian's package r-cran-mlbench, if it can be had.

    The first rows are for training, as StatLog split them; those of the vowels are the first eight speakers.
    """
    with tempfile.TemporaryDirectory() as directory:
        try:
            subprocess.run(["apt-get", "download", "-qq", "r-cran-mlbench"], cwd=directory, check=True)
            package = next(Path(directory).glob("*.deb"))
            subprocess.run(["dpkg-deb", "--extract", package, directory], check=True)
            subprocess.run([sys.executable, "-m", "venv", f"{directory}/venv"], check=True)
            python = f"{directory}/venv/bin/python"
            subprocess.run([python, "-m", "pip", "install", "--quiet", "rdata"], check=True)
            (ROOT / TABLES).mkdir(parents=True, exist_ok=True)
            tables = (("satellite", "Satellite", 4435), ("letters", "LetterRecognition", 15_000), ("vowel", "Vowel", 528))
            for name, variable, count in tables:
                source = Path(directory) / f"usr/lib/R/site-library/mlbench/data/{variable}.rda"
                parts = [ROOT / TABLES / f"{name}-{part}.csv" for part in ("train", "test")]
                subprocess.run([python, "-c", READER, source, variable, str(count), *parts], check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            say(f"the package r-cran-mlbench cannot be fetched and read: {error}")
