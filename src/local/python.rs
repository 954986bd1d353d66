//! The emulator's own Python environment, with every package pinned.
use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use super::{
    Error, SetupEvent, SetupObserver,
    cache_dir::{CacheDir, move_into_place},
    install_step, search,
};

/// Version of MiniStack that is pinned.
pub(super) const MINISTACK: &str = "1.5.33";
const REQUIREMENTS: &str = include_str!("pinned/requirements.txt");
const OLDEST: (u32, u32) = (3, 10);
/// Names of Python programs, the plain ones first; the others are for machines whose `python3` is too old, as on macOS.
const NAMES: [&str; 7] =
    ["python3", "python", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10"];
/// Script that prints the version, and whether a virtual environment can be created.
const PROBE: &str = "
import sys
print('.'.join(map(str, sys.version_info[:3])))
try:
    import ensurepip, venv
    print('whole')
except ImportError:
    print('bare')
";

struct PythonInterpreter {
    path: PathBuf,
    version: (u32, u32),
}

/// Returns the Python that can run the emulator, installing it on first use; call it only under the lock.
pub(super) async fn ensure_python(
    cache: &CacheDir,
    path: &OsStr,
    note: SetupObserver<'_>,
) -> Result<PathBuf, Error> {
    let base = find_python(path).await?;
    let (major, minor) = base.version;
    // The version is part of the name: an environment does not survive a change of its Python.
    let place = cache.join(&format!("venv-{major}.{minor}-{}", install_step::pins_digest(&[REQUIREMENTS])));
    let python = venv_python(&place);
    // Following the link tells whether the Python it was made with is still there.
    if !python.exists() {
        note(SetupEvent::step("installing the local cloud, once; this takes about half a minute"));
        let start = Instant::now();
        install_emulator(cache, &base, path, &place).await?;
        let seconds = start.elapsed().as_secs_f32();
        note(SetupEvent::step(format!("installed MiniStack {MINISTACK} in {seconds:.0} s")));
    }
    Ok(python)
}

/// Returns the interpreter of the environment; unlike it, the scripts next to it contain the path they were created in,
/// so they cannot be moved.
fn venv_python(place: &Path) -> PathBuf {
    place.join("bin").join("python")
}

async fn install_emulator(
    cache: &CacheDir,
    base: &PythonInterpreter,
    path: &OsStr,
    place: &Path,
) -> Result<(), Error> {
    let log = cache.join("install.log");
    fs::write(&log, "").map_err(Error::folder(&log))?;
    let built = cache.building()?;
    let list = built.path().join("requirements.txt");
    let mut venv = search::prepare_command(&base.path, path);
    venv.args(["-I", "-m", "venv"]).arg(built.path());
    install_step::run_logged("making the Python environment", &mut venv, &log).await?;

    fs::write(&list, REQUIREMENTS).map_err(Error::folder(&list))?;
    let mut pip = search::prepare_command(&venv_python(built.path()), path);
    pip.args(["-I", "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]);
    // Nothing is built, and nothing else than what is pinned gets in.
    pip.args(["--require-hashes", "--only-binary", ":all:", "--no-deps", "-r"]).arg(&list);
    // The user's mirror, proxy and certificates stay; an install target of the user's would lead out of the
    // environment.
    for elsewhere in ["PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_DRY_RUN"] {
        pip.env_remove(elsewhere);
    }
    install_step::run_logged("installing the local cloud with pip", &mut pip, &log).await?;
    move_into_place(built, place)
}

async fn find_python(path: &OsStr) -> Result<PythonInterpreter, Error> {
    let mut old = Vec::new();
    let mut bare = None;
    for name in NAMES {
        let Some(program) = search::find_program(name, path) else { continue };
        let Some(answer) =
            search::run_for_output(search::prepare_command(&program, path).args(["-I", "-c", PROBE])).await
        else {
            continue;
        };
        let (text, state) = answer.split_once('\n').unwrap_or((&answer, ""));
        match search::parse_version(text) {
            Some(version) if version >= OLDEST && state.trim() == "whole" => {
                return Ok(PythonInterpreter { path: program, version });
            }
            Some(version) if version >= OLDEST => bare = bare.or(Some((program, version))),
            _ => old.push(format!("{name} {text}")),
        }
    }
    Err(match bare {
        Some((python, (major, minor))) => {
            Error::NoVenv { python: python.display().to_string(), version: format!("{major}.{minor}") }
        }
        None => Error::NoPython { found: old },
    })
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn fake(folder: &Path, name: &str, answer: &str) {
        let path = folder.join(name);
        fs::write(&path, format!("#!/bin/sh\nprintf '{answer}'\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn the_pinned_version_is_the_one_named() {
        assert!(REQUIREMENTS.contains(&format!("ministack=={MINISTACK} \\\n    --hash=sha256:")));
    }

    #[tokio::test]
    async fn an_old_python_is_passed_over_for_a_newer_one() {
        let folder = tempfile::tempdir().unwrap();
        fake(folder.path(), "python3", "3.9.6\\nwhole\\n");
        let error = find_python(folder.path().as_os_str()).await.err().unwrap();
        assert_eq!(
            error.to_string(),
            "Python 3.10 or newer is needed and was not found (only `python3 3.9.6`)"
        );
        fake(folder.path(), "python3.12", "3.12.1\\nwhole\\n");
        assert_eq!(find_python(folder.path().as_os_str()).await.unwrap().version, (3, 12));
    }

    #[tokio::test]
    async fn a_python_without_venv_names_the_package() {
        let folder = tempfile::tempdir().unwrap();
        fake(folder.path(), "python3", "3.11.2\\nbare\\n");
        let error = find_python(folder.path().as_os_str()).await.err().unwrap();
        assert!(error.hint().contains("python3.11-venv"), "{error}");
    }
}
