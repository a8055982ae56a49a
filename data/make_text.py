#!/usr/bin/env python3
"""Makes data/text/new-testament.txt.gz: the New Testament in the King James Version, a verse a line.

Usage:  apt-get install bible-kjv
        python make_text.py            # write the file, then check it
        python make_text.py --check    # only compare the file with what would be written

The SHA-256 of the text stands below; either command ends with exit code 1 if the file has another text. Origin and
licence: README.md.
"""

import argparse
import gzip
import hashlib
import pathlib
import re
import subprocess
import sys

FILE = pathlib.Path(__file__).resolve().parent / "text" / "new-testament.txt.gz"
SHA256 = "ba5c03304b4bb2ef533614d5599a6c683f4e178120f948f3af6a92cce53c8c17"


def text() -> bytes:
    """The verses without their numbers, and an empty line between chapters."""
    command = ["bible", "-f", "-l", "80", "mat1:1-rev22:21"]
    output = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True, text=True).stdout
    lines, chapter = [], None
    for line in output.splitlines():
        verse = re.match(r"(\d?[A-Z][a-z]+\d+):\d+ ", line)
        if not verse:
            lines[-1] += " " + line
            continue
        if chapter not in (None, verse[1]):
            lines.append("")
        chapter = verse[1]
        lines.append(line[verse.end():])
    return "".join(line + "\n" for line in lines).encode("ascii")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing")
    if not parser.parse_args().check:
        FILE.parent.mkdir(exist_ok=True)
        FILE.write_bytes(gzip.compress(text(), mtime=0))
    found = hashlib.sha256(gzip.decompress(FILE.read_bytes())).hexdigest()
    if found != SHA256:
        sys.exit(f"{FILE}: the text has the SHA-256 {found} instead of {SHA256}")
    print(f"{FILE}: as it should be")


main()
