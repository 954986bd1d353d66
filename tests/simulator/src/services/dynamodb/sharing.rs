//! How the data of a table gets to others: stream, Kinesis streams, resource policy, replicas.
use super::{invalid, side::tagged, table};
use crate::{
    call::Call,
    reply::{Answer, Refusal, refusal},
    slot::Slot,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Ways to the data of one table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sharing {
    /// What the records of the stream hold.
    pub(crate) stream: Option<String>,
    /// Status by ARN of the Kinesis stream.
    pub(crate) kinesis: BTreeMap<String, &'static str>,
    /// Read eventually consistently (DynamoDB API reference, `GetResourcePolicy`).
    pub(crate) policy: Slot<String>,
    /// Regions.
    pub(crate) replicas: Vec<String>,
}

pub(super) fn handle(call: &mut Call<'_>) -> Answer {
    match call.operation {
        "PutResourcePolicy" => {
            let text = call.need("Policy", "ValidationException")?;
            set_policy(call, Some(text))
        }
        "DeleteResourcePolicy" => set_policy(call, None),
        "GetResourcePolicy" => get_policy(call),
        "EnableKinesisStreamingDestination" => set_kinesis(call, "ACTIVE"),
        "DisableKinesisStreamingDestination" => disable_kinesis(call),
        _ => describe_kinesis(call),
    }
}

/// Deleting one that is not there is no error (DynamoDB API reference, `DeleteResourcePolicy`).
fn set_policy(call: &mut Call<'_>, text: Option<String>) -> Answer {
    let (now, lag) = (call.now, call.lag(3_000));
    let (_, table) = tagged(call)?;
    table.sharing.policy.set(now, lag, text);
    Ok(json!({ "RevisionId": "1" }))
}

fn get_policy(call: &mut Call<'_>) -> Answer {
    let (now, stale) = (call.now, call.stale);
    let (name, table) = tagged(call)?;
    let Some(text) = table.sharing.policy.seen(now, stale) else {
        let words = format!("Resource-based policy not found for the provided ResourceArn: Table: {name}");
        return Err(refusal(400, "PolicyNotFoundException", words));
    };
    Ok(json!({ "Policy": text, "RevisionId": "1" }))
}

fn set_kinesis(call: &mut Call<'_>, status: &'static str) -> Answer {
    let stream = call.need("StreamArn", "ValidationException")?;
    let (name, table) = table(call)?;
    table.sharing.kinesis.insert(stream.clone(), status);
    Ok(json!({ "TableName": name, "StreamArn": stream, "DestinationStatus": status }))
}

fn disable_kinesis(call: &mut Call<'_>) -> Answer {
    let stream = call.need("StreamArn", "ValidationException")?;
    if table(call)?.1.sharing.kinesis.get(&stream) != Some(&"ACTIVE") {
        let words = "Table is not in a valid state to disable Kinesis Streaming Destination: \
                     KinesisStreamingDestination must be ACTIVE to perform DISABLE operation.";
        return Err(invalid(words));
    }
    set_kinesis(call, "DISABLED")
}

fn describe_kinesis(call: &mut Call<'_>) -> Answer {
    let (name, table) = table(call)?;
    let all = table.sharing.kinesis.iter();
    let all: Vec<Value> =
        all.map(|(arn, status)| json!({ "StreamArn": arn, "DestinationStatus": status })).collect();
    Ok(json!({ "TableName": name, "KinesisDataStreamDestinations": all }))
}

/// Switches the stream on or off; the value that stands is refused (text: hashicorp/terraform-provider-aws issue 4168).
pub(super) fn set_stream(call: &mut Call<'_>) -> Result<(), Refusal> {
    let wish = call.input.get("StreamSpecification").cloned().unwrap_or_default();
    let view = wish["StreamViewType"].as_str().map(str::to_owned);
    let (_, table) = table(call)?;
    match (wish["StreamEnabled"] == true, table.sharing.stream.is_some()) {
        (true, true) => Err(invalid("Table already has an enabled stream")),
        (false, false) => Err(invalid("Table has no stream to disable")),
        (true, false) => {
            table.sharing.stream = Some(view.unwrap_or_else(|| "NEW_IMAGE".to_owned()));
            Ok(())
        }
        (false, true) if !table.sharing.replicas.is_empty() => {
            Err(invalid("Table is a global table, which needs its stream"))
        }
        (false, true) => {
            table.sharing.stream = None;
            Ok(())
        }
    }
}

/// Adds replicas, which need a stream of both images.
pub(super) fn replicate(call: &mut Call<'_>) -> Result<(), Refusal> {
    let updates = call.list("ReplicaUpdates").to_vec();
    let (_, table) = table(call)?;
    let regions = updates.iter().filter_map(|it| it["Create"]["RegionName"].as_str().map(str::to_owned));
    table.sharing.replicas.extend(regions);
    table.sharing.stream = Some("NEW_AND_OLD_IMAGES".to_owned());
    Ok(())
}

/// Shows what a table's description tells of it.
pub(super) fn show(shown: &mut Value, sharing: &Sharing) {
    if let Some(view) = &sharing.stream {
        shown["StreamSpecification"] = json!({ "StreamEnabled": true, "StreamViewType": view });
    }
    if !sharing.replicas.is_empty() {
        let one = |region: &String| json!({ "RegionName": region, "ReplicaStatus": "ACTIVE" });
        shown["Replicas"] = sharing.replicas.iter().map(one).collect();
    }
}
