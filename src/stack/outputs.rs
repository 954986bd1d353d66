//! The outputs: templates, and what must be read to fill them in.
use std::sync::Arc;

use super::scope::{Base, Made};
use crate::{
    engine::{Edge, Handle, Later},
    manifest::template::Template,
    resources::{api, key},
};

/// Handles of the two resources whose ids AWS makes up.
pub(super) type Handles = (Option<Handle<key::Attrs>>, Option<Handle<api::Attrs>>);

/// The outputs of a stack, to be filled in.
pub struct Outputs {
    pub(super) base: Arc<Base>,
    /// What the values are made from.
    pub handles: Handles,
    pub(super) templates: Vec<(String, Template, Vec<Edge>)>,
    /// The key, if it was given rather than made.
    pub(super) given: Option<key::Attrs>,
}

impl Outputs {
    /// Leaves only the output called `name`.
    ///
    /// # Errors
    /// There is none; the message names those there are.
    pub fn only(&mut self, name: &str) -> Result<(), String> {
        let names: Vec<_> = self.templates.iter().map(|(name, ..)| format!("`{name}`")).collect();
        self.templates.retain(|(one, ..)| one == name);
        if self.templates.is_empty() {
            return Err(format!("there is no output `{name}`; the spec has: {}", names.join(", ")));
        }
        Ok(())
    }

    /// The resources that the outputs speak of.
    #[must_use]
    pub fn sources(&self) -> Vec<Edge> {
        let mut edges: Vec<Edge> = self.templates.iter().flat_map(|(.., edges)| edges.clone()).collect();
        edges.sort_unstable();
        edges.dedup();
        edges
    }

    /// Fills them in; `None` while a value is not known.
    #[must_use]
    pub fn values(
        &self,
        (key, api): (Option<key::Attrs>, Option<api::Attrs>),
    ) -> Option<Vec<(String, String)>> {
        let made = Made { key: key.or_else(|| self.given.clone()), api };
        let value =
            |(name, template, _): &(String, Template, Vec<Edge>)| match self.base.render(template, &made) {
                Later::Known(value) => Some((name.clone(), value)),
                Later::After(_) => None,
            };
        self.templates.iter().map(value).collect()
    }
}
