//! The record of calls.
use crate::{fault::Fault, request::Parsed};

/// One call, as it went.
#[derive(Clone, Debug)]
pub struct Record {
    /// Operation, such as `kms:CreateKey`.
    pub operation: String,
    /// What it was about: the first of the members that name something.
    pub about: String,
    /// Milliseconds since the simulator was made.
    pub at: u64,
    /// What went wrong with it.
    pub fault: Option<Fault>,
    /// What the service said, if it was asked: an error code or nothing.
    pub refused: Option<&'static str>,
}

impl Record {
    /// Whether it may have changed something.
    #[must_use]
    pub fn is_write(&self) -> bool {
        let name = self.operation.split_once(':').map_or("", |(_, name)| name);
        !["Get", "List", "Describe"].iter().any(|verb| name.starts_with(verb))
    }

    /// Whether it did change something.
    #[must_use]
    pub fn took_effect(&self) -> bool {
        self.is_write() && self.refused.is_none() && self.fault.is_none_or(Fault::takes_effect)
    }
}

/// What a call is about, for the record.
pub(crate) fn about(parsed: &Parsed) -> String {
    const NAMES: [&str; 17] = [
        "TableName",
        "RoleName",
        "logGroupName",
        "FunctionName",
        "AliasName",
        "KeyId",
        "routeKey",
        "stageName",
        "integrationId",
        "routeId",
        "authorizerId",
        "name",
        "ResourceArn",
        "resourceArn",
        "Resource",
        "logGroupNamePrefix",
        "apiId",
    ];
    let name = NAMES.iter().find_map(|name| parsed.input.get(*name)?.as_str());
    name.unwrap_or_default().to_owned()
}
