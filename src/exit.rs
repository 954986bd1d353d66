//! Why a command failed, and the exit code that says so.
use crate::{
    aws::Error,
    diagnostic::{Diagnostic, SourceFile},
    engine::{Refusal, Unread},
    lease,
    manifest::LoadError,
    policy::preflight::Missing,
};

/// Everything a command can fail with.
#[derive(Debug)]
pub enum Failure {
    /// The command line asks for something that does not fit together (64).
    Usage(String),
    /// The spec cannot be read, or is wrong (65); or a rule of policy stands against it (3).
    Spec(LoadError),
    /// AWS, or the way to it (1).
    Aws(Error),
    /// A resource that could not be read (1).
    Unread(SourceFile, Box<Unread>),
    /// Parts of the spec that could not be resolved with AWS's help (1).
    Found(SourceFile, Vec<Diagnostic>),
    /// The plan may not be carried out (1).
    Refused(SourceFile, Vec<Refusal>),
    /// The user said no, or could not be asked (1).
    NotAgreed(String),
    /// The caller has not got these permissions, so nothing was begun (1).
    Lacking(Vec<Missing>),
    /// The saved plan does not fit any more (6).
    Stale(Stale),
    /// The stack's WebSocket (1).
    Talk(crate::talk::Error),
    /// The local cloud (1).
    Local(crate::local::Error),
    /// The file system (1).
    File(String),
    /// The stack does not answer as it should; all is told already (1).
    Smoke,
    /// The run stopped part-way; all is told already (5).
    Partial,
    /// Nothing was changed, and all is told already (1).
    Told,
    /// The lease of the stack is not to be had: another run holds it (7), or it cannot be taken (1).
    Lease(lease::Error),
    /// A signal ended it (130, 143).
    Signal(i32),
}

/// Why a saved plan does not fit any more.
#[derive(Debug)]
pub struct Stale {
    /// Everything that moved since it was made.
    pub moved: Vec<String>,
    /// What to run instead.
    pub hint: String,
}

impl Failure {
    /// The exit code of the contract.
    #[must_use]
    pub fn code(&self) -> i32 {
        match self {
            Self::Usage(_) | Self::Aws(Error::Setting { .. }) => 64,
            Self::Spec(error) if error.is_policy() => 3,
            Self::Spec(_) => 65,
            Self::Partial => 5,
            Self::Lease(lease::Error::Held(_)) => 7,
            Self::Stale(_) => 6,
            Self::Signal(code) => *code,
            Self::Aws(_)
            | Self::Unread(..)
            | Self::Found(..)
            | Self::Refused(..)
            | Self::NotAgreed(_)
            | Self::Lacking(_)
            | Self::Talk(_)
            | Self::Local(_)
            | Self::File(_)
            | Self::Lease(_)
            | Self::Smoke
            | Self::Told => 1,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Aws(error)
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        Self::Spec(error)
    }
}

impl From<lease::Error> for Failure {
    fn from(error: lease::Error) -> Self {
        Self::Lease(error)
    }
}

impl From<crate::local::Error> for Failure {
    fn from(error: crate::local::Error) -> Self {
        Self::Local(error)
    }
}

impl From<crate::talk::Error> for Failure {
    fn from(error: crate::talk::Error) -> Self {
        Self::Talk(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::File(format!("cannot write the result: {error}"))
    }
}
