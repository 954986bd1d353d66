//! The outputs: templates, and the resources to read in order to render them.
use std::sync::Arc;

use super::{
    redaction,
    spec_context::{GeneratedIds, SpecContext},
};
use crate::{
    diagnostic::suggest,
    engine::{Edge, Handle, MaybeKnown},
    manifest::template::Template,
    redact::REDACTED,
    resources::{api, key},
};

/// Handles of the two resources whose ids AWS generates.
pub(super) type Handles = (Option<Handle<key::Attrs>>, Option<Handle<api::Attrs>>);

/// The outputs of a stack before they are rendered.
pub struct StackOutputs {
    pub(super) context: Arc<SpecContext>,
    /// Handles of the resources that the values are made from.
    pub handles: Handles,
    pub(super) templates: Vec<(String, Template, Vec<Edge>)>,
    /// The existing key, if the spec names one.
    pub(super) existing_key: Option<key::Attrs>,
}

impl StackOutputs {
    /// Keeps only the output called `name`.
    ///
    /// # Errors
    /// There is no such output; the message offers the nearest name, or lists all.
    pub fn retain_only(&mut self, name: &str) -> Result<(), String> {
        if !self.templates.iter().any(|(one, ..)| one == name) {
            return Err(unknown(name, self.templates.iter().map(|(name, ..)| name.as_str())));
        }
        self.templates.retain(|(one, ..)| one == name);
        Ok(())
    }

    /// Returns the resources that the outputs refer to.
    #[must_use]
    pub fn source_edges(&self) -> Vec<Edge> {
        let mut edges: Vec<Edge> = self.templates.iter().flat_map(|(.., edges)| edges.clone()).collect();
        edges.sort_unstable();
        edges.dedup();
        edges
    }

    /// Renders the outputs, redacted where they must not be shown; `None` while a value is not known.
    #[must_use]
    pub fn resolve_values(
        &self,
        (key, api): (Option<key::Attrs>, Option<api::Attrs>),
    ) -> Option<Vec<(String, String)>> {
        let generated = GeneratedIds { key: key.or_else(|| self.existing_key.clone()), api };
        let value = |(name, template, _): &(String, Template, Vec<Edge>)| match self
            .context
            .render_template(template, &generated)
        {
            MaybeKnown::Known(value)
                if redaction::is_private_output(&self.context.spec, name, template, &value) =>
            {
                Some((name.clone(), REDACTED.to_owned()))
            }
            MaybeKnown::Known(value) => Some((name.clone(), value)),
            MaybeKnown::KnownAfter(_) => None,
        };
        self.templates.iter().map(value).collect()
    }
}

fn unknown<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> String {
    format!("there is no output `{name}`; {}", suggest::hint(name, names, "the spec has"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_output_is_answered_with_the_nearest_or_all_there_are() {
        let told = |names: &[&'static str]| unknown("nope", names.iter().copied());
        assert_eq!(told(&["note", "url"]), "there is no output `nope`; did you mean `note`?");
        assert_eq!(
            told(&["websocket_url", "key"]),
            "there is no output `nope`; the spec has `websocket_url` and `key`"
        );
        assert_eq!(told(&[]), "there is no output `nope`; the spec has none");
    }
}
