//! Request rates as token buckets.
use crate::{
    reply::{Refusal, refusal},
    request::Service,
};
use std::collections::BTreeMap;

/// A bucket: requests a second, and how many at once.
struct Limit {
    bucket: &'static str,
    rate: f64,
    burst: f64,
}

fn limit(bucket: &'static str, rate: f64, burst: f64) -> Option<Limit> {
    Some(Limit { bucket, rate, burst })
}

/// The published rates, by account and region.
///
/// KMS: developer guide, "Request quotas". Logs: user guide, "CloudWatch Logs quotas". Lambda: developer guide,
/// "Lambda quotas". API Gateway: "Quotas for configuring and running a REST API" (10 a second and 40 at once for
/// the whole control plane, one `CreateDeployment` in 5 s, one `UpdateAccount` in 20 s). `DynamoDB`: the documented
/// rates are mostly not enforced (ACK project's lab, finding DDB-TABLE-384), but ten parallel creations lost
/// four (DDB-TABLE-132), and `DescribeTimeToLive` throttles from the fifth call in a row (DDB-TABLE-143).
fn limit_of(service: Service, operation: &str) -> Option<Limit> {
    match (service, operation) {
        (Service::Kms, "CreateKey") => limit("kms create key", 5.0, 5.0),
        (Service::Kms, "CreateAlias") => limit("kms create alias", 5.0, 5.0),
        (Service::Kms, "TagResource" | "UntagResource") => limit("kms tag", 10.0, 10.0),
        (Service::Kms, "DescribeKey" | "ListResourceTags") => limit("kms describe", 2_000.0, 2_000.0),
        (Service::Kms, "GetKeyPolicy" | "GetKeyRotationStatus") => limit("kms get", 1_000.0, 1_000.0),
        (Service::Kms, "ListAliases" | "ListKeys") => limit("kms list", 500.0, 500.0),
        (Service::Kms, _) => limit("kms", 15.0, 15.0),
        (Service::Dynamodb, "CreateTable" | "DeleteTable") => limit("dynamodb table", 4.0, 6.0),
        (Service::Dynamodb, "DescribeTimeToLive") => limit("dynamodb ttl", 2.0, 8.0),
        (Service::Logs, "DescribeLogGroups") => limit("logs describe", 5.0, 5.0),
        (Service::Logs, "FilterLogEvents") => limit("logs filter", 5.0, 5.0),
        (Service::Logs, "CreateLogGroup") => limit("logs create", 5.0, 5.0),
        (Service::Logs, "DeleteLogGroup") => limit("logs delete", 5.0, 5.0),
        (Service::Lambda, "GetFunction") => limit("lambda get function", 100.0, 100.0),
        (Service::Lambda, "GetPolicy") => limit("lambda get policy", 15.0, 15.0),
        (Service::Lambda, _) => limit("lambda", 15.0, 15.0),
        (Service::Apis, "CreateDeployment") => limit("apigateway deployment", 0.2, 1.0),
        (Service::Gateway, "UpdateAccount") => limit("apigateway account", 0.05, 1.0),
        (Service::Apis | Service::Gateway, _) => limit("apigateway", 10.0, 40.0),
        _ => None,
    }
}

/// The buckets of one account and region.
#[derive(Clone, Debug, Default)]
pub(crate) struct Buckets(BTreeMap<&'static str, (f64, u64)>);

impl Buckets {
    /// Takes a token; `now` is in milliseconds.
    pub(crate) fn take(&mut self, service: Service, operation: &str, now: u64) -> Result<(), Refusal> {
        let Some(Limit { bucket, rate, burst }) = limit_of(service, operation) else { return Ok(()) };
        let (tokens, last) = self.0.entry(bucket).or_insert((burst, now));
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of a run")]
        let passed = now.saturating_sub(*last) as f64 / 1000.0;
        *tokens = (*tokens + passed * rate).min(burst);
        *last = now;
        if *tokens < 1.0 {
            return Err(throttled(service));
        }
        *tokens -= 1.0;
        Ok(())
    }
}

/// The words in which a service asks for a slower pace (each service's API reference, "Common errors").
pub(crate) fn throttled(service: Service) -> Refusal {
    match service {
        Service::Lambda => refusal(429, "TooManyRequestsException", "Rate exceeded"),
        Service::Apis | Service::Gateway => refusal(429, "TooManyRequestsException", "Too Many Requests"),
        Service::Iam | Service::Sts | Service::Cloudformation => refusal(400, "Throttling", "Rate exceeded"),
        Service::Dynamodb => refusal(
            400,
            "ThrottlingException",
            "The rate of control plane requests made by this account is too high",
        ),
        Service::Kms => refusal(
            400,
            "ThrottlingException",
            "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.",
        ),
        Service::Bedrock => refusal(429, "ThrottlingException", "Too many requests"),
        Service::Logs | Service::Tagging => refusal(400, "ThrottlingException", "Rate exceeded"),
    }
}
