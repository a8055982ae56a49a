"""The operators: each makes faulty versions of a site, as a name and the new code."""

import re

PRECEDENCE = {
    "*": 7, "/": 7, "%": 7, "+": 6, "-": 6, "<<": 5.5, ">>": 5.5, "..<": 5, "...": 5, "&": 4.9, "^": 4.8, "|": 4.7,
    "??": 4.5, "<": 4, ">": 4, "<=": 4, ">=": 4, "==": 4, "!=": 4, "===": 4, "&&": 3, "||": 2, "?": 1,
    "=": 0, "+=": 0, "-=": 0, "*=": 0, "/=": 0}
WORDS = {"return", "in", "try", "else", "case", "copy", "consume", "const", "where"}

# Names that are easily taken for each other.
ALIKE = [
    ("mean", "variance"), ("mean", "square"), ("sum", "product"), ("sum", "square"), ("sums", "products"),
    ("scale", "shift"), ("factor", "shift"), ("a", "b"), ("b", "c"), ("height", "width"), ("rows", "columns"),
    ("first", "last"), ("before", "after"), ("dBeta", "dGamma"), ("inputWeight", "hiddenWeight"),
    ("inputBias", "hiddenBias"), ("inputs", "outputs"), ("dz", "dzh"), ("z", "zh"), ("dy", "y"), ("u", "v"),
    ("m", "v"), ("w", "g"), ("i", "f"), ("g", "o"), ("i", "g"), ("f", "o"), ("input", "forget"),
    ("candidate", "output"), ("reset", "update"), ("dg", "du"), ("du", "dm"), ("hBefore", "h"), ("cBefore", "c"),
    ("c_before", "c"), ("h_before", "h"), ("forward", "backward"), ("momentum", "fresh"), ("beta1", "beta2"),
    ("fresh1", "fresh2"), ("slope", "velocity"), ("step_size", "shrink"), ("weight", "bias"), ("rest", "rounded"),
    ("total", "distance"), ("stride_h", "stride_w"), ("pad_h", "pad_w"), ("phases_h", "phases_w"), ("p", "q"),
    ("yes", "no"), ("left", "right"), ("mass", "distance"), ("best", "rate"), ("lowerBound", "upperBound"),
    ("dropFirst", "dropLast"), ("prefix", "suffix"), ("max", "min"), ("counts", "starts"), ("alpha", "fresh"),
    ("rate", "momentum"), ("input", "output"), ("depth", "columns"), ("x", "dy"), ("start", "count")]
OTHERS = {}
for one, other in ALIKE:
    OTHERS.setdefault(one, []).append(other)
    OTHERS.setdefault(other, []).append(one)

TIMES = re.compile(r"^(step|index|t|time|before|after|row|position|number|stepsDone)$")
MEANS = re.compile(r"^(scale|divisor|samples|batch|count)$")
LOSSES = re.compile(r"Loss|Entropy|Error\.|Divergence|Huber|MicroBatch|SquaredError|AbsoluteError")
INTEGERS = re.compile(r"ptrdiff_t|int|size_t|bool|enum|mask|words|__typeof__")
# Tuning that by the rules of the project changes no number: how work is cut, fetched ahead, or held.
TUNING = re.compile(r"\b(?:\w*[gG]rain|__builtin_prefetch|AHEAD|band|blockLength|elementGrain|SMALL|reserveCapacity)\b")


def mutations(site):
    """Every faulty version of a site, without repetitions."""
    if TUNING.search(site.declared + site.mask) or site.function.startswith("require"):
        return
    seen = {normalized(site.code)}
    for operator in OPERATORS:
        for edits in operator(site):
            name = operator.__name__.replace("_", " ").replace("1 0001", "1.0001")
            code = site.code
            for start, end, text in sorted(edits, reverse=True):
                code = code[:start] + text + code[end:]
            if normalized(code) not in seen:
                seen.add(normalized(code))
                yield name, code


def normalized(code):
    return re.sub(r"\s+", " ", code).strip()


def extent(site, i, direction, stop):
    """Where the operand of the binary operator at token i ends, to the left (-1) or right (+1)."""
    tokens, k = site.tokens, i + direction
    far = None
    while 0 <= k < len(tokens):
        token = tokens[k]
        if token.partner >= 0 and (token.partner > k) == (direction > 0):
            far, k = token.partner, token.partner + direction
            continue
        if token.partner >= 0 or token.text in ",;:" or token.text in WORDS - {"copy", "consume"}:
            break
        if (token.spaced or token.text in ("..<", "...")) and token.text in PRECEDENCE:
            if PRECEDENCE[token.text] < stop or (direction > 0 and PRECEDENCE[token.text] == stop):
                break
        far, k = k, k + direction
    if far is None:
        return None
    return tokens[far].start if direction < 0 else tokens[far].end


def binaries(site, *operators):
    for i, token in enumerate(site.tokens):
        if token.text in operators and (token.spaced or token.text in ("..<", "...")):
            left = extent(site, i, -1, PRECEDENCE[token.text])
            right = extent(site, i, 1, PRECEDENCE[token.text])
            if left is not None and right is not None and i > 0:
                yield token, (left, site.tokens[i - 1].end), (site.tokens[i + 1].start, right)


def result(site):
    """The span of the value that a site comes to, or None."""
    tokens, end = site.tokens, len(site.code.rstrip().rstrip(";").rstrip())
    if site.kind != "statement":
        return 0, end
    for token in tokens:
        if token.text == "return":
            return (token.end + 1, end) if token.end < end else None
    depth = 0
    for token in tokens:
        depth += 1 if token.text in "([{" else -1 if token.text in ")]}" else 0
        if depth == 0 and token.spaced and token.text in ("=", "+=", "-="):
            return token.end + 1, end
    return None


def flip_a_sign(site):
    opposite = {"+": "-", "-": "+", "+=": "-=", "-=": "+="}
    for token in site.tokens:
        if token.spaced and token.text in opposite:
            yield [(token.start, token.end, opposite[token.text])]
        elif token.text == "-" and token.prefix and not site.mask[token.end].isdigit():
            yield [(token.start, token.end, "")]


def drop_a_term(site):
    for token, left, right in binaries(site, "+", "-"):
        yield [(left[1], right[1], "")]
        yield [(left[0], right[0], "-" if token.text == "-" else "")]


def drop_a_factor(site):
    for token, left, right in binaries(site, "*", "/"):
        yield [(left[1], right[1], "")]
        if token.text == "*":
            yield [(left[0], right[0], "")]


def divide_for_multiply(site):
    for token, _, _ in binaries(site, "*", "/"):
        yield [(token.start, token.end, "*" if token.text == "/" else "/")]


def swap_operands(site):
    for _, left, right in binaries(site, "-", "/"):
        yield [(*left, site.code[slice(*right)]), (*right, site.code[slice(*left)])]
    for call in site.tokens:
        if call.text != "(" or call.partner < 0:
            continue
        close = site.tokens[call.partner]
        pieces, depth, first = [], 0, call.end
        for token in site.tokens:
            if call.end <= token.start < close.start:
                depth += 1 if token.text in "([{" else -1 if token.text in ")]}" else 0
                if token.text == "," and depth == 0:
                    pieces.append((first, token.start))
                    first = token.end
        pieces.append((first, close.start))
        values = [re.match(r"\s*(?:\w+: )?(&?[\w.$]+)\s*$", site.mask[a:b]) for a, b in pieces]
        for (a, _), (b, _), one, other in zip(pieces, pieces[1:], values, values[1:]):
            if one and other:
                yield [(a + one.start(1), a + one.end(1), other[1]), (b + other.start(1), b + other.end(1), one[1])]


def swap_a_transpose(site):
    for match in re.finditer(r"\.transposed\b", site.mask):
        yield [(*match.span(), "")]
    for match in re.finditer(r"\b(?:matmul|addProduct)\((\w[\w.]*), (\w[\w.]*)[,)]", site.mask):
        for group in (1, 2):
            if not match[group].endswith("transposed"):
                yield [(match.end(group), match.end(group), ".transposed")]
    for match in re.finditer(r"gemm\(\s*(false|true), (false|true)", site.mask):
        for group in (1, 2):
            yield [(*match.span(group), "true" if match[group] == "false" else "false")]


def shift_a_bound(site):
    other = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
    for token, left, right in binaries(site, "..<"):
        yield [(right[1], right[1], " - 1")]
        yield [(left[1], left[1], " + 1")]
    for token, left, right in binaries(site, *other):
        # A minimum or maximum: where both are equal, either arm is right.
        arms = {site.code[slice(*left)], site.code[slice(*right)]}
        chosen = re.match(r"\s*\? (.*?) : (.*)", site.code[right[1] :])
        if not chosen or set(chosen.groups()) != arms:
            yield [(token.start, token.end, other[token.text])]


def take_another_time_step(site):
    for token in site.tokens:
        if TIMES.match(token.text) and not re.match(r"\s*[:(]", site.mask[token.end :]):
            if not site.mask[: token.start].endswith((".", "let ", "var ")):
                yield [(token.start, token.end, f"({token.text} + 1)")]
                yield [(token.start, token.end, f"({token.text} - 1)")]


def apply_the_mean_twice(site):
    if not LOSSES.search(site.path + "."):
        return
    for token in site.tokens:
        if MEANS.match(token.text) and not site.mask[token.end :].startswith((":", "(", " =")):
            if not site.mask[: token.start].endswith((".", "let ", "var ", "T ")):
                yield [(token.start, token.end, f"({token.text} * {token.text})")]


def scale_by_1_0001(site):
    if site.is_c and (INTEGERS.search(site.declared) or (site.kind == "expression" and not site.declared)):
        if not re.search(r"^\s*\(T\)|\b(?:dy|exp|sqrt|sum|x|slope)\b", site.mask) or "?" in site.mask[:1]:
            return
    if site.is_c and site.kind == "statement" and not re.match(r"[\w.]*\w\[.*\] [-+]?=|\*|sum|loss|rest", site.mask):
        return
    if site.is_c and re.match(r"(?:winner|placed|word|key|packs|t\.|h[ei]+)", site.mask):
        return
    span = result(site)
    # Zeros times 1.0001 are zeros.
    if span and site.code[slice(*span)].strip() and "zeros:" not in site.mask:
        code = site.code[slice(*span)].strip()
        factor = ("1.0001f" if "Gemm" in site.path else "(T)1.0001") if site.is_c else "1.0001"
        yield [(*span, f"({code}) * {factor}")]
    for match in re.finditer(r"gradients\.add\((?=[^,]*,)", site.mask):
        comma = site.mask.index(", to:", match.end()) if ", to:" in site.mask else None
        if comma:
            yield [(match.end(), comma, f"({site.code[match.end():comma]}) * 1.0001")]


def overwrite_instead_of_add(site):
    for token in site.tokens:
        if token.spaced and token.text == "+=":
            yield [(token.start, token.end, "=")]
    for match in re.finditer(r"\b(?:adds|accumulat\w+|accumulate): ([^,)]+)", site.mask):
        if match[1] != "false":
            yield [(*match.span(1), "false")]
        yield [(*match.span(1), "true" if match[1] == "false" else f"!({match[1]})")]


def swap_names(site):
    for token in site.tokens:
        if site.mask[: token.start].endswith(("let ", "var ")) or re.match(r": ", site.mask[token.end :]):
            continue
        for other in OTHERS.get(token.text, []):
            yield [(token.start, token.end, other)]


def move_epsilon_out_of_the_root(site):
    roots = r"(rsqrt|sqrt|__builtin_elementwise_sqrt)\((.*) \+ (\w*[eE]psilon)\)"
    for match in re.finditer(roots, site.mask):
        inverse, root = ("1 / ", "sqrt") if match[1] == "rsqrt" else ("", match[1])
        yield [(*match.span(), f"{inverse}({root}({match[2]}) + {match[3]})")]
    match = re.search(r"/ \((.*) \+ epsilon\)", site.mask)
    if match and site.is_c:
        yield [(*match.span(), f"/ __builtin_elementwise_sqrt(({match[1]}) * ({match[1]}) + epsilon)")]
    match = re.search(r"__builtin_elementwise_sqrt\((\w+\[i\])\) \+ epsilon", site.mask)
    if match:
        yield [(*match.span(), f"__builtin_elementwise_sqrt({match[1]} + epsilon)")]


def skip_a_statement(site):
    if site.kind == "statement" and not site.mask.startswith("return"):
        yield [(0, len(site.code), ";" if site.is_c else "")]


def change_a_constant(site):
    for token in site.tokens:
        before = site.mask[: token.start]
        if re.fullmatch(r"\d+", token.text) and not before.endswith(("f", ".", "$")):
            number = int(token.text)
            yield [(token.start, token.end, str(number + 1))]
            if number > 0:
                yield [(token.start, token.end, str(number - 1))]
        elif re.fullmatch(r"\d+\.\d+(e-?\d+)?f?|0x1\.[0-9a-f]*p-?\d+f?", token.text):
            suffix = "f" if token.text.endswith("f") and "p" in token.text else ""
            yield [(token.start, token.end, f"({token.text} * 1.01{suffix})")]


def turn_a_condition(site):
    other = {"&&": "||", "||": "&&", "==": "!=", "!=": "==", "true": "false", "false": "true"}
    for i, token in enumerate(site.tokens):
        if token.text in other and (token.spaced or token.text in ("true", "false")):
            yield [(token.start, token.end, other[token.text])]
        elif token.text == "!" and token.prefix:
            yield [(token.start, token.end, "")]
        elif token.text == "?" and token.spaced:
            colon = next((t for t in site.tokens[i:] if t.text == ":" and t.spaced), None)
            if colon:
                left, right = extent(site, i, 1, 0.5), None
                right = extent(site, site.tokens.index(colon), 1, 0.5)
                if left is not None and right is not None and left <= colon.start:
                    one = (site.tokens[i + 1].start, left)
                    two = (site.tokens[site.tokens.index(colon) + 1].start, right)
                    yield [(*one, site.code[slice(*two)]), (*two, site.code[slice(*one)])]
                    yield [(*one, site.code[slice(*two)])]
                    yield [(*two, site.code[slice(*one)])]


def take_the_other_end(site):
    for match in re.finditer(r"\.reversed\(\)", site.mask):
        yield [(*match.span(), "")]
    for match in re.finditer(r"\.(lowerBound|upperBound|first|last|removeLast|removeFirst|isTransposed)\b", site.mask):
        others = {"lowerBound": "upperBound", "upperBound": "lowerBound", "first": "last", "last": "first",
                  "removeLast": "removeFirst", "removeFirst": "removeLast", "isTransposed": "isTransposed == false"}
        yield [(*match.span(1), others[match[1]])]


OPERATORS = [
    flip_a_sign, drop_a_term, drop_a_factor, divide_for_multiply, swap_operands, swap_a_transpose, shift_a_bound,
    take_another_time_step, apply_the_mean_twice, scale_by_1_0001, overwrite_instead_of_add, swap_names,
    move_epsilon_out_of_the_root, skip_a_statement, change_a_constant, turn_a_condition, take_the_other_end]
