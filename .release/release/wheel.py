"""The Python wheel: the program among the scripts of an environment, for `pip`, `uvx` and `pipx`."""
import base64
import hashlib
import re
from pathlib import Path

from .archive import zipped
from .project import NAME, ROOT, Target, manifest

DISTRIBUTION = NAME.replace("-", "_")
LICENSES = ["LICENSE-APACHE", "LICENSE-MIT"]


def write(target: Target, program: Path, out: Path) -> Path:
    stem = f"{DISTRIBUTION}-{version()}"
    info = f"{stem}.dist-info"
    files = {
        f"{stem}.data/scripts/{target.program}": (program.read_bytes(), 0o755),
        f"{info}/METADATA": (metadata().encode(), 0o644),
        f"{info}/WHEEL": (tags(target).encode(), 0o644),
    } | {f"{info}/licenses/{name}": ((ROOT / name).read_bytes(), 0o644) for name in LICENSES}
    files[f"{info}/RECORD"] = (record(files, f"{info}/RECORD").encode(), 0o644)
    path = out / f"{stem}-py3-none-{target.wheel}.whl"
    path.write_bytes(zipped(files))
    return path


def version() -> str:
    """The version as Python writes it: `1.0.0-rc.1` is `1.0.0rc1` there (PEP 440)."""
    number, _, suffix = manifest()["version"].partition("-")
    short = {"alpha": "a", "beta": "b", "rc": "rc"}
    return number + re.sub("[a-z]+", lambda word: short[word.group()], suffix.replace(".", ""))


def metadata() -> str:
    package = manifest()
    head = {
        "Metadata-Version": "2.4",
        "Name": NAME,
        "Version": version(),
        "Summary": package["description"],
        "License-Expression": package["license"],
        "Requires-Python": ">=3.8",
        "Project-URL": f"Source, {package['repository']}",
        "Description-Content-Type": "text/markdown",
    }
    lines = [f"{key}: {value}" for key, value in head.items()] + [f"License-File: {name}" for name in LICENSES]
    return "\n".join(lines) + "\n\n" + (ROOT / "README.md").read_text(encoding="utf-8")


def tags(target: Target) -> str:
    lines = ["Wheel-Version: 1.0", f"Generator: {NAME}", "Root-Is-Purelib: false"]
    return "\n".join(lines + [f"Tag: py3-none-{tag}" for tag in target.wheel.split(".")]) + "\n"


def record(files: dict[str, tuple[bytes, int]], itself: str) -> str:
    def line(path: str, data: bytes) -> str:
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
        return f"{path},sha256={digest},{len(data)}\n"

    return "".join(line(path, data) for path, (data, _) in sorted(files.items())) + f"{itself},,\n"
