//! Plans the calls that turn the live stage into the desired one, in an order that AWS accepts; no IO.
use super::Props;

/// A setting that only a call of its own removes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SettingRemoval {
    /// The settings of the route with this key.
    Route(String),
    /// The access log.
    AccessLog,
}

/// A planned call on a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StageCall {
    /// Disables automatic deployment.
    Pause,
    /// Creates a deployment and serves it.
    Deploy,
    /// Updates the settings, and enables automatic deployment.
    Settings,
}

/// Returns the settings that must be removed before anything else.
pub(super) fn plan_removals(live: &Props, to: &Props) -> Vec<SettingRemoval> {
    let gone = live.routes.keys().filter(|key| !to.routes.contains_key(*key));
    let routes = gone.map(|key| SettingRemoval::Route(key.clone()));
    let log = (live.access_log.is_some() && to.access_log.is_none()).then_some(SettingRemoval::AccessLog);
    routes.chain(log).collect()
}

/// Returns whether automatic deployment is disabled: for good, or to restart a failed one.
///
/// A stage accepts no explicit deployment as long as it deploys automatically.
pub(super) fn must_pause(live: &Props, to: &Props) -> bool {
    live.auto_deploy && (!to.auto_deploy || live.deployment != to.deployment)
}

/// Plans the calls that follow all removals.
///
/// The deployment comes before the settings, which may name routes that only it brings.
pub(super) fn plan_calls(live: &Props, to: &Props) -> Vec<StageCall> {
    let pauses = must_pause(live, to);
    let deploys = !to.auto_deploy && live.deployment != to.deployment;
    let starts = to.auto_deploy && (pauses || !live.auto_deploy);
    let settings = starts
        || live.defaults != to.defaults
        || live.routes != to.routes
        || live.access_log != to.access_log
        || live.variables != to.variables;
    let all = [(pauses, StageCall::Pause), (deploys, StageCall::Deploy), (settings, StageCall::Settings)];
    all.into_iter().filter(|(needed, _)| *needed).map(|(_, call)| call).collect()
}

#[cfg(test)]
mod tests {
    use super::{
        super::{props::tests::settings, *},
        *,
    };

    fn prod() -> Props {
        Props {
            api: "a".to_owned().into(),
            name: "prod".into(),
            auto_deploy: true,
            deployment: AUTOMATIC.into(),
            defaults: settings(),
            routes: [("message".to_owned(), StageRouteSettings { rate: 100.0, ..settings() })].into(),
            access_log: Some(AccessLog { destination: "arn:g".into(), format: "f".into() }),
            variables: std::collections::BTreeMap::new(),
            tags: tags::Tags::new(),
        }
    }

    fn explicit(digest: &str) -> Props {
        Props { auto_deploy: false, deployment: digest.into(), ..prod() }
    }

    #[test]
    fn nothing_differs_nothing_is_sent() {
        assert_eq!(plan_calls(&prod(), &prod()), []);
        assert_eq!(plan_removals(&prod(), &prod()), []);
    }

    #[test]
    fn settings_need_no_deployment() {
        let to = Props { defaults: StageRouteSettings { burst: 7, ..settings() }, ..prod() };
        assert_eq!(plan_calls(&prod(), &to), [StageCall::Settings]);
    }

    #[test]
    fn what_goes_goes_first() {
        let to = Props { routes: std::collections::BTreeMap::new(), access_log: None, ..prod() };
        assert_eq!(
            plan_removals(&prod(), &to),
            [SettingRemoval::Route("message".into()), SettingRemoval::AccessLog]
        );
    }

    #[test]
    fn a_changed_api_is_deployed() {
        assert_eq!(plan_calls(&explicit("old"), &explicit("new")), [StageCall::Deploy]);
    }

    #[test]
    fn a_new_explicit_stage_is_deployed_before_its_routes_are_set() {
        assert_eq!(
            plan_calls(&explicit("new").without_routes(), &explicit("new")),
            [StageCall::Deploy, StageCall::Settings]
        );
    }

    #[test]
    fn the_mode_changes_in_steps() {
        assert_eq!(plan_calls(&prod(), &explicit("new")), [StageCall::Pause, StageCall::Deploy]);
        assert_eq!(plan_calls(&explicit("old"), &prod()), [StageCall::Settings]);
    }

    #[test]
    fn a_failed_automatic_deployment_is_started_again() {
        let live = Props { deployment: "failed: no routes".into(), ..prod() };
        assert_eq!(plan_calls(&live, &prod()), [StageCall::Pause, StageCall::Settings]);
    }
}
