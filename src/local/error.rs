//! The errors of the local cloud, and the next step for each.
use std::{
    io,
    path::{Path, PathBuf},
};

use crate::diagnostic::{Category, Diagnostic, ExitCode, Failure};

/// A failure of the local cloud; nothing on AWS is ever touched by it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The system is not a Unix.
    #[error("`local` runs on Linux and macOS only")]
    Unsupported,
    /// Neither `HOME` nor a cache variable is set.
    #[error("there is no cache folder: `HOME` is not set")]
    NoCacheFolder,
    /// Something in the cache folder cannot be read or written.
    #[error("cannot use `{}`: {source}", path.display())]
    Folder {
        /// The file or folder.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The cache folder is somebody else's, who could have put programs into it.
    #[error("`{}` belongs to another user", .0.display())]
    ForeignFolder(PathBuf),
    /// Others may write to the cache folder, and could have put programs into it.
    #[error("other users may write to `{}`, whose programs would be run", .0.display())]
    OpenFolder(PathBuf),
    /// No Python was found that is new enough.
    #[error("Python 3.10 or newer is needed and was not found{}", only_found_suffix(found))]
    NoPython {
        /// The versions that were found and are too old, such as `python3 3.9.6`.
        found: Vec<String>,
    },
    /// Python lacks `venv` or `ensurepip`, as Debian ships it.
    #[error(
        "`{python}` {version} cannot make a virtual environment: its `venv` or `ensurepip` module is missing"
    )]
    NoVenv {
        /// Path of the Python.
        python: String,
        /// Version of the Python, such as `3.11`.
        version: String,
    },
    /// A step of the installation failed.
    #[error("{step} failed\n{tail}")]
    Install {
        /// The step of the installation.
        step: &'static str,
        /// The last lines it printed, indented.
        tail: String,
        /// Path of the log with all its output.
        log: PathBuf,
    },
    /// Another process has been changing the local cloud for too long.
    #[error("another `copilot-infra local` has held `{}` for ten minutes", lock.display())]
    Busy {
        /// Path of the lock file.
        lock: PathBuf,
    },
    /// The emulator could not be started at all.
    #[error("cannot start the local cloud: {0}")]
    Spawn(io::Error),
    /// Free ports were taken by others before the emulator could open them.
    #[error("port {port} of 127.0.0.1 was taken by another program just as the local cloud started")]
    PortTaken {
        /// The last port that was tried.
        port: u16,
    },
    /// The emulator ended before it answered.
    #[error("the local cloud ended while starting\n{tail}")]
    Died {
        /// The last lines it printed, indented.
        tail: String,
        /// All it printed.
        log: PathBuf,
    },
    /// The emulator runs but does not answer.
    #[error("the local cloud{} does not answer", pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default())]
    Silent {
        /// Process id of the emulator, if it is known.
        pid: Option<u32>,
        /// Path of the log with all its output.
        log: PathBuf,
    },
    /// The emulator outlives SIGKILL.
    #[error("the local cloud (pid {pid}) does not end")]
    Undying {
        /// Process id of the emulator.
        pid: u32,
    },
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::new(ExitCode::Failed, error.diagnostic())
    }
}

impl Error {
    /// Returns the failure of the command: the error and the next step.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        Diagnostic::of_lines(Category::Other, &self.to_string()).with_hint(self.hint())
    }

    pub(super) fn folder(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Folder { path, source }
    }

    /// Returns the next step.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Unsupported => "on Windows use WSL, or give `--endpoint-url` of an emulator started by hand".into(),
            Self::NoCacheFolder => format!("set `{}` to a folder", super::CACHE_VARIABLE),
            Self::Folder { .. } => {
                format!("make it writable and see that the disk is not full, or set `{}` to another folder", super::CACHE_VARIABLE)
            }
            Self::ForeignFolder(_) => format!("set `{}` to a folder of your own", super::CACHE_VARIABLE),
            Self::OpenFolder(folder) => format!(
                "remove it, or trust what is in it: `chmod -R go-w {}`",
                folder.display()
            ),
            Self::NoPython { .. } => {
                "install Python (`brew install python`, `apt install python3 python3-venv`) and see that `python3` is in PATH".into()
            }
            Self::NoVenv { version, .. } => {
                format!("on Debian and Ubuntu: `apt install python3-venv` or `apt install python{version}-venv`")
            }
            Self::Install { log, .. } => format!(
                "a first start needs the network (a proxy or mirror is taken from the settings of pip and npm); the same command tries again; all output is in `{}`",
                log.display()
            ),
            Self::Busy { .. } => "wait for it, or end it, then try again".into(),
            Self::Spawn(_) | Self::PortTaken { .. } => "try again".into(),
            Self::Died { log, .. } => format!("all output is in `{}`", log.display()),
            Self::Silent { log, .. } => {
                format!("`copilot-infra local stop` ends it and all it holds; its output is in `{}`", log.display())
            }
            Self::Undying { pid } => format!("look at it with `ps -o pid,stat,args -p {pid}`"),
        }
    }
}

fn only_found_suffix(found: &[String]) -> String {
    if found.is_empty() { String::new() } else { format!(" (only `{}`)", found.join("`, `")) }
}
