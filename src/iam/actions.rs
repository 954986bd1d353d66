//! IAM actions: which exist, their access level, and whether they can be limited to resources.
use std::{collections::HashMap, sync::LazyLock};

use super::pattern::matches_ignoring_case;
use crate::diagnostic::suggest;

/// The services of IAM with the actions of some of them, one service a line.
const ACTIONS: &str = include_str!("actions.txt");

/// Services by prefix; those whose actions are known have some.
static SERVICES: LazyLock<HashMap<&'static str, Vec<KnownAction>>> = LazyLock::new(|| {
    let lines = ACTIONS.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines
        .filter_map(|line| {
            let mut words = line.split(' ');
            let service = words.next()?;
            Some((service, words.filter_map(KnownAction::read).collect()))
        })
        .collect()
});

/// An action of an AWS service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownAction {
    /// Name of the action, such as `GetItem`.
    pub name: &'static str,
    /// Access level of the action.
    pub level: AccessLevel,
    /// Whether the action can be limited to resources.
    pub has_resources: bool,
}

/// Access level of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessLevel {
    /// The action lists, reads, writes or tags.
    Other,
    /// The action changes permissions.
    Permissions,
}

impl KnownAction {
    /// Parses `Name:L` or `Name:L*`.
    fn read(word: &'static str) -> Option<Self> {
        let (name, rest) = word.split_once(':')?;
        let level = if rest.starts_with('P') { AccessLevel::Permissions } else { AccessLevel::Other };
        Some(Self { name, level, has_resources: !rest.ends_with('*') })
    }
}

/// Returns the actions that `action`, such as `dynamodb:GetItem`, stands for, wildcards resolved; empty if that is not
/// known.
#[must_use]
pub fn resolve(action: &str) -> Vec<KnownAction> {
    let Some((service, pattern)) = action.split_once(':') else { return Vec::new() };
    let known = SERVICES.get(service.to_lowercase().as_str());
    known.into_iter().flatten().filter(|known| matches_ignoring_case(pattern, known.name)).copied().collect()
}

/// Returns a message and a hint if `action` cannot exist.
#[must_use]
pub fn mistake(action: &str) -> Option<(String, String)> {
    if action == "*" {
        return None;
    }
    let Some((service, name)) = action.split_once(':').filter(|(_, name)| !name.is_empty()) else {
        return Some((
            format!("`{action}` is no action of IAM"),
            "an action looks like `s3:GetObject`".to_owned(),
        ));
    };
    let Some(known) = SERVICES.get(service.to_lowercase().as_str()) else {
        let near = suggest::nearest(service, SERVICES.keys().copied());
        let hint = near.map_or("an action looks like `s3:GetObject`".to_owned(), |near| {
            format!("did you mean `{near}:{name}`?")
        });
        return (!service.contains('*')).then(|| (format!("IAM knows no service `{service}`"), hint));
    };
    if known.is_empty() || known.iter().any(|known| matches_ignoring_case(name, known.name)) {
        return None;
    }
    let near = suggest::nearest(name, known.iter().map(|known| known.name));
    let hint = near
        .map_or(format!("see the actions of `{service}` in AWS's Service Authorization Reference"), |near| {
            format!("did you mean `{service}:{near}`?")
        });
    Some((format!("`{service}` has no action `{name}`"), hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_knows_services_and_actions() {
        assert!(SERVICES.len() > 400);
        let [get] = resolve("dynamodb:getitem")[..] else { panic!() };
        assert_eq!((get.name, get.has_resources), ("GetItem", true));
        assert!(!resolve("xray:PutTraceSegments")[0].has_resources);
        assert_eq!(resolve("iam:PutRolePolicy")[0].level, AccessLevel::Permissions);
    }

    #[test]
    fn misspelt_actions_get_the_right_one() {
        assert_eq!(mistake("dynamodb:GetItems").unwrap().1, "did you mean `dynamodb:GetItem`?");
        assert_eq!(mistake("dynamodbb:GetItem").unwrap().1, "did you mean `dynamodb:GetItem`?");
        assert!(mistake("s3GetObject").is_some() && mistake("s3:").is_some());
        for right in ["*", "s3:*", "s3:Get*", "S3:getobject", "ec2:Anything", "dynamodb:Get?tem"] {
            assert_eq!(mistake(right), None, "{right}");
        }
    }
}
