"""A source file as the mutants see it: text, comments and strings masked, tokens, and the places to plant at."""

import re
from dataclasses import dataclass, field

TOKEN = re.compile(
    r'"[^"]*"'
    r"|0x[0-9A-Fa-f.]+(?:p[-+]?\d+)?f?|\d[\d_]*(?:\.\d+)?(?:[eE][-+]?\d+)?[fuUlL]*"
    r"|[#@]?[A-Za-z_$][\w$]*"
    r"|\.\.[.<]|->|&&|\|\||\?\?|[-+*/%&|^]=|<<|>>|<=|>=|===?|!==?|\+\+|--|[-+*/%<>=!&|^~?]"
    r"|[^\s]"
)
OPENERS = {"(": ")", "[": "]", "{": "}"}


@dataclass
class Token:
    text: str
    start: int
    end: int
    spaced: bool = False  # a space, or an end of the text, on both sides
    prefix: bool = False  # stands before its operand without a space
    partner: int = -1  # the bracket that belongs to a bracket


def tokens_of(mask):
    tokens = [Token(m.group(), m.start(), m.end()) for m in TOKEN.finditer(mask)]
    stack = []
    for i, token in enumerate(tokens):
        before = mask[token.start - 1 : token.start]
        after = mask[token.end : token.end + 1]
        token.spaced = (before == "" or before.isspace()) and (after == "" or after.isspace())
        token.prefix = (before == "" or before.isspace() or before in "([{,") and after not in ("", " ", "\n")
        if token.text in OPENERS:
            stack.append(i)
        elif token.text in OPENERS.values() and stack and OPENERS[tokens[stack[-1]].text] == token.text:
            token.partner = stack.pop()
            tokens[token.partner].partner = i
    return tokens


def masked(text, is_c):
    """The text without comments, and the same with empty strings; both as long as the text."""
    code, mask = list(text), list(text)

    def blank(buffers, start, end):
        for buffer in buffers:
            for k in range(start, end):
                if buffer[k] != "\n":
                    buffer[k] = " "

    i = 0
    while i < len(text):
        if text.startswith("//", i):
            end = text.find("\n", i)
            end = len(text) if end < 0 else end
            blank((code, mask), i, end)
            i = end
        elif text.startswith("/*", i):
            end = text.index("*/", i) + 2
            blank((code, mask), i, end)
            i = end
        elif text[i] == '"':
            end = end_of_string(text, i)
            blank((mask,), i + 1, end - 1)
            i = end
        elif is_c and text.startswith("\\\n", i):
            code[i] = mask[i] = " "
            i += 2
        else:
            i += 1
    return "".join(code), "".join(mask)


def end_of_string(text, i):
    """Where the string ends that starts at i, past the strings within its interpolations."""
    quote = '"""' if text.startswith('"""', i) else '"'
    i += len(quote)
    while not text.startswith(quote, i):
        if text.startswith("\\(", i):
            depth, i = 1, i + 2
            while depth:
                if text[i] == '"':
                    i = end_of_string(text, i)
                    continue
                depth += {"(": 1, ")": -1}.get(text[i], 0)
                i += 1
        elif text[i] == "\\":
            i += 2
        else:
            i += 1
    return i + len(quote)


@dataclass
class Site:
    """A piece of code that stands for a whole: a statement, or an expression that may be put in parentheses."""

    path: str
    kind: str  # "statement", "value" (what a declaration is set to) or "expression"
    start: int
    end: int
    code: str
    mask: str
    function: str
    line: int
    declared: str = ""  # of a value: what is declared
    tokens: list = field(default_factory=list)

    def __post_init__(self):
        self.tokens = tokens_of(self.mask)

    @property
    def is_c(self):
        return not self.path.endswith(".swift")


class Source:
    """The sites of a file, as its language finds them."""

    def __init__(self, path, text, language):
        self.path, self.text = path, text
        self.is_c = not path.endswith(".swift")
        self.code, self.mask = masked(text, self.is_c)
        functions = [(m.start(), next(g for g in m.groups() if g)) for m in language.FUNCTION.finditer(self.mask)]
        self.sites = []
        for kind, start, end, declared in language.find(self.mask):
            piece = self.mask[start:end]
            start += len(piece) - len(piece.lstrip())
            end -= len(piece) - len(piece.rstrip())
            if start >= end:
                continue
            name = next((n for at, n in reversed(functions) if at <= start), "")
            if name in language.SKIPPED_FUNCTIONS:
                continue
            self.sites.append(
                Site(path, kind, start, end, self.code[start:end], self.mask[start:end], name,
                     text.count("\n", 0, start) + 1, declared))


def closing(mask, i):
    """Where the bracket closes that opens at i."""
    depth = 0
    for k in range(i, len(mask)):
        if mask[k] in "([{":
            depth += 1
        elif mask[k] in ")]}":
            depth -= 1
            if depth == 0:
                return k
    return len(mask)


def split(mask, start, end, separator=","):
    """The pieces of mask[start:end] between separators outside of brackets, as (start, end)."""
    pieces, depth, first = [], 0, start
    for k in range(start, end):
        if mask[k] in "([{":
            depth += 1
        elif mask[k] in ")]}":
            depth -= 1
        elif mask[k] == separator and depth == 0:
            pieces.append((first, k))
            first = k + 1
    pieces.append((first, end))
    return [(a, b) for a, b in pieces if mask[a:b].strip()]


def find_outside(mask, start, end, pattern):
    """The first match of a compiled pattern outside of brackets."""
    depth = 0
    for k in range(start, end):
        if depth == 0:
            match = pattern.match(mask, k, end)
            if match:
                return match
        if mask[k] in "([{":
            depth += 1
        elif mask[k] in ")]}":
            depth -= 1
    return None
