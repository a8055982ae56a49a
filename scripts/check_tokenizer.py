"""Compares Strata's tokenizers with the Python package tokenizers: merges, files, tokens and decoded texts.

Usage:  check_tokenizer.py TOKENIZE DIRECTORY       TOKENIZE: the program of Tests/Tokenize; DIRECTORY: for its files
"""

import gzip
import pathlib
import random
import subprocess
import sys
import unicodedata
from array import array

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

program, directory = sys.argv[1], pathlib.Path(sys.argv[2])
ROOT = pathlib.Path(__file__).resolve().parent.parent
END = "<|endoftext|>"


def strata(*arguments) -> None:
    subprocess.run([program, *map(str, arguments)], check=True)


def train(text: str, size: int, special: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=special, show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.train_from_iterator([text], trainer)
    return tokenizer


def texts() -> dict[str, str]:
    draw = random.Random(7)
    sources = sorted(path for kind in ("*.swift", "*.py", "*.c", "*.md") for path in (ROOT / "Sources").rglob(kind))
    # What is assigned in the oldest of the versions of Unicode that the readers may have: that of Python.
    assigned = [c for c in map(chr, range(0x110000)) if unicodedata.category(c) not in ("Cn", "Cs")]
    draw.shuffle(assigned)
    mixed = [
        draw.choice(["a", "é", "中", "1", "½", "!", "'s", "'", "\u0301", " ", "  ", "\n", "\t", "\u00a0", "😀", END])
        for _ in range(300_000)
    ]
    scripture = gzip.decompress((ROOT / "data/text/new-testament.txt.gz").read_bytes()).decode()
    return {
        "english": scripture, "code": "\n".join(path.read_text() for path in sources),
        "unicode": "".join(c + draw.choice(["", " ", "a", "7", "-", "\n"]) for c in assigned), "mixed": "".join(mixed),
        "run": "ab" * 5000 + " " * 10_000 + "x",
    }


def tokens_of(path: pathlib.Path) -> list[int]:
    tokens = array("i")
    tokens.frombytes(path.read_bytes())
    return tokens.tolist()


compared = 0
draw = random.Random(11)
all_texts = texts()
for name, text in all_texts.items():
    (directory / f"{name}.txt").write_bytes(text.encode())
for name, size in [("english", 8000), ("code", 4000), ("unicode", 2000), ("mixed", 600), ("run", 300)]:
    theirs, ours = directory / f"{name}-theirs.json", directory / f"{name}-ours.json"
    train(all_texts[name], size, [END]).save(str(theirs))
    strata("train", directory / f"{name}.txt", size, ours, END)
    assert ours.read_bytes() == theirs.read_bytes(), f"{name}: the trained tokenizers differ"
    tokenizer = Tokenizer.from_file(str(ours))
    for other, text in all_texts.items():
        strata("encode", ours, directory / f"{other}.txt", directory / "tokens")
        found, expected = tokens_of(directory / "tokens"), tokenizer.encode(text).ids
        assert found == expected, f"{other} with the tokenizer of {name}: the tokens differ"
        compared += len(found)
    random_tokens = [draw.randrange(tokenizer.get_vocab_size()) for _ in range(100_000)]
    for tokens in (tokenizer.encode(all_texts["mixed"]).ids, random_tokens):
        (directory / "tokens").write_bytes(array("i", tokens).tobytes())
        strata("decode", ours, directory / "tokens", directory / "text")
        assert (directory / "text").read_bytes().decode() == tokenizer.decode(tokens), f"{name}: the texts differ"

strata("characters", directory / "english.txt", directory / "characters.json")
tokenizer = Tokenizer.from_file(str(directory / "characters.json"))
for name in ("english", "code"):
    strata("encode", directory / "characters.json", directory / f"{name}.txt", directory / "tokens")
    text = all_texts[name][:300_000]
    assert tokens_of(directory / "tokens")[:len(text)] == tokenizer.encode(text).ids, f"{name}: the characters differ"
    compared += len(text)
print(f"Strata and the package tokenizers agree in five trained tokenizers and {compared} tokens")
