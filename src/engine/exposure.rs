//! What others may do through something that they added to a resource.

/// A way in for others, and where it is seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// What it lets somebody do, in words.
    pub allows: String,
    /// The command that shows it.
    pub shown_by: String,
}
