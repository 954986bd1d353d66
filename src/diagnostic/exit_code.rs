//! The exit codes of the contract.

/// How a command ended, as the shell sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// Done; with `--detailed-exitcode`: nothing to change.
    Success = 0,
    /// Failed before anything was changed.
    Failed = 1,
    /// `plan --detailed-exitcode`: there are changes.
    Changes = 2,
    /// The spec would work, but a rule of policy stands against it.
    Policy = 3,
    /// Stopped part-way: the same command again carries on.
    Partial = 5,
    /// `apply PLANFILE`: something has moved since the plan was saved.
    StalePlan = 6,
    /// Another run holds the stack's lease.
    LeaseHeld = 7,
    /// The command line asks for something that does not fit together (`EX_USAGE` of sysexits.h).
    Usage = 64,
    /// The spec is wrong (`EX_DATAERR` of sysexits.h).
    BadSpec = 65,
    /// SIGINT ended it (128 + 2).
    Interrupted = 130,
    /// SIGTERM ended it (128 + 15).
    Terminated = 143,
}

impl ExitCode {
    /// Returns the number that the process ends with.
    #[must_use]
    pub fn number(self) -> u8 {
        self as u8
    }

    /// Whether a signal ended the command.
    #[must_use]
    pub fn is_signal(self) -> bool {
        matches!(self, Self::Interrupted | Self::Terminated)
    }
}
