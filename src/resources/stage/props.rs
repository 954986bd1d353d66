//! The configuration of a stage, desired and live alike.
use std::collections::BTreeMap;

use aws_sdk_apigatewayv2::types::{LoggingLevel, RouteSettings, Stage as LiveStage};
use serde::Serialize;

use crate::{aws::tags::Tags, engine::MaybeKnown};

/// Deployment of a stage whose automatic deployment works.
pub const AUTOMATIC: &str = "automatic";

/// Configuration of a stage.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Props {
    /// Id of the API; fixed.
    pub api: MaybeKnown<String>,
    /// Name of the stage; fixed.
    pub name: String,
    /// Whether changes to the API are deployed automatically.
    pub auto_deploy: bool,
    /// The served deployment: [`AUTOMATIC`], or the digest of the API's desired configuration.
    pub deployment: String,
    /// Settings of all routes.
    pub defaults: StageRouteSettings,
    /// Settings of single routes, by route key. They inherit nothing from the defaults.
    pub routes: BTreeMap<String, StageRouteSettings>,
    /// Access log, which records every request.
    pub access_log: Option<AccessLog>,
    /// Stage variables.
    pub variables: BTreeMap<String, String>,
    /// Tags of the stage.
    pub tags: Tags,
}

/// Settings of routes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StageRouteSettings {
    /// Messages a second; 0 lets nothing through.
    pub rate: f64,
    /// Messages at once; 0 lets nothing through.
    pub burst: i32,
    /// What the execution log holds: `off`, `error` or `info`.
    pub logging: String,
    /// Whether it holds the contents of messages too.
    pub data_trace: bool,
    /// Whether each route has metrics of its own.
    pub metrics: bool,
}

/// Access log settings of a stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccessLog {
    /// ARN of the log group, without `:*`.
    pub destination: String,
    /// One line of `$context` variables.
    pub format: String,
}

impl Props {
    /// Returns the canonical form of a live stage.
    pub(super) fn from_live(stage: &LiveStage, api: &str, deployment: String, tags: Tags) -> Self {
        let routes = stage.route_settings.iter().flatten();
        let variables = stage.stage_variables.iter().flatten();
        Self {
            api: api.to_owned().into(),
            name: stage.stage_name.clone().unwrap_or_default(),
            auto_deploy: stage.auto_deploy == Some(true),
            deployment,
            defaults: StageRouteSettings::from_live(stage.default_route_settings.as_ref()),
            routes: routes
                .map(|(key, one)| (key.clone(), StageRouteSettings::from_live(Some(one))))
                .collect(),
            access_log: AccessLog::from_live(stage),
            // An empty text is what removes a variable.
            variables: variables
                .filter(|(_, value)| !value.is_empty())
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
            tags,
        }
    }

    /// Returns the configuration without route settings, which are left to an update after the creation.
    ///
    /// API Gateway refuses settings of routes that do not exist yet, and only a deployment brings them.
    pub(super) fn without_routes(&self) -> Self {
        let deployment = if self.auto_deploy { AUTOMATIC } else { "none" };
        Self { routes: BTreeMap::new(), deployment: deployment.into(), ..self.clone() }
    }
}

impl StageRouteSettings {
    fn from_live(standing: Option<&RouteSettings>) -> Self {
        let logging = standing.and_then(|one| one.logging_level.as_ref()).map_or("off", LoggingLevel::as_str);
        Self {
            // The account's own limits apply where a stage has none (API Gateway guide, "Throttle requests").
            rate: standing.and_then(|one| one.throttling_rate_limit).unwrap_or(10_000.0),
            burst: standing.and_then(|one| one.throttling_burst_limit).unwrap_or(5_000),
            logging: logging.to_lowercase(),
            data_trace: standing.is_some_and(|one| one.data_trace_enabled == Some(true)),
            metrics: standing.is_some_and(|one| one.detailed_metrics_enabled == Some(true)),
        }
    }

    /// Returns the whole block of settings: a member left out would become zero or false.
    pub(super) fn to_request(&self) -> RouteSettings {
        RouteSettings::builder()
            .throttling_rate_limit(self.rate)
            .throttling_burst_limit(self.burst)
            .logging_level(LoggingLevel::from(self.logging.to_uppercase().as_str()))
            .data_trace_enabled(self.data_trace)
            .detailed_metrics_enabled(self.metrics)
            .build()
    }
}

impl AccessLog {
    fn from_live(stage: &LiveStage) -> Option<Self> {
        let standing = stage.access_log_settings.as_ref()?;
        let destination = standing.destination_arn().filter(|arn| !arn.is_empty())?;
        let destination = destination.strip_suffix(":*").unwrap_or(destination).to_owned();
        Some(Self { destination, format: standing.format.clone().unwrap_or_default() })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use aws_sdk_apigatewayv2::types::AccessLogSettings;

    use super::*;

    pub(in crate::resources::stage) fn settings() -> StageRouteSettings {
        StageRouteSettings {
            rate: 500.0,
            burst: 1000,
            logging: "info".into(),
            data_trace: false,
            metrics: true,
        }
    }

    #[test]
    fn what_is_sent_comes_back_the_same() {
        assert_eq!(StageRouteSettings::from_live(Some(&settings().to_request())), settings());
    }

    #[test]
    fn what_aws_fills_in_or_leaves_out_is_no_difference() {
        let log = AccessLogSettings::builder().destination_arn("arn:x:log-group:g:*").format("f").build();
        let block = RouteSettings::builder().throttling_rate_limit(500.0).throttling_burst_limit(1000);
        let stage = LiveStage::builder()
            .stage_name("prod")
            .access_log_settings(log)
            .default_route_settings(block.detailed_metrics_enabled(true).build())
            .stage_variables("gone", "")
            .build();
        let props = Props::from_live(&stage, "a", AUTOMATIC.into(), Tags::new());
        assert_eq!(props.defaults, StageRouteSettings { logging: "off".into(), ..settings() });
        assert_eq!(props.access_log.unwrap().destination, "arn:x:log-group:g");
        assert!(props.variables.is_empty());
    }

    #[test]
    fn an_emptied_access_log_is_none() {
        let log = AccessLogSettings::builder().build();
        let stage = LiveStage::builder().stage_name("prod").access_log_settings(log).build();
        assert_eq!(Props::from_live(&stage, "a", AUTOMATIC.into(), Tags::new()).access_log, None);
    }
}
