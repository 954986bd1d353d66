//! Creates the table of leases when it is first needed.
use std::time::Duration;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType, TableStatus, Tag,
    TimeToLiveSpecification,
};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::operation::BuildError;
use tokio::time::Instant;

use super::{
    item::{KEY, TABLE, TTL},
    pause,
};
use crate::aws::{Aws, Error, NotFoundExt, OperationError, Result, tags::Tags};

/// Longest time to wait for the table; new tables are active within seconds.
const BUDGET: Duration = Duration::from_mins(2);
/// Ownership tags of the table: it is no stack's, so that no `destroy` takes it for its own.
const TAGS: [(&str, &str); 2] =
    [("copilot-infra:shared", "true"), ("copilot-infra:purpose", "leases of running changes")];

/// Sends a call to the table.
///
/// The call does not wait for the engine's write concurrency: a renewal must not queue behind those writes, and a
/// lease is no change of the stack.
pub(super) async fn send<T, E: OperationError>(
    call: impl Future<Output = std::result::Result<T, SdkError<E, HttpResponse>>>,
) -> Result<T> {
    tracing::debug!(operation = E::OPERATION.name(), "lease");
    call.await.map_err(|error| Error::from_sdk(&error))
}

/// Creates the table and waits until it takes writes; another run may be making it at the same time.
pub(super) async fn ensure_table(aws: &Aws, tags: &Tags, note: &dyn Fn(&str)) -> Result<()> {
    create_unless_there(aws, tags).await?;
    wait_until_active(aws, tags).await?;
    if let Err(error) = enable_ttl(aws).await {
        // It only clears away records of stacks long gone.
        note(&format!("warning: old records of `{TABLE}` will not expire: {error}"));
    }
    Ok(())
}

async fn create_unless_there(aws: &Aws, tags: &Tags) -> Result<()> {
    match create_table(aws, tags).await {
        // Another run was quicker, or a table of before is still being deleted.
        Err(error) if error.code() == "ResourceInUseException" => Ok(()),
        other => other,
    }
}

async fn create_table(aws: &Aws, tags: &Tags) -> Result<()> {
    let key = KeySchemaElement::builder().attribute_name(KEY).key_type(KeyType::Hash).build();
    let attribute =
        AttributeDefinition::builder().attribute_name(KEY).attribute_type(ScalarAttributeType::S).build();
    let mut call = aws
        .dynamodb()
        .create_table()
        .table_name(TABLE)
        .billing_mode(BillingMode::PayPerRequest)
        .key_schema(require_built(key)?)
        .attribute_definitions(require_built(attribute)?);
    let asked = tags.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    for (key, value) in asked.chain(TAGS) {
        call = call.tags(require_built(Tag::builder().key(key).value(value).build())?);
    }
    send(call.send()).await.map(drop)
}

async fn wait_until_active(aws: &Aws, tags: &Tags) -> Result<()> {
    let end = Instant::now() + BUDGET;
    loop {
        let call = aws.dynamodb().describe_table().table_name(TABLE).send();
        let found = send(call).await.not_found_to_none()?;
        if found.is_none() {
            // The table that stood in the way is gone: a new one may be made at once
            // (aws-controllers-k8s/dynamodb-controller, `docs/api-quirks`, DDB-TABLE-009).
            create_unless_there(aws, tags).await?;
        }
        let status = found.and_then(|answer| answer.table).and_then(|table| table.table_status);
        if status == Some(TableStatus::Active) {
            return Ok(());
        }
        if Instant::now() >= end {
            let last = status.map(|status| status.to_string());
            return Err(Error::TimedOut { what: format!("`{TABLE}` to be made"), budget: BUDGET, last });
        }
        pause(Duration::from_secs(1)).await;
    }
}

/// Enables the expiry of records. Right after the creation the call may not find the table yet.
async fn enable_ttl(aws: &Aws) -> Result<()> {
    let ttl_specification = TimeToLiveSpecification::builder().attribute_name(TTL).enabled(true).build();
    let ttl_specification = require_built(ttl_specification)?;
    let end = Instant::now() + Duration::from_secs(10);
    loop {
        let call = aws.dynamodb().update_time_to_live().table_name(TABLE);
        let call = call.time_to_live_specification(ttl_specification.clone()).send();
        match send(call).await {
            // "`TimeToLive` is already enabled": the other run that made the table was quicker with this too.
            Err(error) if error.has_code_and_text("ValidationException", "already enabled") => return Ok(()),
            Err(error)
                if matches!(error.code(), "ResourceNotFoundException" | "ResourceInUseException")
                    && Instant::now() < end =>
            {
                pause(Duration::from_secs(1)).await;
            }
            other => return other.map(drop),
        }
    }
}

/// Requires a built request: every builder above is given all that it needs; should the model ask for more, the call is
/// not sent.
fn require_built<T>(built: std::result::Result<T, BuildError>) -> Result<T> {
    built.map_err(|error| Error::InvalidState(format!("a request to DynamoDB is not whole: {error}")))
}
