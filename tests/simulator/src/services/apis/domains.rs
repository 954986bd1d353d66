//! Custom domains and what they lead to.
use super::{ALPHABET, BAD, missing, paged};
use crate::{call::Call, reply::Answer};
use serde_json::{Value, json};

pub(super) fn handle(call: &mut Call<'_>) -> Answer {
    match call.operation {
        "CreateDomainName" => {
            let name = call.need("domainName", BAD)?;
            call.here.apis.domains.entry(name.clone()).or_default();
            Ok(json!({ "domainName": name }))
        }
        "GetDomainNames" => {
            let all = call.here.apis.domains.keys().map(|name| json!({ "domainName": name })).collect();
            Ok(paged(call, all))
        }
        "CreateApiMapping" => {
            let (name, id) = (call.need("domainName", BAD)?, call.id(6, ALPHABET));
            let (api, stage) = (call.need("apiId", BAD)?, call.need("stage", BAD)?);
            let mapping = json!({ "apiMappingId": id, "apiId": api, "stage": stage, "apiMappingKey": "" });
            let domain =
                call.here.apis.domains.get_mut(&name).ok_or_else(|| missing("domain name", &name))?;
            domain.extend(mapping.as_object().cloned());
            Ok(mapping)
        }
        "GetApiMappings" => {
            let name = call.need("domainName", BAD)?;
            let domain = call.here.apis.domains.get(&name).ok_or_else(|| missing("domain name", &name))?;
            let all = domain.iter().cloned().map(Value::Object).collect();
            Ok(paged(call, all))
        }
        _ => crate::services::unknown(call),
    }
}

/// A domain that leads to an API, or to one stage of it.
pub(super) fn leading_to(call: &Call<'_>, api: &str, stage: Option<&str>) -> Option<String> {
    let domains = call.here.apis.domains.iter();
    let leads = |mapping: &super::Members| {
        mapping["apiId"] == api && stage.is_none_or(|stage| mapping["stage"] == stage)
    };
    domains.filter(|(_, mappings)| mappings.iter().any(leads)).map(|(name, _)| name.clone()).next()
}
