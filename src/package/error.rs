//! The errors of function code, and how to fix them.

use std::{io, path::PathBuf};

use crate::diagnostic::{Diagnostic, Severity, Span};
use crate::facts::LIMITS;

/// Why code cannot be packed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is nothing at the path.
    #[error("no function code at `{0}`")]
    Missing(PathBuf),
    /// A folder was expected.
    #[error("`{0}` is not a folder")]
    NotAFolder(PathBuf),
    /// A zip archive was expected.
    #[error("`{path}` is not a zip archive: {reason}")]
    NotAnArchive {
        /// Path of the file.
        path: PathBuf,
        /// The error of the zip reader.
        reason: String,
    },
    /// The folder contains no files.
    #[error("there are no files in `{0}`")]
    Empty(PathBuf),
    /// The system refuses to read a file or folder.
    #[error("`{path}` cannot be read: {cause}")]
    Unreadable {
        /// Path of the file or folder.
        path: PathBuf,
        /// The error of the operating system.
        cause: io::Error,
    },
    /// A symbolic link leads out of the folder.
    #[error("the symbolic link `{0}` leads out of the folder")]
    LinkOutside(PathBuf),
    /// There are more files than any code has.
    #[error("there are more than 100,000 files and folders in `{0}`")]
    TooMany(PathBuf),
    /// The path is a pipe, a socket or a device.
    #[error("`{0}` is neither a file nor a folder")]
    Special(PathBuf),
    /// The name cannot be stored in an archive for every machine.
    #[error("the name of `{0}` cannot be packed")]
    Name(PathBuf),
    /// The archive is too large to be sent.
    #[error(
        "the code of `{path}` is {} MB zipped ({size} bytes); Lambda takes at most {} MB ({} bytes) in a request",
        size.div_ceil(1 << 20),
        *LIMITS.code_zipped_bytes >> 20,
        *LIMITS.code_zipped_bytes
    )]
    Zipped {
        /// Path of the folder or archive.
        path: PathBuf,
        /// Its size in bytes.
        size: u64,
    },
    /// The files are too large to be run.
    #[error(
        "the code of `{path}` is over {} MB unzipped ({} bytes), which is Lambda's limit",
        *LIMITS.code_unzipped_bytes >> 20,
        *LIMITS.code_unzipped_bytes
    )]
    Unzipped {
        /// Path of the folder or archive.
        path: PathBuf,
    },
    /// No template has this name.
    #[error("there is no code template `{0}`")]
    NoTemplate(String),
    /// A build failed.
    #[error("the build failed ({reason}): {command}")]
    Build {
        /// The command that failed.
        command: String,
        /// How the command ended.
        reason: String,
        /// All output of the command.
        output: String,
    },
    /// There is no cache folder for fetched dependencies.
    #[error("{0}")]
    Cache(String),
    /// The system refuses to write a file or folder.
    #[error("`{path}` cannot be written: {cause}")]
    Unwritable {
        /// Path of the file or folder.
        path: PathBuf,
        /// The error of the operating system.
        cause: io::Error,
    },
    /// The archive could not be written.
    #[error("`{path}` cannot be packed: {reason}")]
    Pack {
        /// Path of the folder.
        path: PathBuf,
        /// The error of the zip writer.
        reason: String,
    },
}

impl Error {
    /// Returns the diagnostic for the code that the spec names at `span`.
    #[must_use]
    pub fn diagnostic(&self, span: Span) -> Diagnostic {
        Diagnostic::of_rule("code", Severity::Error, Some(span), self.to_string()).with_hint(self.hint())
    }

    /// Returns all output of a failed build.
    #[must_use]
    pub fn output(&self) -> Option<&str> {
        match self {
            Self::Build { output, .. } => Some(output),
            _ => None,
        }
    }

    /// Returns the next step.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Missing(_) | Self::Empty(_) => "check `code.path`; if the code is built, build it first",
            Self::NotAFolder(_) => "name a folder, or a file that ends in `.zip` or `.jar`",
            Self::NotAnArchive { .. } => "build the archive again, or name the folder instead",
            Self::Unreadable { .. } => "check the permissions",
            Self::LinkOutside(_) => {
                "bundle the code into one file (esbuild), or pack a folder that holds all it needs: `pnpm deploy FOLDER` \
                 and `npm install --install-links` copy what workspaces link; `code.exclude` leaves the link out"
            }
            Self::TooMany(_) => {
                "check `code.path`; bundle the code, or leave out what it does not need by `code.exclude`"
            }
            Self::Special(_) => "remove it from the folder, or leave it out by `code.exclude`",
            Self::Name(_) => "rename it: valid UTF-8 without `\\`",
            Self::Zipped { .. } | Self::Unzipped { .. } => {
                "bundle the code, leave out development dependencies, and whatever else is not needed by `code.exclude`"
            }
            Self::NoTemplate(_) => "there is `websocket-handlers` and `websocket-authorizer`",
            Self::Build { .. } => {
                "its output stands above; it runs in the folder of the spec, by `sh -c`, and without credentials: \
                 `code.build_env` names the variables that it needs"
            }
            Self::Cache(_) | Self::Unwritable { .. } => {
                "set `COPILOT_INFRA_CACHE` to a folder that can be written to"
            }
            Self::Pack { .. } => "this is a fault of the program; please report it",
        }
    }
}
