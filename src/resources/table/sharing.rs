//! How the data of a table gets to others: its stream, its Kinesis streams and its resource policy.
use aws_sdk_dynamodb::types::{DestinationStatus, KinesisDataStreamDestination, TableDescription};
use serde::Serialize;

use super::Table;
use crate::{
    aws::{Cx, Error, NotFoundExt, Operation, Result, require_field},
    iam::Policy,
    resources::{
        exposures::Opening,
        policy,
        side_read::{join_warnings, side_read},
    },
};

/// Ways by which others get the data of a table. A desired one has none.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Sharing {
    /// What the records of its stream hold, such as `new_and_old_images`; none without a stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,
    /// ARNs of the Kinesis streams that get every change, sorted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kinesis_streams: Vec<String>,
    /// Statements of its resource policy, by `Sid`.
    #[serde(skip_serializing_if = "Policy::is_empty")]
    pub resource_policy: Policy,
}

/// What the members let others do.
pub(super) const OPENINGS: &[Opening] = &[
    Opening {
        member: "/stream",
        allows: "whoever may read the stream gets every change of an item",
        shown_by: "aws dynamodb describe-table --table-name {} --query Table.StreamSpecification",
    },
    Opening {
        member: "/kinesis_streams",
        allows: "whoever may read the Kinesis stream gets every change of an item",
        shown_by: "aws dynamodb describe-kinesis-streaming-destination --table-name {}",
    },
    Opening {
        member: "/resource_policy",
        allows: "whom the resource policy names, other accounts among them, may use the table",
        shown_by: "aws dynamodb get-resource-policy --resource-arn $(aws dynamodb describe-table --table-name {} \
                   --query Table.TableArn --output text)",
    },
];

/// Reads how the table is shared, and warnings of what may not be read.
pub(super) async fn read_sharing(
    table: &Table,
    cx: &Cx<'_>,
    described: &TableDescription,
) -> Result<(Sharing, Option<String>)> {
    // Who looks for what has left the spec goes by nothing of this.
    if table.listed {
        return Ok((Sharing::default(), None));
    }
    let policy = side_read(
        Operation::DynamoDbGetResourcePolicy,
        "whether a resource policy lets others at the table",
        get_resource_policy(table, cx),
    );
    let streams = side_read(
        Operation::DynamoDbDescribeKinesisStreamingDestination,
        "whether a Kinesis stream gets the table's changes",
        list_kinesis_streams(table, cx),
    );
    let (policy, streams) = tokio::try_join!(policy, streams)?;
    let warning = join_warnings([replica_warning(described), policy.warning, streams.warning]);
    let stream = stream_view(described);
    Ok((Sharing { stream, kinesis_streams: streams.found, resource_policy: policy.found }, warning))
}

/// Returns what the records of a table's stream hold.
///
/// The replicas of a table need its stream, so it is none of its own there (DynamoDB guide, "Global tables: how it
/// works").
pub(super) fn stream_view(described: &TableDescription) -> Option<String> {
    let stream = described.stream_specification().filter(|stream| stream.stream_enabled);
    let view = stream?.stream_view_type().map_or("unknown", |view| view.as_str());
    described.replicas().is_empty().then(|| view.to_lowercase())
}

/// Returns the warning of replicas: with one its data would go, so it is left to the user.
fn replica_warning(described: &TableDescription) -> Option<String> {
    let regions = described.replicas().iter().filter_map(|replica| replica.region_name()).collect::<Vec<_>>();
    (!regions.is_empty()).then(|| {
        let regions = regions.join("`, `");
        format!("its data is copied to `{regions}`, which the spec does not say: see `replicas` in `aws dynamodb describe-table`")
    })
}

async fn get_resource_policy(table: &Table, cx: &Cx<'_>) -> Result<Policy> {
    let call = cx.aws.dynamodb().get_resource_policy().resource_arn(table.attrs(cx.aws).arn).send();
    let Some(answer) = cx.read(call).await.not_found_to_none()? else { return Ok(Policy::default()) };
    policy::read(&require_field(Operation::DynamoDbGetResourcePolicy, "Policy", answer.policy)?)
}

async fn list_kinesis_streams(table: &Table, cx: &Cx<'_>) -> Result<Vec<String>> {
    let call = cx.aws.dynamodb().describe_kinesis_streaming_destination().table_name(&table.name).send();
    let all = cx.read(call).await?.kinesis_data_stream_destinations.unwrap_or_default();
    let mut streams: Vec<String> =
        all.into_iter().filter(is_streaming).filter_map(|destination| destination.stream_arn).collect();
    streams.sort_unstable();
    Ok(streams)
}

/// What was switched off is shown for another day (DynamoDB API reference, `DescribeKinesisStreamingDestination`).
fn is_streaming(destination: &KinesisDataStreamDestination) -> bool {
    use DestinationStatus::{Disabled, Disabling, EnableFailed};
    !matches!(destination.destination_status, Some(Disabled | Disabling | EnableFailed))
}

impl Table {
    /// Deletes the resource policy; deleting one that is gone is no error.
    pub(super) async fn delete_resource_policy(&self, cx: &Cx<'_>) -> Result<()> {
        let arn = &self.attrs(cx.aws).arn;
        self.retry_side_call(cx, async || {
            let call = cx.aws.dynamodb().delete_resource_policy().resource_arn(arn).send();
            match cx.write(call).await {
                Err(error) if error.code() == "PolicyNotFoundException" => Ok(()),
                other => other.map(drop),
            }
        })
        .await
    }

    /// Stops sending changes to a Kinesis stream.
    pub(super) async fn disable_kinesis_stream(&self, cx: &Cx<'_>, stream: &str) -> Result<()> {
        let sent = self.retry_side_call(cx, async || {
            let call = cx.aws.dynamodb().disable_kinesis_streaming_destination().table_name(&self.name);
            cx.write(call.stream_arn(stream).send()).await.map(drop)
        });
        match sent.await {
            // An answer that was lost: it is being switched off already.
            Err(error @ Error::Service { .. }) => {
                let off = !list_kinesis_streams(self, cx).await?.iter().any(|one| one == stream);
                if off { Ok(()) } else { Err(error) }
            }
            other => other,
        }
    }
}
