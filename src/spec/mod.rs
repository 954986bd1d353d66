//! The spec file: types, places, loading and checking.
pub mod at;
pub mod template;
pub mod types;
