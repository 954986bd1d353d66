//! The part of a live configuration that a stack manages; the rest is others' and never a difference.
//!
//! Governance tools, backup plans and AWS itself put tags on resources. Only a key that this tool once set is its own
//! to remove, so the last-applied tag records the keys that were sent.
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use super::{
    last_applied::{KEY_DIGEST as DIGEST, LastApplied},
    resource::{Resource, tag_value},
};
use crate::aws::tags::{APPLIED, OWNERSHIP, Tags, is_ignored_tag};

/// Number of keys that fit a tag's 256 characters beside the digests; a resource has at most 50 tags (AWS General
/// Reference, "Tagging your AWS resources").
const KEYS: usize = 50;

/// Returns the record of the tag keys that are sent, without those that are known by their prefix.
///
/// A key that is to be removed is in it as well: a run may be killed between this tag and the removal.
pub(super) fn record_keys<'a>(keys: impl Iterator<Item = &'a str>) -> String {
    keys.filter(|key| !key.starts_with(OWNERSHIP)).take(KEYS).map(key_digest).collect()
}

/// Returns whether a record holds a key.
fn holds_key(record: &str, key: &str) -> bool {
    record.as_bytes().chunks(DIGEST).any(|one| one == key_digest(key).as_bytes())
}

fn key_digest(key: &str) -> String {
    let mut digest = STANDARD.encode(Sha256::digest(key));
    digest.truncate(DIGEST);
    digest
}

/// The tag keys that this tool set on a live resource.
pub(super) enum OwnKeys {
    /// All of them: the live configuration is what the first version applied, which owned every tag.
    All,
    /// Those in a record.
    Recorded(String),
    /// None is known, except for those with the prefix of this tool.
    Unknown,
}

impl OwnKeys {
    /// Reads the record of a live resource; `is_as_applied` compares a digest with the live configuration.
    pub(super) fn of<R: Resource>(live: &R::Props, is_as_applied: impl Fn(&str) -> bool) -> Self {
        let mark = tag_value::<R>(live, APPLIED).and_then(|text| LastApplied::parse(&text));
        match mark {
            Some(LastApplied { record: Some(record), .. }) => Self::Recorded(record.keys),
            Some(mark) if is_as_applied(&mark.config_digest) => Self::All,
            _ => Self::Unknown,
        }
    }

    fn contains(&self, key: &str) -> bool {
        key.starts_with(OWNERSHIP)
            || match self {
                Self::All => true,
                Self::Recorded(record) => holds_key(record, key),
                Self::Unknown => false,
            }
    }
}

/// Returns the live configuration `live` without what others manage, to be compared with the desired one.
pub(super) fn managed_props<R: Resource>(
    resource: &R,
    live: &R::Props,
    to: &R::Props,
    own: &OwnKeys,
    ignored: &[String],
) -> R::Props {
    let wanted = R::tags(&mut to.clone()).cloned().unwrap_or_default();
    let is_managed =
        |key: &str| wanted.contains_key(key) || own.contains(key) && !is_ignored_tag(key, ignored);
    retain_tags(resource, live, to, is_managed)
}

/// Returns the live configuration `live` with the tags that this tool set, to be compared with what was applied.
pub(super) fn applied_props<R: Resource>(
    resource: &R,
    live: &R::Props,
    to: &R::Props,
    own: &OwnKeys,
) -> R::Props {
    retain_tags(resource, live, to, |key| own.contains(key))
}

fn retain_tags<R: Resource>(
    resource: &R,
    live: &R::Props,
    to: &R::Props,
    keeps: impl Fn(&str) -> bool,
) -> R::Props {
    let mut props = live.clone();
    resource.drop_unmanaged(&mut props, to);
    if let Some(tags) = R::tags(&mut props) {
        tags.retain(|key, _| keeps(key));
    }
    props
}

/// Returns the tag keys of a configuration.
pub(super) fn tag_keys<R: Resource>(props: &R::Props) -> Vec<String> {
    tags::<R>(props).into_keys().collect()
}

/// Returns the tags of a configuration.
pub(super) fn tags<R: Resource>(props: &R::Props) -> Tags {
    R::tags(&mut props.clone()).cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_tells_the_keys_that_were_sent() {
        let record = record_keys(["Team", "copilot-infra:stack", "Project"].into_iter());
        assert_eq!(record.len(), 2 * DIGEST);
        assert!(holds_key(&record, "Team") && holds_key(&record, "Project"));
        assert!(!holds_key(&record, "Cost") && !holds_key(&record, "copilot-infra:stack"));
        let many: Vec<String> = (0..99).map(|number| format!("key {number}")).collect();
        assert_eq!(record_keys(many.iter().map(String::as_str)).len(), 200, "as many as a tag has room for");
        assert!(OwnKeys::Recorded(record).contains("copilot-infra:stack"), "known by its prefix");
    }
}
