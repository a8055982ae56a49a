"""The environment of a run: strata-bench in release, Python with the peers, and the description of the machine."""

import os
import platform
import re
import shlex
import subprocess
import sys
import venv
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".build" / "bench-venv"

# The newest release, as the wheel for CPUs if this index has it.
TORCH = ["torch", "--extra-index-url", "https://download.pytorch.org/whl/cpu"]

# The pip package, the module that shows that it is installed, and its purpose.
PACKAGES: list[tuple[list[str], str, str]] = [
    (["numpy"], "numpy", "all peers"),
    (TORCH, "torch", "torch-eager, torch-fused and torch-compile"),
    (["jax"], "jax", "jax"),
    (["onnx"], "onnx", "onnxruntime"),
    (["onnxruntime"], "onnxruntime", "onnxruntime"),
    (["mlx" if sys.platform == "darwin" else "mlx[cpu]"], "mlx.core", "mlx"),
]

# The modules of the peers and their flags, by framework name.
PEERS = {
    "torch-eager": ["torch_eager"],
    "torch-fused": ["torch_eager", "--fused"],
    "torch-compile": ["torch_compile"],
    "jax": ["jax_jit"],
    "numpy": ["numpy_blas"],
    "mlx": ["mlx_compiled"],
    "onnxruntime": ["onnx_runtime"],
}


def say(line: str) -> None:
    """Prints progress, separate from the results."""
    print(line, file=sys.stderr, flush=True)


def python() -> Path:
    """Returns the interpreter with the peers' packages, installs them if necessary, and reports those that fail."""
    interpreter = ENVIRONMENT / "bin" / "python"
    if not interpreter.exists():
        say(f"Making a Python environment in {ENVIRONMENT.relative_to(ROOT)}")
        venv.create(ENVIRONMENT, with_pip=True)
    for package, module, use in PACKAGES:
        if _has(interpreter, module):
            continue
        say(f"Installing {package[0]}")
        command = [str(interpreter), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *package]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0 or not _has(interpreter, module):
            reason = (done.stderr.strip().splitlines() or ["it does not load here"])[-1]
            say(f"MISSING {package[0]}, so no {use}: {reason}")
    return interpreter


def _has(interpreter: Path, module: str) -> bool:
    return subprocess.run([str(interpreter), "-c", f"import {module}"], capture_output=True).returncode == 0


def build() -> Path:
    """Builds strata-bench in release and returns its path."""
    say("Building strata-bench")
    swift = [os.environ.get("SWIFT", "swift"), "build", "-c", "release", "--product", "strata-bench"]
    swift += shlex.split(os.environ.get("SWIFTFLAGS", ""))
    subprocess.run(swift, cwd=ROOT, check=True, stdout=sys.stderr)
    where = subprocess.run([*swift, "--show-bin-path"], cwd=ROOT, check=True, capture_output=True, text=True)
    return Path(where.stdout.strip()) / "strata-bench"


def memory(strata: Path) -> str:
    """Returns a sentence about the resident memory of training; empty if the system does not report it."""
    return _said(str(strata), "--memory")


def commands(strata: Path, interpreter: Path, workers: int) -> dict[str, list[str]]:
    """Returns the command that starts each program as a server."""
    peers = {
        name: [str(interpreter), "-m", f"peers.{module}", *flags, "--serve", "--threads"]
        for name, (module, *flags) in PEERS.items()
    }
    return {name: [*command, str(workers)] for name, command in
            {"strata": [str(strata), "--serve", "--workers"], **peers}.items()}  # fmt: skip


def machine() -> dict[str, str | int]:
    """Returns the processor, its cores, the system, and the measured versions."""
    model = _said("sysctl", "-n", "machdep.cpu.brand_string")
    facts = Path("/proc/cpuinfo")
    if facts.exists():
        entries = dict(re.findall(r"^([\w ]+?)\s*:\s*(.*)$", facts.read_text(), re.MULTILINE))
        model = entries.get("model name", platform.machine())
        if "cpu family" in entries:
            model += f" (family {entries['cpu family']}, model {entries['model']})"
        if "avx512f" in entries.get("flags", ""):
            model += " with AVX-512"
    return {
        "cpu": model or platform.machine(),
        "cores": os.cpu_count() or 1,
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "swift": (_said(os.environ.get("SWIFT", "swift"), "--version").splitlines() or ["unknown"])[0],
        "python": platform.python_version(),
        "date": date.today().isoformat(),
        "commit": _said("git", "-C", str(ROOT), "describe", "--always", "--dirty"),
    }


def _said(*command: str) -> str:
    """Returns the output of a program; empty if it does not exist."""
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()
    except FileNotFoundError:
        return ""
