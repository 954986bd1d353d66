//! The digest of an API's configuration, to tell whether it is the one that a stage serves.
use super::Props;
use crate::digest::short_digest;

/// Returns the digest of everything that a deployment freezes: selection, integrations, authorizers and routes.
///
/// Ids that AWS generates are not in it, so it is known before anything exists.
#[must_use]
pub fn api_digest(props: &Props) -> String {
    let frozen = (&props.selection, &props.integrations, &props.authorizers, &props.routes);
    // Plain data with string keys always serializes to JSON.
    let text = serde_json::to_vec(&frozen).unwrap_or_default();
    short_digest(text, 16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::api::{Integration, Route};

    fn props() -> Props {
        Props {
            name: "chat".into(),
            selection: "$request.body.action".into(),
            integrations: [("talk".to_owned(), Integration::lambda("arn:one"))].into(),
            routes: [("$default".to_owned(), Route::to("talk"))].into(),
            ..Props::default()
        }
    }

    #[test]
    fn it_is_stable_and_sees_what_a_deployment_freezes() {
        let first = api_digest(&props());
        assert_eq!(first, "71d9234d0a5f17f50dcc7322298ea45e");
        let mut other = props();
        other.routes.insert("message".into(), Route::to("talk"));
        assert_ne!(api_digest(&other), first);
    }

    #[test]
    fn names_and_tags_do_not_count() {
        let tags = [("Project".to_owned(), "x".to_owned())].into();
        let other = Props { name: "other".into(), description: "text".into(), tags, ..props() };
        assert_eq!(api_digest(&other), api_digest(&props()));
    }
}
