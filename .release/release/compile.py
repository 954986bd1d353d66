"""Compiles the program for one target."""
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from . import project
from .project import GLIBC, NAME, ROOT, Target

# `CARGO` may name a wrapper.
CARGO = os.environ.get("CARGO", "cargo")


def this_machine() -> str:
    return compiler()["host"]


def compiler() -> dict[str, str]:
    """What rustc says of itself."""
    told = printed("rustc", "-vV")
    return dict(line.split(": ", 1) for line in told.splitlines() if ": " in line)


def printed(*command: str) -> str:
    return subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True).stdout


def program(target: Target) -> Path:
    environment = reproducible(target)
    command, triple = ["build"], target.triple
    if "linux" in triple:
        environment["PATH"] = f"{linker()}{os.pathsep}{environment['PATH']}"
        command, triple = ["zigbuild"], triple + (f".{GLIBC}" if triple.endswith("gnu") else "")
    arguments = [CARGO, *command, "--release", "--locked", "--package", NAME, "--target", triple]
    subprocess.run(arguments, check=True, cwd=ROOT, env=environment)
    return Path(folders()["target_directory"]) / target.triple / "release" / target.program


def reproducible(target: Target) -> dict[str, str]:
    """An environment in which no path of this machine gets into the program."""
    found = folders()
    home = os.environ.get("CARGO_HOME", str(Path.home() / ".cargo"))
    # The sources of the standard library are named so where they are not installed.
    library = (printed("rustc", "--print", "sysroot").strip() + "/lib/rustlib/src/rust", f"/rustc/{compiler()['commit-hash']}")
    # The last one that fits is taken, so the narrower stand below the wider.
    mapped = [(home, "/cargo"), (str(ROOT), f"/{NAME}"), (found["target_directory"], "/target"), library]
    mapped.append((found.get("build_directory", found["target_directory"]), "/target"))
    flags = [f"--remap-path-prefix={path}={name}" for path, name in mapped]
    c_flags = " ".join(f"-ffile-prefix-map={path}={name}" for path, name in mapped)
    if "windows" in target.triple:
        c_flags, flags = "", [*flags, "-Ctarget-feature=+crt-static"]
    return {
        **os.environ,
        "SOURCE_DATE_EPOCH": str(project.epoch()),
        "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(flags),
        f"CFLAGS_{target.triple.replace('-', '_')}": c_flags,
        "CARGO_INCREMENTAL": "0",
    }


def folders() -> dict:
    return json.loads(printed(CARGO, "metadata", "--format-version=1", "--no-deps", "--locked"))


def linker() -> Path:
    """The folder of cargo-zigbuild, which is installed the first time."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / NAME / "release"
    wanted, installed = ROOT / ".release/requirements.txt", cache / "requirements.txt"
    if not installed.exists() or installed.read_bytes() != wanted.read_bytes():
        shutil.rmtree(cache, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", cache], check=True)
        pip = [cache / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--require-hashes", "--no-deps", "--requirement", wanted], check=True)
        shutil.copy(wanted, installed)
    return cache / "bin"
