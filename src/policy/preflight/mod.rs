//! Asks IAM before the first write whether the caller may do all that a plan takes.
//!
//! IAM's simulator knows neither resource policies nor session policies and not every condition, so only a plain
//! no counts: what it cannot tell for sure is left to the call itself.
mod principal;
mod request_context;
mod required;
mod results;
mod simulate;

use crate::diagnostic::{Category, Diagnostic};

pub use required::{PreflightQuestion, RequiredPermission};
pub use simulate::{SimulationAnswer, UnansweredQuestion, ask_iam};

/// What to do about missing permissions.
const REMEDY: &str =
    "`copilot-infra policy deployer` prints all that this spec takes; `--no-preflight` tries without asking";

/// Returns the diagnostic for missing permissions, with its remedy; it also tells what IAM could not be asked about.
#[must_use]
pub fn missing_diagnostic(missing: &[MissingPermission], unanswered: &[UnansweredQuestion]) -> Diagnostic {
    let one = |MissingPermission { action, resource, steps }: &MissingPermission| {
        format!("{action} on {resource} (for {})", steps.join(", "))
    };
    let message = "permissions are missing; nothing has been changed";
    let diagnostic = Diagnostic::error(Category::Permissions, message).with_hint(REMEDY);
    let unanswered = unanswered.iter().map(UnansweredQuestion::to_string);
    Diagnostic { details: missing.iter().map(one).chain(unanswered).collect(), ..diagnostic }
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
