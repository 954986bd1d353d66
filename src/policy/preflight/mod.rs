//! Asks IAM before the first write whether the caller may do all that a plan takes.
//!
//! IAM's simulator knows neither resource policies nor session policies and not every condition, so only a plain
//! no counts: what it cannot tell for sure is left to the call itself.
mod required;
mod simulate;

use crate::diagnostic::{Category, Diagnostic};

pub use required::{PreflightQuestion, RequiredPermission};
pub use simulate::{SimulationAnswer, ask_iam};

/// What to do about missing permissions.
const REMEDY: &str =
    "`copilot-infra policy deployer` prints all that this spec takes; `--no-preflight` tries without asking";

/// Returns the diagnostic for missing permissions, with its remedy.
#[must_use]
pub fn diagnostic(missing: &[MissingPermission]) -> Diagnostic {
    let one = |MissingPermission { action, resource, steps }: &MissingPermission| {
        format!("{action} on {resource} (for {})", steps.join(", "))
    };
    let message = "permissions are missing; nothing has been changed";
    let diagnostic = Diagnostic::error(Category::Permissions, message).with_hint(REMEDY);
    Diagnostic { details: missing.iter().map(one).collect(), ..diagnostic }
}

/// A permission that the caller lacks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MissingPermission {
    /// Action of the permission, such as `dynamodb:CreateTable`.
    pub action: String,
    /// Resource ARN, or `*`.
    pub resource: String,
    /// Steps that need the permission.
    pub steps: Vec<String>,
}
