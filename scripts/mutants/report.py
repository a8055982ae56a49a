"""The results: kept from run to run, compared with the list of equivalent faults, and written as a page."""

import json
from collections import Counter
from pathlib import Path

import operators


def equivalents(path):
    """From the list, the reason of each fault that changes nothing one could test, by its key."""
    reasons, file, before, after = {}, None, None, None
    for number, line in enumerate(Path(path).read_text().split("\n"), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("- "):
            before, after = operators.normalized(line[2:]), None
        elif line.startswith("+ "):
            after = operators.normalized(line[2:]).removesuffix("(nothing)")
        elif line.startswith("  "):
            if None in (file, before, after):
                raise SystemExit(f"mutants: {path}:{number}: a reason without a fault before it")
            key = file, before, after
            reasons[key] = (reasons.get(key, "") + " " + line.strip()).strip()
        else:
            file, before, after = line.strip(), None, None
    return reasons


class Results:
    """By the mutant's number: the mutant, and the test that found it. Partial runs add to one file."""

    def __init__(self, path):
        self.path = Path(path)
        self.entries = {}
        if self.path.exists():
            for entry in json.loads(self.path.read_text()):
                self.entries[entry["number"]] = dict(entry, key=tuple(entry["key"]))

    def add(self, mutant, sign):
        self.entries[mutant.number] = {
            "number": mutant.number, "key": mutant.key, "operator": mutant.operator, "line": mutant.site.line, "sign": sign,
            "function": mutant.site.function}

    def keep(self, numbers):
        self.entries = {number: entry for number, entry in self.entries.items() if number in numbers}

    def save(self):
        self.path.write_text(json.dumps(list(self.entries.values()), indent=1))


def table(entries, reasons):
    planted, killed, explained = Counter(), Counter(), Counter()
    for entry in entries.values():
        planted[entry["operator"]] += 1
        killed[entry["operator"]] += entry["sign"] is not None
        explained[entry["operator"]] += entry["sign"] is None and entry["key"] in reasons
    rows = [("fault", "planted", "found", "equivalent", "survived")]
    for name in sorted(planted):
        survived = planted[name] - killed[name] - explained[name]
        rows.append((name, planted[name], killed[name], explained[name], survived))
    rows.append(("**all**", *(sum(row[i] for row in rows[1:]) for i in range(1, 5))))
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    return "\n".join([lines[0], "|---|---:|---:|---:|---:|", *lines[1:]])


def page(entries, reasons):
    survivors = [e for e in entries.values() if e["sign"] is None]
    lines = [table(entries, reasons), ""]
    for title, chosen in (
        ("Survivors", [e for e in survivors if e["key"] not in reasons]),
        ("Equivalent", [e for e in survivors if e["key"] in reasons]),
    ):
        if chosen:
            lines += [f"## {title}", ""]
        for entry in sorted(chosen, key=lambda e: (e["key"][0], e["line"])):
            path, before, after = entry["key"]
            lines += [f"{path}:{entry['line']} ({entry['function']}), {entry['operator']}", f"- {before}",
                      f"+ {after or '(nothing)'}"]
            reason = reasons.get(entry["key"])
            lines += [f"  {reason}", ""] if reason else [""]
    return "\n".join(lines) + "\n"
