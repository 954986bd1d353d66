//! The spec file: its types and spans, loading and checking.
//!
//! Text becomes a tree with places (`tree`); the tree is checked against the JSON Schema of the types (`shape`),
//! which drops the broken parts so that the rest can still become a [`types::Spec`] and meet the rules of `check`.
//! So one run reports every problem of a file.
mod check;
mod decode;
pub mod defaults;
mod ids;
mod load;
mod map;
mod merged;
mod names;
mod overlay;
mod reference;
pub mod rules;
mod schema;
mod shape;
mod suppress;
mod syntax_error;
pub mod template;
mod tree;
pub mod types;
mod yaml;

pub use check::{Lint, missing_entry_point, packed_secrets};
pub use load::{
    CheckOptions, LoadError, Loaded, SpecFiles, check_inputs, check_source, load_file, parse_offline,
    read_files,
};
pub use merged::{MergedNode, MergedValue};
pub use overlay::{SET_FLAG, STACK_FLAG};
pub use schema::spec_schema;
