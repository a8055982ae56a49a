"""Runs the Python blocks of pages of the documentation, each after those before it on the page.

Usage:  python scripts/python_blocks.py FILE…
"""

import pathlib
import re
import sys

for path in sys.argv[1:]:
    blocks = re.findall(r"^```python\n(.*?)^```", pathlib.Path(path).read_text(), re.DOTALL | re.MULTILINE)
    assert blocks, f"{path} has no Python"
    names = {}
    for block in blocks:
        exec(compile(block, path, "exec"), names)
    print(f"{path}: {len(blocks)} blocks of Python, which give the numbers of the page")
