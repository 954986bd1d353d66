//! What every service may say, each in its own words.
use crate::{
    reply::{Refusal, refusal},
    request::{ACCOUNT, Service},
};

/// What a service says when it fails (each service's API reference, "Common errors").
pub(crate) fn failed(service: Service) -> Refusal {
    let code = match service {
        Service::Dynamodb => "InternalServerError",
        Service::Kms => "KMSInternalException",
        Service::Lambda => "ServiceException",
        Service::Logs => "ServiceUnavailableException",
        Service::Iam => "ServiceFailure",
        _ => "InternalFailure",
    };
    refusal(500, code, "Internal failure")
}

/// What a service says to a caller without the right (each service's API reference, "Common errors").
pub(crate) fn denied(service: Service, operation: &str) -> Refusal {
    let status = match service {
        Service::Dynamodb | Service::Kms | Service::Logs | Service::Tagging => 400,
        _ => 403,
    };
    let query = matches!(service, Service::Iam | Service::Sts | Service::Cloudformation);
    let code = if query { "AccessDenied" } else { "AccessDeniedException" };
    let action = format!("{}:{operation}", service.prefix());
    let who = format!("arn:aws:iam::{ACCOUNT}:user/deployer");
    refusal(
        status,
        code,
        format!(
            "User: {who} is not authorized to perform: {action} because no identity-based policy allows the {action} action"
        ),
    )
}

pub(crate) fn expired(service: Service) -> Refusal {
    let query = matches!(service, Service::Iam | Service::Sts | Service::Cloudformation);
    let code = if query { "ExpiredToken" } else { "ExpiredTokenException" };
    refusal(if query { 403 } else { 400 }, code, "The security token included in the request is expired")
}
