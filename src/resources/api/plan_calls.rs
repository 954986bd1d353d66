//! Plans the calls that turn the live API into the desired one, in an order that AWS accepts; no IO.
use std::collections::BTreeMap;

use super::{
    Props,
    children::{ChildIds, is_extra_key},
};

/// The kind of an API's child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChildKind {
    Integration,
    Authorizer,
    Route,
}

/// A planned call on an API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ApiCall {
    /// Updates name, description, route selection expression and endpoint.
    Settings,
    /// Creates the child with this key.
    Add(ChildKind, String),
    /// Updates the child with this key and id.
    Change(ChildKind, String, String),
    /// Deletes the child with this key and id.
    Remove(ChildKind, String, String),
    /// Updates the tags.
    Tags,
}

impl ApiCall {
    /// Returns whether an automatic deployment follows the call.
    pub(super) fn triggers_deployment(&self) -> bool {
        *self != Self::Tags
    }
}

/// The live API, under the keys of the desired one as far as possible.
pub(super) struct LiveApi {
    pub(super) props: Props,
    pub(super) ids: ChildIds,
    adopted: Vec<String>,
}

impl LiveApi {
    /// Matches a live integration whose description was changed to the missing desired one with the same URI.
    pub(super) fn new(mut props: Props, mut ids: ChildIds, to: &Props) -> Self {
        let mut adopted = Vec::new();
        for (key, wanted) in &to.integrations {
            if props.integrations.contains_key(key) {
                continue;
            }
            let same =
                props.integrations.iter().find(|(key, one)| is_extra_key(key) && one.uri == wanted.uri);
            let Some(old) = same.map(|(key, _)| key.clone()) else { continue };
            rename_key(&mut props.integrations, &old, key);
            rename_key(&mut ids.integrations, &old, key);
            for route in props.routes.values_mut().filter(|route| route.integration == old) {
                route.integration.clone_from(key);
            }
            adopted.push(key.clone());
        }
        Self { props, ids, adopted }
    }

    /// Plans the calls in order.
    ///
    /// Tags come first, because the last-applied tag is among them; then the targets of routes, then the routes, then
    /// the deletion of whatever no route needs any more.
    pub(super) fn plan_calls(&self, to: &Props) -> Vec<ApiCall> {
        let Self { props: live, ids, adopted } = self;
        let settings = |props: &Props| {
            let Props { name, description, selection, key_selection, endpoint_disabled, .. } = props.clone();
            (name, description, selection, key_selection, endpoint_disabled)
        };
        let integrations = ChildCalls::new(
            ChildKind::Integration,
            &live.integrations,
            &to.integrations,
            &ids.integrations,
            adopted,
        );
        let authorizers =
            ChildCalls::new(ChildKind::Authorizer, &live.authorizers, &to.authorizers, &ids.authorizers, &[]);
        let routes = ChildCalls::new(ChildKind::Route, &live.routes, &to.routes, &ids.routes, &[]);
        let settings = (settings(live) != settings(to)).then_some(ApiCall::Settings);
        let tags = (live.tags != to.tags).then_some(ApiCall::Tags);
        let puts = [integrations.puts, authorizers.puts, routes.puts].into_iter().flatten();
        let removals = [routes.removals, integrations.removals, authorizers.removals].into_iter().flatten();
        tags.into_iter().chain(settings).chain(puts).chain(removals).collect()
    }
}

fn rename_key<T>(map: &mut BTreeMap<String, T>, old: &str, new: &str) {
    if let Some(value) = map.remove(old) {
        map.insert(new.to_owned(), value);
    }
}

/// The planned calls for one kind of child.
struct ChildCalls {
    puts: Vec<ApiCall>,
    removals: Vec<ApiCall>,
}

impl ChildCalls {
    fn new<T: PartialEq>(
        child: ChildKind,
        live: &BTreeMap<String, T>,
        to: &BTreeMap<String, T>,
        ids: &BTreeMap<String, String>,
        touched: &[String],
    ) -> Self {
        let id = |key: &String| ids.get(key).cloned().unwrap_or_default();
        let put = |(key, wanted): (&String, &T)| match live.get(key) {
            Some(one) if one == wanted && !touched.contains(key) => None,
            Some(_) => Some(ApiCall::Change(child, key.clone(), id(key))),
            None => Some(ApiCall::Add(child, key.clone())),
        };
        let gone = live.keys().filter(|key| !to.contains_key(*key));
        Self {
            puts: to.iter().filter_map(put).collect(),
            removals: gone.map(|key| ApiCall::Remove(child, key.clone(), id(key))).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::*, ApiCall::*, ChildIds, ChildKind, LiveApi};

    fn named(names: &[&str]) -> BTreeMap<String, String> {
        names.iter().map(|name| ((*name).to_owned(), format!("id of {name}"))).collect()
    }

    /// Returns an API with an authorized `$connect` route and an open `message` route, both to `talk`.
    fn chat() -> Props {
        let guarded = Route { authorizer: Some("authorize".into()), ..Route::to("talk") };
        Props {
            name: "chat".into(),
            integrations: [("talk".to_owned(), Integration::lambda("arn:talk"))].into(),
            authorizers: [("authorize".to_owned(), Authorizer::lambda("arn:authorize", []))].into(),
            routes: [("$connect".to_owned(), guarded), ("message".to_owned(), Route::to("talk"))].into(),
            ..Props::default()
        }
    }

    fn ids(props: &Props) -> ChildIds {
        let keys = |keys: Vec<&String>| named(&keys.into_iter().map(String::as_str).collect::<Vec<_>>());
        ChildIds {
            integrations: keys(props.integrations.keys().collect()),
            authorizers: keys(props.authorizers.keys().collect()),
            routes: keys(props.routes.keys().collect()),
        }
    }

    fn calls(live: Props, to: &Props) -> Vec<super::ApiCall> {
        let ids = ids(&live);
        LiveApi::new(live, ids, to).plan_calls(to)
    }

    #[test]
    fn nothing_differs_nothing_is_sent() {
        assert_eq!(calls(chat(), &chat()), []);
    }

    #[test]
    fn a_bare_api_gets_its_children_before_the_routes() {
        let expected = [
            Add(ChildKind::Integration, "talk".into()),
            Add(ChildKind::Authorizer, "authorize".into()),
            Add(ChildKind::Route, "$connect".into()),
            Add(ChildKind::Route, "message".into()),
        ];
        assert_eq!(calls(Props { name: "chat".into(), ..Props::default() }, &chat()), expected);
    }

    #[test]
    fn routes_let_go_before_what_they_lead_to_is_removed() {
        let mut to = chat();
        to.authorizers.clear();
        to.routes.remove("message");
        to.routes.insert("$connect".into(), Route::to("greet"));
        to.integrations = [("greet".to_owned(), Integration::lambda("arn:greet"))].into();
        let expected = [
            Add(ChildKind::Integration, "greet".into()),
            Change(ChildKind::Route, "$connect".into(), "id of $connect".into()),
            Remove(ChildKind::Route, "message".into(), "id of message".into()),
            Remove(ChildKind::Integration, "talk".into(), "id of talk".into()),
            Remove(ChildKind::Authorizer, "authorize".into(), "id of authorize".into()),
        ];
        assert_eq!(calls(chat(), &to), expected);
    }

    #[test]
    fn an_integration_without_its_mark_is_marked_again() {
        let mut live = chat();
        let one = live.integrations.remove("talk").unwrap();
        live.integrations.insert("extra x".into(), one);
        for route in live.routes.values_mut() {
            route.integration = "extra x".into();
        }
        let expected = [Change(ChildKind::Integration, "talk".into(), "id of extra x".into())];
        assert_eq!(calls(live, &chat()), expected);
    }

    #[test]
    fn extras_go_and_settings_and_tags_are_single_calls() {
        let mut live = chat();
        live.integrations.insert("extra x".into(), Integration::lambda("arn:talk"));
        live.selection = "$request.body.other".into();
        live.tags.insert("stray".into(), "1".into());
        let expected =
            [Tags, Settings, Remove(ChildKind::Integration, "extra x".into(), "id of extra x".into())];
        assert_eq!(calls(live, &chat()), expected);
    }
}
