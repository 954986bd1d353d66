//! What a change may mean for those who use the stack.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cost;
use crate::{
    engine::{Action, Loss, Step},
    iam::compare::StatementChange,
    resources,
};

/// Kind of a risk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// Data is lost for good.
    DataLoss,
    /// Something does not answer for a while, or ever again.
    Downtime,
    /// Somebody may do more than before.
    PermissionWidened,
    /// It costs money from now on, used or not.
    Cost,
}

/// A risk and what it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Note")]
pub struct RiskNote {
    /// Kind.
    pub risk: Risk,
    /// In words.
    pub why: String,
}

impl Risk {
    /// The words for it in a headline.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::DataLoss => "data loss",
            Self::Downtime => "downtime",
            Self::PermissionWidened => "permissions widened",
            Self::Cost => "cost",
        }
    }

    /// What draws the eye to it: money spent is no danger.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::DataLoss | Self::Downtime | Self::PermissionWidened => "⚠️",
            Self::Cost => "💰",
        }
    }
}

/// The risks of a step.
#[must_use]
pub fn step_risks(step: &Step, statements: &[StatementChange]) -> Vec<RiskNote> {
    if step.action == Action::Keep {
        return Vec::new();
    }
    let mut notes = Vec::new();
    let mut note = |risk, why: String| notes.push(RiskNote { risk, why });
    let kind = resources::kind(step.kind);
    let loses = kind.and_then(|kind| kind.loses);
    let goes = matches!(step.action, Action::Replace { .. } | Action::Delete { .. });
    if let Some(loses) = loses.filter(|_| goes) {
        note(Risk::DataLoss, loses.to_owned());
    } else if step.loses_data() {
        let remains = remains(step).map(|words| format!("; {words}")).unwrap_or_default();
        note(Risk::DataLoss, format!("its data is lost{remains}"));
    }
    match &step.loses {
        Some(loss @ Loss::Key) => note(Risk::DataLoss, loss.text()),
        Some(loss) => note(Risk::Downtime, loss.text()),
        None => {}
    }
    match &step.action {
        Action::Replace { .. } if loses.is_none() => {
            note(Risk::Downtime, "it is gone until it is made anew".to_owned());
        }
        Action::Delete { .. } if loses.is_none() => {
            note(Risk::Downtime, "whatever still uses it fails".to_owned());
        }
        Action::Update { changes } => {
            for outage in kind.into_iter().flat_map(|kind| (kind.outages)(changes)) {
                note(Risk::Downtime, outage);
            }
        }
        _ => {}
    }
    let widened: Vec<_> = statements.iter().filter(|one| one.widens).map(|one| one.sid.as_str()).collect();
    if !widened.is_empty() {
        note(Risk::PermissionWidened, format!("more is allowed by {}", widened.join(", ")));
    }
    for why in cost::step_costs(step) {
        note(Risk::Cost, format!("{why} (list price in us-east-1)"));
    }
    notes
}

/// Returns what AWS keeps of a resource that the step deletes or replaces, and how it is restored.
#[must_use]
pub fn remains(step: &Step) -> Option<String> {
    let goes = matches!(step.action, Action::Replace { .. } | Action::Delete { .. });
    let before = step.before.as_ref().filter(|_| goes)?;
    (resources::kind(step.kind)?.remains)(&step.id, before)
}
