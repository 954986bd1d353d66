//! The services, one file each: state and rules.
pub(crate) mod apis;
pub(crate) mod bedrock;
pub(crate) mod cloudformation;
pub(crate) mod dynamodb;
pub(crate) mod gateway;
pub(crate) mod iam;
pub(crate) mod kms;
pub(crate) mod lambda;
pub(crate) mod logs;
pub(crate) mod sts;
pub(crate) mod tagging;

use crate::{
    call::{Call, Tags},
    reply::{Answer, refusal},
    request::Service,
    slot::Slot,
};
use std::collections::BTreeMap;

/// Everything of one account in one region.
#[derive(Clone, Default)]
pub(crate) struct Region {
    pub(crate) apis: apis::Apis,
    pub(crate) bedrock: bedrock::Bedrock,
    pub(crate) cloudformation: cloudformation::Cloudformation,
    pub(crate) dynamodb: dynamodb::Dynamodb,
    pub(crate) gateway: gateway::Gateway,
    pub(crate) kms: kms::Kms,
    pub(crate) lambda: lambda::Lambda,
    pub(crate) logs: logs::Logs,
    /// The index of tagged resources, by ARN.
    pub(crate) index: BTreeMap<String, Slot<Tags>>,
}

pub(crate) fn handle(service: Service, call: &mut Call<'_>) -> Answer {
    match service {
        Service::Apis => apis::handle(call),
        Service::Bedrock => bedrock::handle(call),
        Service::Cloudformation => cloudformation::handle(call),
        Service::Dynamodb => dynamodb::handle(call),
        Service::Gateway => gateway::handle(call),
        Service::Iam => iam::handle(call),
        Service::Kms => kms::handle(call),
        Service::Lambda => lambda::handle(call),
        Service::Logs => logs::handle(call),
        Service::Sts => sts::handle(call),
        Service::Tagging => tagging::handle(call),
    }
}

/// What a service says of an operation that it does not have.
pub(crate) fn unknown(call: &Call<'_>) -> Answer {
    Err(refusal(400, "UnknownOperationException", format!("the simulator does not serve {}", call.operation)))
}

/// Brings everything to what it is by now, whether anybody has asked or not.
pub(crate) fn settle(call: &mut Call<'_>) {
    apis::settle(call);
    dynamodb::settle(call);
    kms::settle(call);
    lambda::settle(call);
}
