"""The sites of a Swift file that is formatted by swift-format."""

import re

from source import closing, find_outside, split

FUNCTION = re.compile(r"\bfunc ([\w]+|[-+*/=]+)|\b(init)[?(<]|\b(?:var|let) (\w+): [^=\n]*\{")
MODIFIERS = re.compile(
    r"(?:(?:public|package|private|fileprivate|internal|static|mutating|consuming|borrowing|final|override|"
    r"lazy|weak|@\w+(?:\([^)]*\))?|(?:public|package|private|fileprivate)\(set\)) )+")
SKIPPED = re.compile(
    r"(?:require\w*|stop|refuse\w*|throw|import|defer|typealias|associatedtype|struct|enum|extension|protocol|"
    r"class|indirect|subscript|switch|default|break|continue|enterChild|leaveChild|withExtendedLifetime|"
    r"fatalError|precondition\w*|[@#]\w+)\b|.*reserveCapacity")
EQUALS = re.compile(r"(?<![=!<>+\-*/])=(?!=)")
HEADER = re.compile(r"\{(?: [^{}]*\bin)?\s*$")
# Code that describes a layer and does not compute.
SKIPPED_FUNCTIONS = {"outputShape", "description", "mismatch", "name", "debugDescription", "predictedBytes"}


def find(mask):
    for start, end in statements(mask):
        yield from classify(mask, start, end)


def statements(mask):
    """The logical lines: those of an expression that goes on over several lines are one."""
    lines, offset = [], 0
    for line in mask.split("\n"):
        lines.append((offset, offset + len(line), line))
        offset += len(line) + 1
    i = 0
    while i < len(lines):
        start, end, line = lines[i]
        depth = balance(line)
        while i + 1 < len(lines) and (depth > 0 or goes_on(line, lines[i + 1][2])):
            i += 1
            end, line = lines[i][1], lines[i][2]
            depth += balance(line)
        i += 1
        if mask[start:end].strip():
            yield start, end


def balance(line):
    return sum(line.count(c) for c in "([") - sum(line.count(c) for c in ")]")


def goes_on(line, following):
    return re.search(r" [-+*/]?=$", line.rstrip()) or re.match(
        r"\s*(?:(?:[-+*/?:<>]|&&|\|\||\?\?|==|!=|<=|>=) |\.[a-zA-Z])", following)


def classify(mask, start, end):
    while start < end and (mask[start].isspace() or mask[start] == "}"):
        start += 1
    while end > start and mask[end - 1].isspace():
        end -= 1
    text = mask[start:end]
    modifiers = MODIFIERS.match(text)
    head = text[modifiers.end() :] if modifiers else text
    at = start + (len(text) - len(head))
    if not head or head[0] in ")]},.:" or head.startswith("->") or SKIPPED.match(head):
        return
    if match := re.match(r"(else if|if|guard|while|else) ?", head):
        yield from condition(mask, at + match.end(), end)
    elif head.startswith("for "):
        brace = block(mask, at, end)
        colon = find_outside(mask, at, brace, re.compile(r" in "))
        where = find_outside(mask, at, brace, re.compile(r" where "))
        if colon:
            yield "expression", colon.end(), where.start() if where else brace, ""
        if where:
            yield "expression", where.end(), brace, ""
        yield from inner(mask, brace, end)
    elif match := re.match(r"case [^=]*?:(?= |$)", head):
        if not re.match(r"case \w+(?:$|,| =)", head):
            yield from classify(mask, at + match.end(), end)
    elif re.match(r"(func|init|get|set|didSet|prefix|infix)\b", head):
        yield from inner(mask, block(mask, at, end), end)
    elif re.match(r"(let|var) ", head):
        equals = find_outside(mask, at, end, EQUALS)
        brace = block(mask, at, end)
        if equals is None or brace < equals.start() and not head.startswith(("let (", "var (")):
            yield from inner(mask, brace, end)
        elif HEADER.search(head):
            yield from arguments(mask, equals.end(), end)
        elif modifiers and "@TaskLocal" in modifiers.group():  # a macro moves the value to where no `if` may stand
            yield "expression", equals.end(), end, ""
        else:
            yield "value", equals.end(), end, mask[at : equals.start()]
    elif HEADER.search(head):
        yield from arguments(mask, at, end)
    elif head not in ("return",) and not re.match(r"case \w+", head):
        yield "statement", at, end, ""


def condition(mask, start, end):
    """The clauses of a condition that bind nothing, and the statements that follow on the same line."""
    brace = block(mask, start, end)
    stop = brace
    if mask[start:brace].rstrip().endswith("else"):
        stop = mask.rindex("else", start, brace)
    for a, b in split(mask, start, stop):
        if not re.match(r"\s*(let|var|case|#)\b", mask[a:b]):
            yield "expression", a, b, ""
    yield from inner(mask, brace, end)


def block(mask, start, end):
    brace = find_outside(mask, start, end, re.compile(r"\{"))
    return brace.start() if brace else end


def inner(mask, brace, end):
    """The statement within braces on one line, and what follows them."""
    if brace >= end:
        return
    close = closing(mask, brace)
    if close < end:
        yield from classify(mask, brace + 1, close)
        yield from classify(mask, close + 1, end)


def arguments(mask, start, end):
    """The arguments of a call whose trailing closure goes on over the following lines."""
    opener = find_outside(mask, start, end, re.compile(r"\("))
    while opener:
        close = closing(mask, opener.start())
        for a, b in split(mask, opener.end(), close):
            label = re.match(r"\s*\w+: ", mask[a:b])
            yield "expression", a + (label.end() if label else 0), b, ""
        opener = find_outside(mask, close + 1, end, re.compile(r"\("))
