//! Ownership tags: they name the stack that owns a resource, its address, and what was last applied to it.
use std::collections::BTreeMap;

use crate::iam::pattern::covers;

/// Tag with the name of the stack that owns a resource.
pub const STACK: &str = "copilot-infra:stack";
/// Tag with the address of the resource within its stack, such as `tables.conversations`.
pub const ADDRESS: &str = "copilot-infra:address";
/// The last-applied tag: digests of what was last applied to a resource.
///
/// By it a plan can tell drift (the live resource changed) from a change of the spec without a state file. It is
/// written by the call that changes the resource anyway, is never a difference itself, and holds nothing of hidden
/// values. What takes no tags has none: a function's resource policy is made from the routes, so the tag of its API
/// tells for it, and [`CALLERS`] for the rest; the account's logging role is never changed.
pub const APPLIED: &str = "copilot-infra:applied";
/// Tag that forbids the tool to remove or replace a resource, even after it has left the spec.
pub const PROTECT: &str = "copilot-infra:protect";
/// Tag of a function with the digest of its `callers`, so that a change of them in the spec can be told from one that
/// somebody made to the function's resource policy, which takes no tags.
pub const CALLERS: &str = "copilot-infra:callers";
/// Tag that lets a log go with its source, even after it has left the spec.
pub const ON_DELETE: &str = "copilot-infra:on-delete";
/// Value of [`ON_DELETE`].
pub const DELETE: &str = "delete";

/// Prefix of the tags that this tool keeps for itself.
pub const OWNERSHIP: &str = "copilot-infra:";
/// Tag by which AWS's myApplications counts a resource to an application (AWS Management Console guide, "Adding
/// resources to an application"); AWS sets it, though it lacks the prefix `aws:`.
const APPLICATION: &str = "awsApplication";
/// Tag of AWS's own with the CloudFormation stack that a resource belongs to.
const FORMATION: &str = "aws:cloudformation:stack-name";

/// Tags by key, in canonical order, without AWS's own.
pub type Tags = BTreeMap<String, String>;

/// Owner of a live resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// This stack owns the resource.
    ThisStack,
    /// Nobody owns the resource: it carries no ownership tag.
    Unowned,
    /// Another stack owns the resource.
    OtherStack(String),
    /// A CloudFormation stack owns the resource.
    CloudFormation(String),
    /// This stack's tag is on a resource of a CloudFormation stack.
    Contested(String),
}

impl Owner {
    /// Returns whether this stack's tag is on the resource.
    #[must_use]
    pub fn has_stack_tag(&self) -> bool {
        matches!(self, Self::ThisStack | Self::Contested(_))
    }

    /// Returns why the stack may not touch the resource `id`, and the remedy; none for the stack's own resource.
    #[must_use]
    pub fn refusal(&self, id: &str) -> Option<(String, String)> {
        let (whose, remedy) = match self {
            Self::ThisStack => return None,
            Self::Unowned => (
                "it exists already and nobody's tags are on it".to_owned(),
                format!(
                    "choose another name in the spec, or remove `{id}`, or hand it over by tagging it `{STACK}` with the name of this stack"
                ),
            ),
            Self::OtherStack(other) => (
                format!("it belongs to the stack `{other}`"),
                "choose another name in the spec, or take it out of that stack first".to_owned(),
            ),
            Self::CloudFormation(other) => (
                format!("it belongs to the CloudFormation stack `{other}`"),
                "choose another name in the spec; or retain it (`DeletionPolicy: Retain`), take it out of that stack, and hand it over by tagging it".to_owned(),
            ),
            Self::Contested(other) => (
                format!("this stack's tag is on it, but it belongs to the CloudFormation stack `{other}`"),
                "choose another name in the spec; or retain it (`DeletionPolicy: Retain`), take it out of that stack, and take it over with `--allow-replace` and its address, once".to_owned(),
            ),
        };
        Some((format!("`{id}` is not this stack's: {whose}"), remedy))
    }
}

/// Drops the tags that AWS keeps for itself: they can be neither set nor removed.
pub fn drop_aws_tags(tags: impl IntoIterator<Item = (String, String)>) -> Tags {
    tags.into_iter().filter(|(key, _)| !key.starts_with("aws:")).collect()
}

/// Returns the owner of a resource by all of its tags, AWS's own included.
pub fn owner_of_tags<'a>(stack: &str, tags: impl IntoIterator<Item = (&'a str, &'a str)>) -> Owner {
    let (mut tagged, mut formed) = (None, None);
    for (key, value) in tags {
        match key {
            STACK => tagged = Some(value.to_owned()),
            FORMATION => formed = Some(value.to_owned()),
            _ => {}
        }
    }
    match (tagged, formed) {
        (None, None) => Owner::Unowned,
        (None, Some(other)) => Owner::CloudFormation(other),
        (Some(tagged), _) if tagged != stack => Owner::OtherStack(tagged),
        (Some(_), Some(other)) => Owner::Contested(other),
        (Some(_), None) => Owner::ThisStack,
    }
}

/// Returns whether a tag is never removed: one that AWS keeps, or one whose key matches a pattern.
#[must_use]
pub fn is_ignored_tag(key: &str, patterns: &[String]) -> bool {
    key == APPLICATION || patterns.iter().any(|pattern| covers(pattern, key))
}

/// Tag changes that turn the live tags into the desired ones.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct TagDiff {
    /// Tags to set.
    pub set: Tags,
    /// Keys to remove.
    pub remove: Vec<String>,
}

/// Compares the live tags with the desired ones; `None` if they agree.
#[must_use]
pub fn diff_tags(live: &Tags, wanted: &Tags) -> Option<TagDiff> {
    let set: Tags = wanted
        .iter()
        .filter(|(key, value)| live.get(*key) != Some(value))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    let remove: Vec<String> = live.keys().filter(|key| !wanted.contains_key(*key)).cloned().collect();
    (!set.is_empty() || !remove.is_empty()).then_some(TagDiff { set, remove })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_tag_in_a_cloudformation_stack_is_contested() {
        let formed = ("aws:cloudformation:stack-name", "theirs");
        assert_eq!(owner_of_tags("demo", []), Owner::Unowned);
        assert_eq!(owner_of_tags("demo", [("Team", "demo")]), Owner::Unowned);
        assert_eq!(owner_of_tags("demo", [(STACK, "demo")]), Owner::ThisStack);
        assert_eq!(owner_of_tags("demo", [(STACK, "other")]), Owner::OtherStack("other".into()));
        assert_eq!(owner_of_tags("demo", [("Team", "a"), formed]), Owner::CloudFormation("theirs".into()));
        assert_eq!(owner_of_tags("demo", [formed, (STACK, "demo")]), Owner::Contested("theirs".into()));
        assert_eq!(owner_of_tags("demo", [formed, (STACK, "other")]), Owner::OtherStack("other".into()));
    }

    #[test]
    fn a_pattern_is_a_key_or_its_beginning() {
        let patterns = ["org:*".to_owned(), "Owner".to_owned()];
        for (key, ignored) in
            [("org:cost", true), ("org:", true), ("org", false), ("Owner", true), ("Owners", false)]
        {
            assert_eq!(is_ignored_tag(key, &patterns), ignored, "{key}");
        }
        assert!(is_ignored_tag("awsApplication", &[]));
    }

    #[test]
    fn what_aws_keeps_for_itself_is_not_managed() {
        let tags = [("aws:cloudformation:stack-name", "theirs"), ("awsome", "yes"), (STACK, "demo")];
        let kept = drop_aws_tags(tags.map(|(key, value)| (key.to_owned(), value.to_owned())));
        assert_eq!(kept.into_keys().collect::<Vec<_>>(), ["awsome", STACK]);
    }

    #[test]
    fn only_what_differs_is_set_or_removed() {
        let tags = |pairs: &[(&str, &str)]| -> Tags {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
        };
        let live = tags(&[("same", "1"), ("other", "1"), ("gone", "1")]);
        let difference = diff_tags(&live, &tags(&[("same", "1"), ("other", "2"), ("new", "1")])).unwrap();
        assert_eq!(difference.set, tags(&[("new", "1"), ("other", "2")]));
        assert_eq!(difference.remove, ["gone"]);
        assert_eq!(diff_tags(&live, &live), None);
        let more = diff_tags(&tags(&[]), &live).unwrap();
        assert_eq!((more.set, more.remove), (live.clone(), vec![]));
        let less = diff_tags(&live, &tags(&[])).unwrap();
        assert_eq!((less.set.len(), less.remove.len()), (0, 3));
    }
}
