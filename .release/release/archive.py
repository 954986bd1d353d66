"""The archive of one target: the program, its licences, completions and manual page, and its checksum beside it."""
import gzip
import hashlib
import io
import json
import subprocess
import tarfile
import time
import zipfile
from pathlib import Path

from .project import NAME, ROOT, Target, dist_version, epoch

COMPLETIONS = {"bash": f"{NAME}.bash", "zsh": f"_{NAME}", "fish": f"{NAME}.fish", "powershell": f"_{NAME}.ps1"}


def write(target: Target, program: Path, out: Path) -> Path:
    name = f"{NAME}-{target.triple}"
    files = {f"{name}/{path}": file for path, file in contents(target, program).items()}
    if target.windows:
        path, packed = out / f"{name}.zip", zipped(files)
    else:
        path, packed = out / f"{name}.tar.gz", tarred(files)
    path.write_bytes(packed)
    checksum = hashlib.sha256(packed).hexdigest()
    (out / f"{path.name}.sha256").write_bytes(f"{checksum} *{path.name}\n".encode())
    # `dist` reads such files, and writes the checksums into the installers.
    note = {"name": path.name, "kind": "executable-zip", "target_triples": [target.triple], "checksums": {"sha256": checksum}}
    told = {"dist_version": dist_version(), "artifacts": {path.name: note}}
    (out / f"{target.triple}-dist-manifest.json").write_bytes(json.dumps(told).encode())
    return path


def contents(target: Target, program: Path) -> dict[str, tuple[bytes, int]]:
    """Each file's bytes and mode, by its path in the archive."""
    def printed(*arguments: str) -> tuple[bytes, int]:
        return subprocess.run([program, *arguments], check=True, capture_output=True).stdout, 0o644

    files = {name: ((ROOT / name).read_bytes(), 0o644) for name in ["README.md", "LICENSE-APACHE", "LICENSE-MIT"]}
    files |= {f"completions/{file}": printed("completions", shell) for shell, file in COMPLETIONS.items()}
    return files | {f"man/{NAME}.1": printed("man"), target.program: (program.read_bytes(), 0o755)}


def tarred(files: dict[str, tuple[bytes, int]]) -> bytes:
    """A .tar.gz that depends on nothing but its files and the time of the commit."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", filename="", mtime=epoch(), compresslevel=9) as stream:
        with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for path, (data, mode) in sorted(files.items()):
                entry = tarfile.TarInfo(path)
                entry.size, entry.mode, entry.mtime = len(data), mode, epoch()
                tar.addfile(entry, io.BytesIO(data))
    return packed.getvalue()


def zipped(files: dict[str, tuple[bytes, int]]) -> bytes:
    """A .zip that depends on nothing but its files and the time of the commit."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as zip_file:
        for path, (data, mode) in sorted(files.items()):
            entry = zipfile.ZipInfo(path, time.gmtime(epoch())[:6])
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, (0o100000 | mode) << 16
            zip_file.writestr(entry, data)
    return packed.getvalue()
