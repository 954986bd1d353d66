//! CloudFormation, as far as it is read: outputs and exports of stacks that somebody else made.
use crate::{
    call::{Call, PageSizes},
    reply::{Answer, refusal},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Outputs by stack and key, and exports by name.
#[derive(Clone, Default)]
pub(crate) struct Cloudformation {
    pub(crate) stacks: BTreeMap<String, BTreeMap<String, String>>,
    pub(crate) exports: BTreeMap<String, String>,
}

pub(crate) fn handle(call: &mut Call<'_>) -> Answer {
    match call.operation {
        "DescribeStacks" => describe(call),
        "ListExports" => {
            let all: Vec<_> = call.here.cloudformation.exports.clone().into_iter().collect();
            let (page, next) = call.page(all, call.text("NextToken"), None, PageSizes::fixed(100));
            let page = page.into_iter().map(|(name, value)| json!({ "Name": name, "Value": value }));
            Ok(json!({ "Exports": page.collect::<Vec<_>>(), "NextToken": next }))
        }
        _ => super::unknown(call),
    }
}

/// An unknown stack is a `ValidationError` (CloudFormation API reference, `DescribeStacks`).
fn describe(call: &mut Call<'_>) -> Answer {
    let name = call.need("StackName", "ValidationError")?;
    let Some(outputs) = call.here.cloudformation.stacks.get(&name) else {
        return Err(refusal(400, "ValidationError", format!("Stack with id {name} does not exist")));
    };
    let outputs: Vec<Value> =
        outputs.iter().map(|(key, value)| json!({ "OutputKey": key, "OutputValue": value })).collect();
    Ok(json!({ "Stacks": [{
        "StackName": name, "StackStatus": "CREATE_COMPLETE", "CreationTime": crate::call::iso(call.now),
        "Outputs": outputs,
    }] }))
}
