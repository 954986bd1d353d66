//! What the users of a resource lose for good by a step, which therefore wants their consent.

/// Kind of a loss.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loss {
    /// The data in the resource.
    Data,
    /// The URL under which clients connect.
    Url,
    /// The key that the data is encrypted with: backups stay under the old one.
    Key,
    /// What another project applied under the name of the stack.
    Others {
        /// Origin that it was applied from.
        theirs: String,
        /// Origin of this plan.
        ours: String,
    },
}

impl Loss {
    /// Returns what the step does, in words.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Data => "its data is lost".to_owned(),
            Self::Url => "clients get a new URL".to_owned(),
            Self::Key => "its data gets another key, and backups keep needing the old one".to_owned(),
            Self::Others { theirs, ours } => format!("it was applied from `{theirs}`, and this is `{ours}`"),
        }
    }
}
