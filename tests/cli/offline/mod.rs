//! Without a cloud: what the program makes of specs, settings, and answers that no cloud would give.
mod comments;
mod event_lines;
mod failures;
mod findings;
mod handlers;
mod hostile;
mod linters;
mod pipelines;
mod pipes;
mod policies;
mod policy_lint;
mod settings;
mod unreadable;
mod usage;
mod validate;
