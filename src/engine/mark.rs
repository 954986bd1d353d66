//! What was last applied to a resource, kept as digests in a tag of its own; and who has moved since.
//!
//! There is no state file, so the tag [`APPLIED`](crate::aws::tags::APPLIED) holds three digests: of the
//! configuration as it was sent, of the same as far as the spec alone tells it, and of which resources the
//! stack had. What stands now against the first tells drift, the spec now against the second tells change; the
//! third tells a resource that was removed behind the tool's back from one that is new in the spec.
//!
//! The tag costs no call of its own: it is read with the others, it is sent with those of a creation, and it
//! only changes with a resource that changes anyway. It never is a difference itself. What takes no tags is
//! judged by its [`parent`](super::Label::parent). Redacted values are not in the digests, for a short secret
//! could be guessed from one.
use serde_json::Value;

use super::plan::{Action, Origin, Step};
use crate::{digest::short, redact::redact_paths};

/// First part of every mark; another one is not understood.
const VERSION: &str = "1";
/// Bytes of each digest: enough to tell two configurations apart, and short enough for a tag (256 characters).
pub(super) const BYTES: usize = 6;

/// What stands in the tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    sent: String,
    seal: Seal,
}

/// What of a mark is known before anything is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seal {
    /// Digest of what the spec alone tells of the resource.
    pub(super) spec: String,
    /// Digest of which resources the stack has.
    pub(super) stack: String,
}

impl Mark {
    pub(super) fn read(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split('.').collect();
        let [VERSION, sent, spec, stack] = parts[..] else { return None };
        let seal = Seal { spec: spec.to_owned(), stack: stack.to_owned() };
        Some(Self { sent: sent.to_owned(), seal })
    }
}

/// What to write into the tag of a resource that is sent as `doc`.
pub(super) fn write(doc: &Value, redacts: &dyn Fn(&str) -> bool, seal: &Seal) -> String {
    format!("{VERSION}.{}.{}.{}", digest(doc, redacts), seal.spec, seal.stack)
}

/// Digest of a document without its redacted values; a null member is the same as none.
pub(super) fn digest(doc: &Value, redacts: &dyn Fn(&str) -> bool) -> String {
    let mut doc = doc.clone();
    redact_paths(&mut doc, "", redacts);
    prune(&mut doc);
    short(doc.to_string(), BYTES)
}

/// Digest of which resources there are.
pub(super) fn roll(names: impl Iterator<Item = String>, bytes: usize) -> String {
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    short(names.join("\n"), bytes)
}

fn prune(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(prune);
        }
        Value::Array(items) => items.iter_mut().for_each(prune),
        _ => {}
    }
}

/// What is known of one resource then and now.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    /// What was last applied, if its tags say.
    pub(super) mark: Option<Mark>,
    /// Digest of what the spec tells of it now.
    pub(super) spec: String,
    /// Digest of what stands, once as the spec of today redacts values and once with those it does not know.
    pub(super) live: Vec<String>,
    /// Index of its parent, if it takes no tags.
    pub(super) parent: Option<usize>,
}

impl Evidence {
    fn spec_moved(&self) -> Option<bool> {
        self.mark.as_ref().map(|mark| mark.seal.spec != self.spec)
    }

    fn stands_as_applied(&self) -> bool {
        self.mark.as_ref().is_some_and(|mark| self.live.contains(&mark.sent))
    }
}

/// Writes into every step who moved.
pub(super) fn judge(steps: &mut [Step], evidence: &[Evidence], stack: &str) {
    let missing = missing(evidence, stack);
    for (step, own) in steps.iter_mut().zip(evidence) {
        step.origin = match step.action {
            Action::Keep => None,
            Action::Create { .. } => Some(missing),
            Action::Delete { .. } => Some(Origin::Change),
            Action::Update { .. } | Action::Replace { .. } => Some(moved(own, evidence)),
        };
    }
}

/// Who moved, if something is missing of the resources that `stack` is the digest of.
///
/// A mark with the same digest tells that all of them were there once; one with another digest, that the spec has
/// asked for others before or since. Marks have no order, so with both of them it cannot be told.
fn missing(evidence: &[Evidence], stack: &str) -> Origin {
    let seals = evidence.iter().filter_map(|one| Some(&one.mark.as_ref()?.seal));
    let (same, other): (Vec<_>, Vec<_>) = seals.partition(|seal| seal.stack == stack);
    match (same.is_empty(), other.is_empty()) {
        (true, _) => Origin::Change,
        (false, true) => Origin::Drift,
        (false, false) => Origin::Unknown,
    }
}

fn moved(own: &Evidence, all: &[Evidence]) -> Origin {
    if let Some(parent) = own.parent {
        let parent = all.get(parent);
        return match parent.and_then(Evidence::spec_moved) {
            Some(true) => Origin::Change,
            // Where the parent itself is no longer as it was applied, its mark tells nothing of the child.
            Some(false) if parent.is_some_and(Evidence::stands_as_applied) => Origin::Drift,
            _ => Origin::Unknown,
        };
    }
    let Some(mark) = &own.mark else { return Origin::Unknown };
    match (mark.seal.spec != own.spec, !own.stands_as_applied()) {
        (true, true) => Origin::Both,
        (true, false) => Origin::Change,
        (false, true) => Origin::Drift,
        (false, false) => Origin::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn seal() -> Seal {
        Seal { spec: "aaaaaaaaaaaa".into(), stack: "bbbbbbbbbbbb".into() }
    }

    #[test]
    fn a_mark_reads_back_and_fits_a_tag() {
        let text = write(&json!({ "a": 1 }), &|_| false, &seal());
        assert_eq!(Mark::read(&text).unwrap().seal, seal());
        assert!(text.len() < 256);
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.'), "{text}");
    }

    #[test]
    fn a_mark_of_another_make_is_none() {
        for text in ["", "1", "2.a.b.c", "1.a.b.c.d"] {
            assert_eq!(Mark::read(text), None, "{text}");
        }
    }

    #[test]
    fn a_parent_tells_of_its_child_only_while_it_stands_as_it_was_applied() {
        let parent = |spec: &str, live: &str| Evidence {
            mark: Some(Mark { sent: "sent".into(), seal: seal() }),
            spec: spec.into(),
            live: vec![live.into()],
            parent: None,
        };
        let child = Evidence { parent: Some(0), ..Evidence::default() };
        let origin = |parent| moved(&child, &[parent]);
        assert_eq!(origin(parent(&seal().spec, "sent")), Origin::Drift);
        assert_eq!(origin(parent(&seal().spec, "moved")), Origin::Unknown);
        assert_eq!(origin(parent("other", "moved")), Origin::Change);
        assert_eq!(origin(Evidence::default()), Origin::Unknown);
    }

    #[test]
    fn redacted_values_and_nulls_are_not_in_a_digest() {
        let redacts = |at: &str| at == "/secret";
        let one = digest(&json!({ "a": 1, "secret": "x" }), &redacts);
        assert_eq!(one, digest(&json!({ "a": 1, "secret": "y", "none": null }), &redacts));
        let list = |member: Value| digest(&json!([{ "a": 1, "b": member }]), &redacts);
        assert_eq!(list(Value::Null), digest(&json!([{ "a": 1 }]), &redacts));
        assert_ne!(one, digest(&json!({ "a": 2, "secret": "x" }), &redacts));
    }
}
