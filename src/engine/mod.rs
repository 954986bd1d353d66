//! Wanted against standing, as values; then the calls that make them agree.
//!
//! Of AWS it knows the context that calls are made in, their errors, and the tags that say whose a resource is
//! and what was last applied to it; it knows no service, no kind of resource and no command.
mod apply;
mod diff;
mod event;
mod graph;
mod handle;
mod later;
mod mark;
mod node;
mod plan;
mod reads;
mod resource;
mod sweep;
mod target;
mod task;
mod work;
pub use apply::{Outcome, Report, apply};
pub use diff::{Change, diff};
pub use event::{Event, Observer, Verb};
pub use graph::Graph;
pub use handle::{Attributes, Deps, Edge, Handle};
pub use later::{AFTER, Later, first_unknown};
pub use node::Label;
pub use plan::{Action, Consent, KeepReason, Kept, Origin, Plan, Step};
pub use reads::ReadError;
pub use resource::{Live, Resource};
pub use sweep::{Kind, Nature, Stray};
pub use target::UnknownTarget;
pub use task::Task;
pub use work::{Reading, Work};
