"""Which files are mutated, what tests look at them, and the seeded sample of faults."""

import fnmatch
import re
import subprocess
import zlib
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

import c
import operators
import swift
from source import Site, Source

# What the promise is about: layers, losses, cells, recomputation, optimizers and what goes before their step, sweeps,
# the tape, the kernels, augmentation, the comparison of runs, and of the tensors the sums, products and digests.
TENSOR = (
    "AxisIndex|BLASScalar|Broadcasting|Einsum|Factors|Gathering|Joining|Layout|MatrixFactor|Matmul|Ordering|"
    "ParallelBlocks|Rearranging|Reductions|Selecting|TensorDigest")
TRAINING = (
    r"Accuracy|Ada\w+|BestState|Clipping|EarlyStopping|Evaluation|LAMB|Lion|Monitor|Muon|NAdam|Optimizer|OptimizerState|"
    r"ParameterGroup|RAdam|RMSProp|ReduceOnPlateau|Rprop|SGD|ScaledNorm|Schedule[\w+]*|Slots|Trainer[\w+]*|UpdatePass|"
    "AveragePrecision|CalibrationError|Checkpointer|ClassRows|EventFile|FBeta|LogLoss|MeanValue|Precision|"
    r"PredictionCounts|R2Score|RMSE|ROCAUC|RankedScores|Recall|TopKAccuracy|TrainingCheckpoint|GroupOptions?|SparseAdam|"
    r"Sweep\w+|WeightLimit")
# Of the layers' module not those files that only print, name, walk, list or diagnose.
NOT_LAYERS = (
    "CachedBytes|Constant|Container|EffectiveMatrix|Initializer|Layer(?:Builder|Facts|Observ.*)|"
    "MemoryLimitError|Model.*|ShapeError|Size2D")
# A file's room within its module does not matter.
ROOM = r"(?:\w+/)*"
MUTATED = re.compile(
    rf"Sources/(?:StrataTensor/{ROOM}(?:{TENSOR})|StrataTraining/{ROOM}(?:{TRAINING})|"
    rf"StrataLayers/{ROOM}(?!(?:{NOT_LAYERS})\.)[\w+]+|"
    rf"StrataAutograd/{ROOM}(?!Trace)\w+|StrataDiagnosis/Comparison/\w+|StrataData/Augmentation/[\w+]+)\.swift|"
    r"Sources/CStrataKernels/(?:(?!Trail|Target|Meter)\w+\.c|\w+Math\.h)")

# The suites that are run first for a file, by a part of its path; what survives them meets all the others too.
NEAREST = [
    ("StrataTraining/", r"StrataTrainingTests\."),
    ("StrataAutograd/", r"StrataAutogradTests\."),
    ("StrataData/", r"StrataDataTests\."),
    ("StrataDiagnosis/", r"StrataDiagnosisTests\."),
    ("StrataTensor/", r"StrataTensorTests\.(Reduction|Matmul|Broadcasting|Elementwise|Joining|WorkerPool|CopyOnWrite)"),
    ("CStrataKernels/Optimizers", r"StrataTrainingTests\."),
    ("CStrataKernels/(Reductions|Gemm|Elementwise|FloatMath)", r"StrataTensorTests\."),
    ("", r"StrataLayersTests\."),
]
# To Swift a point between two letters is no end of a word, so \b would not do.
ALL_TESTS = r"^((Strata(Tensor|Layers|Data|Training|Diagnosis|Testing|Autograd)|Edge|Misuse)Tests|ExamplesTests\.CheckpointMemoryTests)[./]"
# A target of which no suite is among these, so that it need not be compiled.
NOT_COMPILED = {"StrataImagesTests"}


@dataclass
class Mutant:
    number: int
    site: Site
    operator: str
    code: str

    @property
    def key(self):
        """What tells a mutant from another, wherever its line moves."""
        return self.site.path, operators.normalized(self.site.code), operators.normalized(self.code)

    def __str__(self):
        before, after = self.key[1:]
        return f"{self.site.path}:{self.site.line} [{self.operator}]\n    - {before}\n    + {after or '(nothing)'}"


def nearest_tests(path):
    return next(tests for part, tests in NEAREST if re.search(part, path))


def sources(root, pattern=None):
    listed = subprocess.run(["git", "ls-files", "Sources"], cwd=root, capture_output=True, text=True, check=True)
    for path in sorted(listed.stdout.split()):
        if MUTATED.fullmatch(path) and (pattern is None or fnmatch.fnmatch(path, f"*{pattern}*")):
            yield Source(path, Path(root, path).read_text(), swift if path.endswith(".swift") else c)


def every_mutant(all_sources):
    faults = [(site, name, code) for s in all_sources for site in s.sites for name, code in operators.mutations(site)]
    # Numbers that do not change with other code, so that what has not changed is not compiled again.
    mutants = {}
    for fault in faults:
        mutant = Mutant(0, *fault)
        mutant.number = zlib.crc32("\0".join(mutant.key).encode()) >> 1
        while mutant.number in mutants:
            mutant.number += 1
        mutants[mutant.number] = mutant
    return list(mutants.values())


def sampled(mutants, seed):
    """All of them, in an order whose every beginning represents operators and files as evenly as it can."""
    # By a hash of each, so that where one is left out the others keep their order.
    shuffled = sorted(mutants, key=lambda m: zlib.crc32(f"{seed} {m.number}".encode()))
    strata = defaultdict(lambda: defaultdict(list))
    for mutant in shuffled:
        strata[mutant.operator][mutant.site.path].append(mutant)
    # The larger a file the more of it, but not in proportion: each counts.
    size = {path: count**0.5 for path, count in Counter(m.site.path for m in shuffled).items()}
    by_operator, by_file, order = Counter(), Counter(), []
    while strata:
        operator = min(strata, key=lambda name: (by_operator[name], name))
        files = strata[operator]
        path = min(files, key=lambda name: (by_file[name] / size[name], name))
        order.append(files[path].pop())
        by_operator[operator] += 1
        by_file[path] += 1
        if not files[path]:
            del files[path]
        if not files:
            del strata[operator]
    return order
