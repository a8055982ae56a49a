"""Makes tokenizer/: what the Python package tokenizers makes of some texts, with which the tests compare.

Usage:  pip install tokenizers
        python make_tokenizer.py            # rewrite the files
        python make_tokenizer.py --check    # compare the files with a new run

`trained.json` is a tokenizer, trained on CORPUS and saved by the package. `cases.json` has, for each text, the words of
GPT-2's regular expression, the tokens of that tokenizer, without and with a space before the text, and the text that the
package decodes from them; the texts of random tokens, most of which are no UTF-8; and the tokens of the text of all
cases with a tokenizer for characters. `kinds.json` has the first code point of each range in which all are letters (0),
numbers (1), others (2) or white space (3) to the regular expression. `merges.json` has the merges of corpora made to
have many pairs that are equally frequent, or tokens that come from two pairs.
"""

import argparse
import json
import pathlib
import random
import sys

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

DIRECTORY = pathlib.Path(__file__).resolve().parent / "tokenizer"
END, MARK = "<|endoftext|>", "<mark> two"

TEXTS = {
    "empty": "",
    "a space": " ",
    "a letter": "a",
    "English": "The quick brown fox doesn't jump; it's we'll, they've, I'm, you're, he'd and DON'T 'tis ''s '",
    "code": "def f(x):\n    if x >= 10:\n\treturn [x**2 for _ in range(0x1F)]  # done!\n\n\n}",
    "digits": "1234567890 12.5e-3 ¼ ½ ² ³ Ⅷ ١٢٣ 一二三 ௧௨",
    "emoji": "👍🏽 👩‍👩‍👧‍👦 🇩🇪🇫🇷 ☺️ no ❤️‍🔥yes",
    "CJK": "我能吞下玻璃而不伤身体。私はガラスを食べられます。 나는 유리를 먹을 수 있어요.",
    "combining marks": "e\u0301 é a\u0308\u0323 नमस्ते क्षि ท่าน שָׁלוֹם \u0301 alone",
    "long spaces": "a          b  c   \td \u00a0\u00a0e\u2003\u3000f    ",
    "newlines": "one\n\ntwo\r\n\r\nthree \n four\n  \n five\u2028six\u0085seven\n",
    "only white space": " \t\n \u1680 ",
    "controls": "\0\x01\x1f\x7f\u200b\ufeff\u00ad\ue000\uffff\U0010ffff",
    "repetition": "aaaaaaaaaaaaaaaaaaaaaaa ababababab " + "la" * 40 + " " + "z" * 70,
    "special tokens": f"one{END}two {END}{END} three <|endof text|> <{END}> {MARK}{MARK} <mark>",
    "European": "Straße naïve Ελληνικά русский čeština ŁÓDŹ ǅ ʰ",
}

CORPUS = " ".join(TEXTS.values()) + " the other mother fathered the others, then they gathered there. " * 3

MERGES = {
    "ties": ("abcd bcda cdab dabc ABCD BCDA " * 2 + "é è ê ë", 300, 1),
    "repeats": ("aaaa aaaaa aaaaaaaa aa aaa bbbbbbb bb bababab ababab", 290, 1),
    "two ways": ("abc abc xabc xabc abcx abcy bcd bcd bcd abd abd cab cab cabc bca abca abcabc xabcx yabcy bc bc bc bc", 300, 1),
    "a minimum": ("one two two three three three four four four four", 400, 3),
    "all": ("to be or not to be", 400, 1),
}


def train(texts, size, minimum=1, special=(), prefix=False) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=prefix)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size, min_frequency=minimum, special_tokens=list(special), show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def words(text: str) -> list[str]:
    splitter = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return [text[start:end] for _, (start, end) in splitter.pre_tokenize_str(text)]


def kinds() -> list[list[int]]:
    """A character joins the run of a letter, of a digit or of an exclamation mark, or none of them."""
    ranges = []
    for code in range(0x110000):
        if 0xD800 <= code < 0xE000:
            continue
        kind = next((kind for kind, run in enumerate("a1!") if len(words(run + chr(code))) == 1), 3)
        if not ranges or ranges[-1][1] != kind:
            ranges.append([code, kind])
    return ranges


def cases(tokenizer: Tokenizer) -> dict:
    prefixed = Tokenizer.from_str(tokenizer.to_str())
    prefixed.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    found = []
    for name, text in TEXTS.items():
        tokens = tokenizer.encode(text).ids
        found.append({
            "name": name, "text": text, "words": words(text), "tokens": tokens, "prefixed": prefixed.encode(text).ids,
            "decoded": tokenizer.decode(tokens), "whole": tokenizer.decode(tokens, skip_special_tokens=False),
        })
    draw = random.Random(1)
    size = tokenizer.get_vocab_size()
    sequences = [[draw.randrange(size) for _ in range(draw.randrange(1, 40))] for _ in range(200)]
    return {"texts": found, "random": [{"tokens": ids, "decoded": tokenizer.decode(ids)} for ids in sequences]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing")
    check = parser.parse_args().check
    tokenizer = train([CORPUS], 420, special=[END])
    tokenizer.add_tokens([AddedToken(MARK, normalized=True)])
    merges = {
        name: json.loads(train([text], size, minimum).to_str())["model"]["merges"]
        for name, (text, size, minimum) in MERGES.items()
    }
    described = {
        name: {"text": text, "size": size, "minimum": minimum, "merges": merges[name]}
        for name, (text, size, minimum) in MERGES.items()
    }
    files = {
        "trained.json": tokenizer.to_str(pretty=True), "cases.json": json.dumps(cases(tokenizer), separators=(",", ":")),
        "corpus.txt": CORPUS, "kinds.json": json.dumps(kinds(), separators=(",", ":")),
        "merges.json": json.dumps(described, separators=(",", ":")),
    }
    DIRECTORY.mkdir(exist_ok=True)
    for name, text in files.items():
        if check and (DIRECTORY / name).read_bytes() != text.encode():
            sys.exit(f"{name} differs")
        (DIRECTORY / name).write_bytes(text.encode())
        print(f"{name}: {len(text.encode())} bytes")


main()
