//! Detects drift from the digests of the last applied configuration, which a tag of the resource keeps.
//!
//! There is no state file, so the tag [`APPLIED`](crate::aws::tags::APPLIED) holds three digests: of the
//! configuration as it was sent, of the part of it that follows from the spec alone, and of the set of resources
//! that the stack had. The live configuration against the first tells drift, the spec of today against the second
//! tells a change of the spec; the third tells a resource that was removed behind the tool's back from one that is
//! new in the spec. Besides it holds [which resource it is of](super::ownership::identity_digest), and
//! [the keys of the tags](super::managed::record_keys) that were sent.
//!
//! Behind the digests stands the origin that it was applied from, so that a plan of another project with the same name
//! for its stack does not take the resource for a leftover of its own.
//!
//! The tag costs no call of its own: it is read with the other tags, it is sent with those of a creation, and it
//! only changes with a resource that changes anyway. It never is a difference itself. What takes no tags is
//! judged by its [`parent`](super::NodeLabel::parent). Redacted values are not in the digests, for a short secret
//! could be guessed from one.
use std::collections::BTreeSet;

use serde_json::Value;

use super::plan::{Action, DriftStatus, Step};
use crate::{digest::short_digest, redact::redact_paths};

/// Format version, the first part of every last-applied tag; a tag of another version is not understood.
const VERSION: &str = "2";
/// The version that had neither the resource's identity nor the keys of its tags.
const BARE_VERSION: &str = "1";
/// Bytes of each digest: enough to tell two configurations apart, and short enough for a tag (256 characters).
pub(super) const BYTES: usize = 6;

/// Most characters of a tag's value (AWS General Reference, "Tagging your AWS resources").
const TAG_LENGTH: usize = 256;
/// Characters of the digest of a tag's key.
pub(super) const KEY_DIGEST: usize = 4;

/// Content of the last-applied tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LastApplied {
    pub(super) config_digest: String,
    expected: SpecDigests,
    /// Origin of the spec, if it was known.
    pub(super) origin: Option<String>,
    /// What version 1 did not tell.
    pub(super) record: Option<Record>,
}

/// What a last-applied tag tells of the resource beside digests of its configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// Digest of the stack, kind and name of the resource that the tag was written to.
    pub(super) identity: String,
    /// Digests of the keys of its tags.
    pub(super) keys: String,
}

/// Digests of the last-applied tag that are known before anything is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SpecDigests {
    /// Digest of the resource's configuration as far as it follows from the spec alone.
    pub(super) spec_digest: String,
    /// Digest of the set of resources in the stack.
    pub(super) stack_digest: String,
}

impl LastApplied {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (digests, origin) =
            text.split_once(' ').map_or((text, None), |(digests, origin)| (digests, Some(origin)));
        let parts: Vec<&str> = digests.split('.').collect();
        let (sent, spec, stack, record) = match parts[..] {
            [BARE_VERSION, sent, spec, stack] => (sent, spec, stack, None),
            [VERSION, sent, spec, stack, identity, keys] => {
                (sent, spec, stack, Some(Record { identity: identity.to_owned(), keys: keys.to_owned() }))
            }
            _ => return None,
        };
        let spec_digests = SpecDigests { spec_digest: spec.to_owned(), stack_digest: stack.to_owned() };
        Some(Self {
            config_digest: sent.to_owned(),
            expected: spec_digests,
            origin: origin.map(str::to_owned),
            record,
        })
    }
}

/// Returns the last-applied tag of a resource that is sent as `doc`.
pub(super) fn write_last_applied(
    doc: &Value,
    redacts: &dyn Fn(&str) -> bool,
    spec_digests: &SpecDigests,
    origin: Option<&str>,
    record: &Record,
) -> String {
    let SpecDigests { spec_digest, stack_digest } = spec_digests;
    let digests = format!(
        "{VERSION}.{}.{spec_digest}.{stack_digest}.{}.",
        config_digest(doc, redacts),
        record.identity
    );
    let origin = origin.map(|origin| format!(" {origin}")).unwrap_or_default();
    // As many keys as there is room for; one that is not in the record is never removed.
    let room = TAG_LENGTH.saturating_sub(digests.len() + origin.len());
    let keys = record.keys.get(..room / KEY_DIGEST * KEY_DIGEST).unwrap_or(&record.keys);
    format!("{digests}{keys}{origin}")
}

/// Returns the digest of a document without its redacted values; a null member counts as absent.
pub(super) fn config_digest(doc: &Value, redacts: &dyn Fn(&str) -> bool) -> String {
    let mut doc = doc.clone();
    redact_paths(&mut doc, "", redacts);
    drop_nulls(&mut doc);
    short_digest(doc.to_string(), BYTES)
}

/// Returns the digest of a set of resources.
pub(super) fn stack_digest(names: impl Iterator<Item = String>, bytes: usize) -> String {
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    short_digest(names.join("\n"), bytes)
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

/// Last-applied, desired and live digests of one resource.
#[derive(Debug, Default)]
pub(super) struct DriftEvidence {
    /// Content of the last-applied tag, if the resource has one.
    pub(super) last_applied: Option<LastApplied>,
    /// Digest of what the spec says of the resource now.
    pub(super) spec_digest: String,
    /// Digests of the live configuration: one with the values redacted that today's spec redacts, one with those it
    /// does not know.
    pub(super) live_digests: Vec<String>,
    /// Index of the parent, for a resource that takes no tags.
    pub(super) parent: Option<usize>,
    /// Index of a resource, and its tag that changes with the part of the spec that the parent does not tell of.
    pub(super) told_by: Option<(usize, &'static str)>,
    /// Keys of the ownership tags that are to be other than they are.
    pub(super) changed_tags: BTreeSet<String>,
}

impl DriftEvidence {
    fn spec_changed(&self) -> Option<bool> {
        self.last_applied.as_ref().map(|mark| mark.expected.spec_digest != self.spec_digest)
    }

    fn is_live_as_applied(&self) -> bool {
        self.last_applied.as_ref().is_some_and(|mark| self.live_digests.contains(&mark.config_digest))
    }
}

/// Sets the drift status of every step.
pub(super) fn judge_drift(steps: &mut [Step], evidence: &[DriftEvidence], stack: &str) {
    let missing = missing_status(evidence, stack);
    for (step, own) in steps.iter_mut().zip(evidence) {
        step.drift_status = match step.action {
            Action::Keep => None,
            Action::Create { .. } => Some(missing),
            Action::Delete { .. } => Some(DriftStatus::SpecChanged),
            Action::Update { .. } | Action::Replace { .. } => Some(changed_status(own, evidence, stack)),
        };
    }
}

/// Returns the drift status of missing resources in the stack that `stack` is the digest of.
///
/// A last-applied tag with the same stack digest tells that all of them were there once; one with another digest,
/// that the spec has asked for others before or since. The tags have no order, so with both it cannot be told.
fn missing_status(evidence: &[DriftEvidence], stack: &str) -> DriftStatus {
    let seals = evidence.iter().filter_map(|one| Some(&one.last_applied.as_ref()?.expected));
    let (same, other): (Vec<_>, Vec<_>) = seals.partition(|spec_digests| spec_digests.stack_digest == stack);
    match (same.is_empty(), other.is_empty()) {
        (true, _) => DriftStatus::SpecChanged,
        (false, true) => DriftStatus::Drifted,
        (false, false) => DriftStatus::Unknown,
    }
}

fn changed_status(own: &DriftEvidence, all: &[DriftEvidence], stack: &str) -> DriftStatus {
    let teller = own.told_by.and_then(|(index, tag)| Some((all.get(index)?, tag)));
    if let Some((teller, tag)) = teller {
        if teller.changed_tags.contains(tag) {
            return DriftStatus::SpecChanged;
        }
        // The resource may have had a parent when the stack had other resources.
        let same = |mark: &LastApplied| mark.expected.stack_digest == stack;
        if own.parent.is_none() && teller.last_applied.as_ref().is_some_and(same) {
            return DriftStatus::Drifted;
        }
    }
    if let Some(parent) = own.parent {
        let parent = all.get(parent);
        return match parent.and_then(DriftEvidence::spec_changed) {
            Some(true) => DriftStatus::SpecChanged,
            // If the parent itself is no longer as it was applied, its tag tells nothing of the child.
            Some(false) if parent.is_some_and(DriftEvidence::is_live_as_applied) => DriftStatus::Drifted,
            _ => DriftStatus::Unknown,
        };
    }
    let Some(mark) = &own.last_applied else { return DriftStatus::Unknown };
    match (mark.expected.spec_digest != own.spec_digest, !own.is_live_as_applied()) {
        (true, true) => DriftStatus::Both,
        (true, false) => DriftStatus::SpecChanged,
        (false, true) => DriftStatus::Drifted,
        (false, false) => DriftStatus::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn spec_digests() -> SpecDigests {
        SpecDigests { spec_digest: "aaaaaaaaaaaa".into(), stack_digest: "bbbbbbbbbbbb".into() }
    }

    #[test]
    fn a_mark_reads_back_and_fits_a_tag() {
        let record = Record { identity: "cccccccccccc".into(), keys: "Ab+/".repeat(50) };
        let text = write_last_applied(&json!({ "a": 1 }), &|_| false, &spec_digests(), None, &record);
        let mark = LastApplied::parse(&text).unwrap();
        assert_eq!((mark.expected, mark.record), (spec_digests(), Some(record.clone())));
        assert!(text.len() <= 256, "{}", text.len());
        // All services take these (IAM API reference, `Tag`, which has the shortest list).
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".+/".contains(&byte);
        assert!(text.bytes().all(plain), "{text}");
        let origin = "github.com/acme/copilot infra/copilot.yaml";
        let text = write_last_applied(&json!({ "a": 1 }), &|_| false, &spec_digests(), Some(origin), &record);
        assert!(text.len() <= 256, "{}", text.len());
        let read = LastApplied::parse(&text).unwrap();
        assert_eq!((read.expected, read.origin.as_deref()), (spec_digests(), Some(origin)));
        assert!(record.keys.starts_with(&read.record.unwrap().keys), "as many as there is room for");
    }

    #[test]
    fn a_mark_of_the_first_version_has_no_record() {
        let mark = LastApplied::parse("1.a.b.c").unwrap();
        assert_eq!((mark.config_digest.as_str(), mark.record), ("a", None));
    }

    #[test]
    fn a_mark_of_another_make_is_none() {
        for text in ["", "1", "2.a.b.c", "1.a.b.c.d", "3.a.b.c.d.e"] {
            assert_eq!(LastApplied::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_parent_tells_of_its_child_only_while_it_stands_as_it_was_applied() {
        let parent = |spec: &str, live: &str| DriftEvidence {
            last_applied: Some(LastApplied {
                config_digest: "sent".into(),
                expected: spec_digests(),
                origin: None,
                record: None,
            }),
            spec_digest: spec.into(),
            live_digests: vec![live.into()],
            ..DriftEvidence::default()
        };
        let child = DriftEvidence { parent: Some(0), ..DriftEvidence::default() };
        let origin = |parent| changed_status(&child, &[parent], "");
        assert_eq!(origin(parent(&spec_digests().spec_digest, "sent")), DriftStatus::Drifted);
        assert_eq!(origin(parent(&spec_digests().spec_digest, "moved")), DriftStatus::Unknown);
        assert_eq!(origin(parent("other", "moved")), DriftStatus::SpecChanged);
        assert_eq!(origin(DriftEvidence::default()), DriftStatus::Unknown);
    }

    #[test]
    fn a_tag_of_another_resource_tells_what_the_parent_does_not() {
        let teller = |tags: &[&str]| DriftEvidence {
            changed_tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            last_applied: Some(LastApplied {
                config_digest: "sent".into(),
                expected: spec_digests(),
                origin: None,
                record: None,
            }),
            ..DriftEvidence::default()
        };
        let same = spec_digests().stack_digest;
        let child = DriftEvidence { told_by: Some((0, "digest")), ..DriftEvidence::default() };
        assert_eq!(changed_status(&child, &[teller(&["digest"])], &same), DriftStatus::SpecChanged);
        assert_eq!(changed_status(&child, &[teller(&["other"])], &same), DriftStatus::Drifted);
        assert_eq!(changed_status(&child, &[teller(&[])], "other"), DriftStatus::Unknown);
        let child = DriftEvidence { parent: Some(1), ..child };
        let unknown = changed_status(&child, &[teller(&[]), DriftEvidence::default()], &same);
        assert_eq!(unknown, DriftStatus::Unknown, "the parent tells nothing");
    }

    #[test]
    fn redacted_values_and_nulls_are_not_in_a_digest() {
        let redacts = |at: &str| at == "/secret";
        let one = config_digest(&json!({ "a": 1, "secret": "x" }), &redacts);
        assert_eq!(one, config_digest(&json!({ "a": 1, "secret": "y", "none": null }), &redacts));
        let list = |member: Value| config_digest(&json!([{ "a": 1, "b": member }]), &redacts);
        assert_eq!(list(Value::Null), config_digest(&json!([{ "a": 1 }]), &redacts));
        assert_ne!(one, config_digest(&json!({ "a": 2, "secret": "x" }), &redacts));
    }
}
