//! The runtimes of Lambda and the ends of their lives.
use std::sync::LazyLock;

use serde::Deserialize;

use super::{Fact, parse};

/// The runtimes that Lambda has or had.
pub static RUNTIMES: LazyLock<Runtimes> = LazyLock::new(|| Runtimes { all: parse("runtimes.json") });

/// The runtimes that Lambda has or had.
#[derive(Debug)]
pub struct Runtimes {
    all: Fact<Vec<Runtime>>,
}

/// A runtime; its days are unknown as long as AWS has named none.
#[derive(Debug, Deserialize)]
pub struct Runtime {
    /// Name, such as `nodejs24.x`.
    pub name: String,
    /// Day from which it gets no security patches.
    pub deprecated: Option<String>,
    /// Day from which no functions can be created on it.
    pub no_create: Option<String>,
    /// Day from which functions on it cannot be updated.
    pub no_update: Option<String>,
    /// The newest runtime of its language, unless this one is the newest.
    pub successor: Option<String>,
}

impl Runtime {
    /// Returns whether the runtime is deprecated on a day.
    #[must_use]
    pub fn is_deprecated(&self, today: &str) -> bool {
        self.deprecated.as_deref().is_some_and(|day| day <= today)
    }
}

impl Runtimes {
    /// Returns all of them, each language from its oldest to its newest.
    #[must_use]
    pub fn all(&self) -> &[Runtime] {
        &self.all
    }

    /// Returns the day on which the list was compared with AWS's own.
    #[must_use]
    pub fn checked(&self) -> &str {
        self.all.checked()
    }

    /// Returns the runtime of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Runtime> {
        self.all.iter().find(|known| known.name == name)
    }

    /// Returns whether a name is of a language that Lambda has runtimes for, as a newer version's would be.
    #[must_use]
    pub fn has_language_of(&self, name: &str) -> bool {
        self.all.iter().any(|known| language(&known.name) == language(name))
    }
}

/// Returns the letters that a runtime's name begins with.
fn language(name: &str) -> &str {
    name.split(|sign: char| !sign.is_ascii_lowercase()).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn successors_are_runtimes_that_live() {
        for runtime in RUNTIMES.all() {
            let Some(successor) = &runtime.successor else { continue };
            let next = RUNTIMES.find(successor).unwrap_or_else(|| panic!("{successor}"));
            assert!(next.successor.is_none() && next.deprecated >= runtime.deprecated, "{runtime:?}");
        }
    }

    #[test]
    fn a_newer_version_is_of_a_known_language() {
        for newer in ["nodejs28.x", "python3.16", "java29", "provided.al2027", "ruby3.5"] {
            assert!(RUNTIMES.has_language_of(newer), "{newer}");
        }
        for other in ["node24", "py3", "rust1", "php8.3", "custom", "bun1"] {
            assert!(!RUNTIMES.has_language_of(other), "{other}");
        }
    }
}
