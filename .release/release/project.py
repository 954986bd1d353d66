"""What a release says of itself, read from `Cargo.toml`, and the targets that it is built for."""
import os
import subprocess
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAME = "copilot-infra"


@dataclass(frozen=True)
class Target:
    """A machine that the program runs on, as Rust, Python and Node name it."""

    triple: str
    wheel: str
    npm: str

    @property
    def windows(self) -> bool:
        return "windows" in self.triple

    @property
    def program(self) -> str:
        return NAME + (".exe" if self.windows else "")


# The oldest C library of the GNU targets is that of the manylinux tag.
GLIBC = "2.17"
TARGETS = {target.triple: target for target in [
    Target("x86_64-unknown-linux-gnu", "manylinux_2_17_x86_64.manylinux2014_x86_64", "linux-x64"),
    Target("aarch64-unknown-linux-gnu", "manylinux_2_17_aarch64.manylinux2014_aarch64", "linux-arm64"),
    Target("x86_64-unknown-linux-musl", "musllinux_1_1_x86_64", "linux-x64-musl"),
    Target("aarch64-unknown-linux-musl", "musllinux_1_1_aarch64", "linux-arm64-musl"),
    Target("x86_64-apple-darwin", "macosx_10_12_x86_64", "darwin-x64"),
    Target("aarch64-apple-darwin", "macosx_11_0_arm64", "darwin-arm64"),
    Target("x86_64-pc-windows-msvc", "win_amd64", "win32-x64"),
    Target("aarch64-pc-windows-msvc", "win_arm64", "win32-arm64"),
]}


@cache
def cargo_toml() -> dict:
    return tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))


@cache
def manifest() -> dict:
    """The package of `Cargo.toml`, with what it takes from the workspace."""
    shared = cargo_toml()["workspace"]["package"]
    return {key: shared[key] if isinstance(value, dict) and value.get("workspace") else value
            for key, value in cargo_toml()["package"].items()}


def dist_version() -> str:
    return cargo_toml()["workspace"]["metadata"]["dist"]["cargo-dist-version"]


@cache
def epoch() -> int:
    """The time stamp of every file that is packed: `SOURCE_DATE_EPOCH`, or the time of the commit."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given is None:
        log = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
        given = subprocess.run(log, check=True, capture_output=True, text=True).stdout
    return int(given)
