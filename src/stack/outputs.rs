//! The outputs: templates, and the resources to read in order to render them.
use std::sync::Arc;

use super::{
    redaction,
    spec_context::{GeneratedIds, SpecContext},
};
use crate::{
    diagnostic::{Failure, suggest},
    engine::{Edge, Handle, MaybeKnown},
    manifest::template::Template,
    redact::REDACTED,
    resources::{api, key},
};

/// Handles of the two resources whose ids AWS generates.
pub(super) type Handles = (Option<Handle<key::Attrs>>, Option<Handle<api::Attrs>>);

/// The attributes of the two, as far as they are known.
type StackIds = (Option<key::Attrs>, Option<api::Attrs>);

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
    /// There is no such output; the hint offers the nearest name, or lists all.
    pub fn retain_only(&mut self, name: &str) -> Result<(), Failure> {
        if !self.templates.iter().any(|(one, ..)| one == name) {
            return Err(unknown_output(name, self.templates.iter().map(|(name, ..)| name.as_str())));
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
    pub fn resolve_values(&self, ids: StackIds) -> Option<Vec<(String, String)>> {
        self.render_values(ids, |name, template, value| {
            let private = redaction::is_private_output(&self.context.spec, name, template, &value);
            if private { REDACTED.to_owned() } else { value }
        })
    }

    /// Renders the outputs as they are, for whoever asks for the value of one; `None` while a value is not known.
    #[must_use]
    pub fn reveal_values(&self, ids: StackIds) -> Option<Vec<(String, String)>> {
        self.render_values(ids, |_, _, value| value)
    }

    fn render_values(
        &self,
        (key, api): StackIds,
        shown: impl Fn(&str, &Template, String) -> String,
    ) -> Option<Vec<(String, String)>> {
        let generated = GeneratedIds { key: key.or_else(|| self.existing_key.clone()), api };
        let value = |(name, template, _): &(String, Template, Vec<Edge>)| match self
            .context
            .render_template(template, &generated)
        {
            MaybeKnown::Known(value) => Some((name.clone(), shown(name, template, value))),
            MaybeKnown::KnownAfter(_) => None,
        };
        self.templates.iter().map(value).collect()
    }
}

fn unknown_output<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Failure {
    Failure::failed(format!("there is no output `{name}`")).with_hint(suggest::hint(
        name,
        names,
        "the spec has",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_output_is_answered_with_the_nearest_or_all_there_are() {
        let hint = |names: &[&'static str]| {
            unknown_output("nope", names.iter().copied()).diagnostics[0].hint.clone().unwrap()
        };
        assert_eq!(hint(&["note", "url"]), "did you mean `note`?");
        assert_eq!(hint(&["websocket_url", "key"]), "the spec has `websocket_url` and `key`");
        assert_eq!(hint(&[]), "the spec has none");
    }
}
