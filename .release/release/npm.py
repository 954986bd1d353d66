"""The npm packages: one with the program for each target, and the one that picks among them, for `npx`."""
import json
from pathlib import Path

from .archive import tarred
from .project import NAME, ROOT, TARGETS, Target, manifest

LAUNCHER = ROOT / ".release/npm/launcher.js"


def write(target: Target, program: Path, out: Path) -> list[Path]:
    system, machine, *libc = target.npm.split("-")
    of_target = described(f"{NAME}-{target.npm}") | {"os": [system], "cpu": [machine]}
    if system == "linux":
        of_target["libc"] = libc or ["glibc"]
    carried = pack(of_target, {target.program: (program.read_bytes(), 0o755)}, out)
    others = {f"{NAME}-{each.npm}": manifest()["version"] for each in TARGETS.values()}
    picking = described(NAME) | {"bin": {NAME: "launcher.js"}, "engines": {"node": ">=18"}, "optionalDependencies": others}
    return [carried, pack(picking, {"launcher.js": (LAUNCHER.read_bytes(), 0o755)}, out)]


def described(name: str) -> dict:
    package = manifest()
    return {
        "name": name,
        "version": package["version"],
        "description": package["description"],
        "license": package["license"],
        "repository": {"type": "git", "url": f"git+{package['repository']}.git"},
    }


def pack(description: dict, files: dict[str, tuple[bytes, int]], out: Path) -> Path:
    texts = {name: ((ROOT / name).read_bytes(), 0o644) for name in ["README.md", "LICENSE-APACHE", "LICENSE-MIT"]}
    texts["package.json"] = ((json.dumps(description, indent=2) + "\n").encode(), 0o644)
    path = out / f"{description['name']}-{description['version']}.tgz"
    path.write_bytes(tarred({f"package/{name}": file for name, file in (texts | files).items()}))
    return path
