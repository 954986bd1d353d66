//! The configurations that stand beside a function, each for a qualifier: `$LATEST` or an alias.
use std::collections::BTreeMap;

use aws_sdk_lambda::types::{EventSourceMappingConfiguration, FunctionEventInvokeConfig, FunctionUrlConfig};
use serde::Serialize;

use crate::{
    aws::{Cx, Operation, Result, all_members},
    resources::side_read::{join_warnings, side_read},
};

/// The qualifier of what is not published.
pub(super) const LATEST: &str = "$LATEST";

/// Configurations by qualifier. A desired function has none: a URL lets others invoke it, and a destination sends what it
/// answers to others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct QualifiedConfigs {
    /// Function URLs.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub function_urls: BTreeMap<String, FunctionUrl>,
    /// Settings and destinations of asynchronous invocations.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub event_invoke_configs: BTreeMap<String, EventInvokeConfig>,
}

/// A function URL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FunctionUrl {
    /// Who may invoke it: `none` for everybody whom the function's policy lets, or `aws_iam`.
    pub auth_type: String,
}

/// Settings of asynchronous invocations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EventInvokeConfig {
    /// ARN that gets the answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_success: Option<String>,
    /// ARN that gets the events that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_failure: Option<String>,
    /// Number of retries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_retry_attempts: Option<i32>,
    /// Longest time that an event is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_event_age_seconds: Option<i32>,
}

/// Reads the configurations beside the function called `name`, and warnings about it.
pub(super) async fn read_configs(cx: &Cx<'_>, name: &str) -> Result<(QualifiedConfigs, Option<String>)> {
    let urls = side_read(
        Operation::LambdaListFunctionUrlConfigs,
        "whether it has a function URL",
        list_urls(cx, name),
    );
    let invokes = side_read(
        Operation::LambdaListFunctionEventInvokeConfigs,
        "where asynchronous invocations send their results",
        list_event_invoke_configs(cx, name),
    );
    let mappings = side_read(
        Operation::LambdaListEventSourceMappings,
        "which event sources invoke it",
        list_event_sources(cx, name),
    );
    let (urls, invokes, mappings) = tokio::try_join!(urls, invokes, mappings)?;
    let mapped = mappings.found.iter().map(|mapping| Some(event_source_warning(mapping)));
    let warning = join_warnings([urls.warning, invokes.warning, mappings.warning].into_iter().chain(mapped));
    Ok((QualifiedConfigs { function_urls: urls.found, event_invoke_configs: invokes.found }, warning))
}

async fn list_urls(cx: &Cx<'_>, name: &str) -> Result<BTreeMap<String, FunctionUrl>> {
    let pages = cx.aws.lambda().list_function_url_configs().function_name(name).into_paginator();
    let pages: Vec<_> = cx.paced_read(pages.send().try_collect()).await?;
    let url = |url: FunctionUrlConfig| {
        (qualifier(&url.function_arn), FunctionUrl { auth_type: url.auth_type.as_str().to_lowercase() })
    };
    let all = pages.into_iter().flat_map(|page| page.function_url_configs);
    Ok(all.map(url).collect())
}

async fn list_event_invoke_configs(cx: &Cx<'_>, name: &str) -> Result<BTreeMap<String, EventInvokeConfig>> {
    let pages = cx.aws.lambda().list_function_event_invoke_configs().function_name(name).into_paginator();
    let pages: Vec<_> = cx.paced_read(pages.send().try_collect()).await?;
    let operation = Operation::LambdaListFunctionEventInvokeConfigs;
    let all = all_members(operation, "FunctionEventInvokeConfigs", pages, |page| {
        page.function_event_invoke_configs
    })?;
    Ok(all.into_iter().map(event_invoke_config).collect())
}

fn event_invoke_config(config: FunctionEventInvokeConfig) -> (String, EventInvokeConfig) {
    let destinations = config
        .destination_config
        .unwrap_or_else(|| aws_sdk_lambda::types::DestinationConfig::builder().build());
    let settings = EventInvokeConfig {
        on_success: destinations.on_success.and_then(|to| to.destination),
        on_failure: destinations.on_failure.and_then(|to| to.destination),
        maximum_retry_attempts: config.maximum_retry_attempts,
        maximum_event_age_seconds: config.maximum_event_age_in_seconds,
    };
    (qualifier(config.function_arn.as_deref().unwrap_or_default()), settings)
}

async fn list_event_sources(cx: &Cx<'_>, name: &str) -> Result<Vec<EventSourceMappingConfiguration>> {
    let pages = cx.aws.lambda().list_event_source_mappings().function_name(name).into_paginator();
    let pages: Vec<_> = cx.paced_read(pages.send().try_collect()).await?;
    let operation = Operation::LambdaListEventSourceMappings;
    all_members(operation, "EventSourceMappings", pages, |page| page.event_source_mappings)
}

/// Returns the warning of a mapping. Its removal would lose the place in a stream, so it is left to the user.
fn event_source_warning(mapping: &EventSourceMappingConfiguration) -> String {
    let source = mapping.event_source_arn().unwrap_or("a self-managed event source");
    let uuid = mapping.uuid().unwrap_or_default();
    format!(
        "`{source}` invokes it, which the spec does not say: `aws lambda delete-event-source-mapping --uuid {uuid}` \
         ends that"
    )
}

/// Returns the qualifier that ends an ARN of a function (Lambda API reference, `FunctionUrlConfig` and
/// `FunctionEventInvokeConfig`: the ARN of the function, with the alias or version).
fn qualifier(arn: &str) -> String {
    let name = arn.split_once(":function:").map_or(arn, |(_, name)| name);
    name.split_once(':').map_or(LATEST, |(_, qualifier)| qualifier).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_qualifier_ends_an_arn() {
        let arn = "arn:aws:lambda:us-east-1:123456789012:function:demo-chat";
        assert_eq!(qualifier(arn), "$LATEST");
        assert_eq!(qualifier(&format!("{arn}:$LATEST")), "$LATEST");
        assert_eq!(qualifier(&format!("{arn}:live")), "live");
    }
}
