"""A copy of the package in which all faults are compiled in, each behind a test of its number."""

import json
import re
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import plan

HEADER = """// The fault that is switched on, if any: the number in the environment variable STRATA_MUTANT.
#pragma once
#include <stdbool.h>
extern const int strata_mutant_number;
static inline __attribute__((always_inline)) bool strata_mutant(int number) {
  return __builtin_expect(strata_mutant_number == number, 0);
}
"""
# Another name for the compiler's eyes, since the header calls it a constant, so that loops need not read it again.
DEFINITION = """#include <stdlib.h>
int strata_mutant_number;
__attribute__((constructor)) static void read_mutant_number(void) {
  const char *text = getenv("STRATA_MUTANT");
  strata_mutant_number = text ? atoi(text) : 0;
}
"""
KERNELS = "Sources/CStrataKernels"


def copy_package(root, tree):
    """Brings the copy up to date; a file that has not changed keeps its time, so that it is not compiled again."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=True)
    paths = [p for p in listed.stdout.split("\0") if p and Path(root, p).is_file()]
    for path in list(paths):
        target = path.split("/")[1] if path.startswith("Tests/") else ""
        if target in plan.NOT_COMPILED:
            paths.remove(path)
            paths.append(stub := f"Tests/{target}/Empty.swift")
            write(Path(tree, stub), b"")
        else:
            write(Path(tree, path), Path(root, path).read_bytes())
    for old in Path(tree).rglob("*"):
        relative = old.relative_to(tree).as_posix()
        if old.is_file() and relative.startswith(("Sources/", "Tests/")) and relative not in set(paths):
            old.unlink()
    write(Path(tree, KERNELS, "include/StrataMutant.h"), HEADER.encode())
    write(Path(tree, KERNELS, "Mutant.c"), DEFINITION.encode())
    map_path = Path(tree, KERNELS, "include/module.modulemap")
    write(map_path, map_path.read_bytes().replace(b"  export *", b'  header "StrataMutant.h"\n  export *'))


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_bytes() != content:
        path.write_bytes(content)


def plant(source, mutants):
    """The text of a source with these mutants in it."""
    by_site = defaultdict(list)
    for mutant in mutants:
        by_site[mutant.site.start, mutant.site.end].append(mutant)
    text, spans = source.text, []
    # From the last to the first, and of nested sites only the outer, which the caller sees to.
    for (start, end), group in sorted(by_site.items(), reverse=True):
        text = text[:start] + (in_c if source.is_c else in_swift)(group) + text[end:]
    if source.is_c:
        return '#include "StrataMutant.h"\n' + text
    return text.replace("import ", "import CStrataKernels\nimport ", 1) if by_site else text


def in_c(group):
    site = group[0].site
    if site.kind == "statement":
        faults = "".join(f"if (strata_mutant({m.number})) {{ {m.code} }} else " for m in group)
        text = f"{{ {faults}{{ {site.code} }} }}"
    else:
        text = f"({''.join(f'strata_mutant({m.number}) ? ({m.code}) : ' for m in group)}({site.code}))"
    return re.sub(r"\s*\n\s*", " ", text)


def in_swift(group):
    site = group[0].site
    if site.kind == "expression":
        faults = "".join(f"strata_mutant({m.number})\n? ({m.code})\n: " for m in group)
        return f"({faults}({site.code}))"
    faults = "".join(f"if strata_mutant({m.number}) {{\n{m.code}\n}} else " for m in group)
    return f"{faults}{{\n{site.code}\n}}"


class Build:
    """The mutated package, built without those faults that do not compile."""

    def __init__(self, tree, sources, swift, flags):
        self.tree, self.sources, self.swift, self.flags = Path(tree), sources, swift, flags
        # What did not compile in an earlier run will not in this one.
        self.refused_path = self.tree.parent / "refused.json"
        known = json.loads(self.refused_path.read_text()) if self.refused_path.exists() else []
        self.refused = {tuple(key) for key in known}

    def may_compile(self, mutants):
        return [m for m in mutants if m.key not in self.refused]

    def settle(self, mutants, say):
        """Builds until all compile; returns those that remain, and those that did not compile."""
        remaining, dropped = list(mutants), []
        while True:
            self.write(remaining)
            log = self.build()
            if log is None:
                return remaining, dropped
            wrong = self.at_fault(log, remaining)
            if not wrong:
                raise SystemExit("mutants: the build fails, and at no mutant:\n" + "\n".join(log[-40:]))
            numbers = {m.number for m in wrong}
            dropped += wrong
            self.refused |= {m.key for m in wrong}
            self.refused_path.write_text(json.dumps(sorted(self.refused)))
            remaining = [m for m in remaining if m.number not in numbers]
            say(f"{len(wrong)} do not compile; {len(remaining)} remain")

    def write(self, mutants):
        for source in self.sources:
            own = [m for m in mutants if m.site.path == source.path]
            write(self.tree / source.path, plant(source, own).encode())

    def build(self):
        """None if all is well, else what the compilers say: of all C files, or of a module of Swift."""
        log = []
        for path in sorted((self.tree / KERNELS).glob("*.c")):
            command = ["clang", "-fsyntax-only", "-ferror-limit=0", "-w", f"-I{self.tree}/{KERNELS}/include", str(path)]
            log += subprocess.run(command, stderr=subprocess.PIPE, text=True).stderr.splitlines()
        if log:
            return log
        # Without the second flag a module may keep code made for an older layout of another's types.
        command = [self.swift, "build", "-c", "release", "--build-tests", "-Xswiftc", "-enable-testing",
                   "-Xswiftc", "-disable-incremental-imports", *self.flags]
        run = subprocess.run(command, cwd=self.tree, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        (self.tree.parent / "build.log").write_text(run.stdout)
        return None if run.returncode == 0 else run.stdout.splitlines()

    def at_fault(self, log, mutants):
        """The mutants that the compiler's errors point at, by themselves or by the notes that follow."""
        wrong, found, texts, shown = set(), True, {}, None
        for line in log:
            match = re.match(r"(\S+?):(\d+):(\d+): (error|note):", line)
            if not match:
                # A note may stand within the lines of code that an error shows.
                if numbers := SELECTOR.findall(line):
                    shown = int(numbers[-1])
                if "- note: consumed here" in line and not found and shown is not None:
                    wrong.add(shown)
                    found = True
                continue
            path = match[1]
            if path not in texts:
                file = self.tree / path
                texts[path] = file.read_text().split("\n") if "/Sources/" in path and file.is_file() else []
            if match[4] == "error":
                found, shown = False, None
            if "in reasonable time" in line:
                around = texts[path][int(match[2]) - 1 : int(match[2]) + 15]
                wrong.update(int(n) for text in around for n in SELECTOR.findall(text))
            if not found:
                number = pointed_at(texts[path], int(match[2]) - 1, int(match[3]), path.endswith(".swift"))
                if number is not None:
                    wrong.add(number)
                    found = True
        return [m for m in mutants if m.number in wrong]


SELECTOR = re.compile(r"strata_mutant\((\d+)\)")


def pointed_at(lines, line, column, is_swift):
    """The last number before a place: on its line, or, of Swift, on one of those before it."""
    if line >= len(lines):
        return None
    before = SELECTOR.findall(lines[line][:column] if not is_swift else lines[line]) or SELECTOR.findall(lines[line])
    back = line - 1
    while is_swift and not before and back >= max(0, line - 60):
        before = SELECTOR.findall(lines[back])
        back -= 1
    return int(before[-1]) if before else None
