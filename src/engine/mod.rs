//! The engine: compares desired with live resources as values, then makes the calls that bring them in line.
//!
//! Of AWS it knows the context that calls are made in, their errors, and the tags that name a resource's owner
//! and its last applied configuration; it knows no service, no kind of resource and no command.
mod apply;
mod diff;
mod event;
mod exposure;
mod graph;
mod handle;
mod hidden_values;
mod last_applied;
mod loss;
mod managed;
mod maybe_known;
mod node;
mod origin;
mod orphan;
mod ownership;
mod plan;
mod reads;
mod resource;
mod snapshot;
mod target;
mod task;
pub use apply::{Outcome, Report, apply_plan};
pub use diff::{LeafChange, diff};
pub use event::{Observer, StepEvent, Verb};
pub use exposure::Exposure;
pub use graph::Graph;
pub use handle::{Deps, Edge, Handle, SettledAttributes};
pub use hidden_values::HiddenValues;
pub use loss::Loss;
pub use maybe_known::{KNOWN_AFTER_KEY, MaybeKnown, first_unknown};
pub use node::NodeLabel;
pub use origin::Origin;
pub use orphan::{Orphan, ResourceKind};
pub use plan::{Action, Consent, DriftStatus, KeepReason, KeptOrphan, Plan, Step};
pub use reads::ReadError;
pub use resource::{Live, RemovalClass, Resource};
pub use snapshot::{ExecutablePlan, Snapshot};
pub use target::UnknownTarget;
pub use task::Task;
