"""The sites of a C file: what stands in statements, and the formulas given to the macros of the kernels."""

import re

from source import closing, find_outside, split

FUNCTION = re.compile(
    r"\bK\((\w+)\)\(|^(?:static |AVX512 |INLINE )[^\n;=]*?\b(\w+)\(|"
    r"^(?:FORWARD|BACKWARD|UNARY|BINARY|ACTIVATION|POINTWISE_LOSS|RNN|SUM|EXTREME)\((\w+)", re.M)
# The macros that are given a formula, each an instance of a function.
INSTANCE = re.compile(r"^(?:UNARY|BINARY|BACKWARD|ACTIVATION|POINTWISE_LOSS|RNN|SUM)\(", re.M)
EQUALS = re.compile(r"(?<![=!<>+\-*/%&|^])=(?!=)")
DECLARATION = re.compile(
    r"(?:const )?(?:__m\w+|T|T_LANES|double_lanes|int32_lanes|vec|words|float|double|bool|int|int32_t|uint32_t|"
    r"ptrdiff_t|size_t|__typeof__\([^)]*\)) (?:\*\s*(?:const )?)?\w+(?:\[[^\]]*\])* ?(?:=|,|$)")
DIRECTIVE = re.compile(r"^[ \t]*#[^\n]*", re.M)
SKIPPED_FUNCTIONS = set()


def find(mask):
    code = strip_directives(mask)
    for match in INSTANCE.finditer(code):
        close = closing(code, match.end() - 1)
        for a, b in split(code, match.end(), close)[1:]:
            if re.search(r"[-+*/?<>()]", code[a:b]) and "const" not in code[a:b] and "OPTION" not in code[a:b]:
                yield "expression", a, b, ""
        code = code[: match.start()] + " " * (close + 1 - match.start()) + code[close + 1 :]
    yield from block(code, 0, len(code))


def strip_directives(mask):
    """Without directives; the further lines of a macro remain, as if they were a function's body."""
    return DIRECTIVE.sub(lambda m: " " * (len(m.group()) - 1) + ";", mask)


def block(mask, start, end):
    """Goes over declarations and statements, which end with a semicolon or a brace outside of brackets."""
    first = i = start
    while i < end:
        c = mask[i]
        if c in "([":
            i = closing(mask, i)
        elif c == "=" and re.match(r"=\s*\{", mask[i:]):
            i = closing(mask, mask.index("{", i))  # an initializer, not a block
        elif c == "{":
            yield from statement(mask, first, i, header=True)
            first = i + 1
        elif c == "}":
            first = i + 1
        elif c == ";":
            yield from statement(mask, first, i, header=False)
            first = i + 1
        i += 1


def statement(mask, start, end, header):
    while start < end and mask[start].isspace():
        start += 1
    text = mask[start:end]
    if not text.strip() or re.match(r"(static|typedef|enum|struct|goto|break|continue|case|default|UNROLLED)\b", text):
        return
    if match := re.match(r"(for|if|while|switch|FOR_EACH|else if|UNROLL for)\s*\(", text):
        opener = start + match.end() - 1
        close = closing(mask, opener)
        if match.group(1).endswith("for"):
            parts = split(mask, opener + 1, close, ";")
            if len(parts) == 3:
                yield from statement(mask, *parts[0], header=True)
                yield "expression", *parts[1], ""
        elif match.group(1) == "FOR_EACH":
            yield "expression", *split(mask, opener + 1, close)[1], ""
        else:
            yield "expression", opener + 1, close, ""
        yield from statement(mask, close + 1, end, header)
    elif match := re.match(r"else\b", text):
        yield from statement(mask, start + match.end(), end, header)
    elif text.startswith("return"):
        if text.strip() != "return":
            yield "expression", start + 6, end, ""
    elif match := DECLARATION.match(text):
        type_end = start + re.match(r"(?:const )?(?:__typeof__\([^)]*\)|\w+)", text).end()
        for a, b in split(mask, type_end, end):
            equals = find_outside(mask, a, b, EQUALS)
            if equals and not mask[equals.end() : b].strip().startswith("{"):
                yield "expression", equals.end(), b, text[: type_end - start]
    elif not header and re.match(r"(?:\*?\w[\w.>\[\]-]*|\*\(|\w+\()", text) and not re.match(r"\w+ \*?\w+(\(|$)", text):
        yield "statement", start, end + 1, ""
