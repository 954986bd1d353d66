//! What a visit leaves in the stack's tables.
use std::{
    collections::HashMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aws_sdk_dynamodb::types::AttributeValue;

use super::{CheckOutcome, CheckResult};
use crate::{
    aws::{Cx, Error},
    manifest::types::Spec,
};

/// Longest time the gateway takes to tell that a client has left.
const LEAVING: Duration = Duration::from_secs(30);

/// The two tables that the handlers write to, recognised by their keys.
pub(super) struct HandlerTables {
    conversations: Option<NamedTable>,
    connections: Option<NamedTable>,
}

struct NamedTable {
    name: String,
    ttl: Option<String>,
}

type TableItem = HashMap<String, AttributeValue>;

impl HandlerTables {
    pub(super) fn of(spec: &Spec) -> Self {
        let find = |partition: &str| {
            let found = spec.tables.iter().find(|(_, table)| table.partition_key.name.as_str() == partition);
            found.map(|(id, table)| NamedTable {
                name: spec.table_name(id),
                ttl: table.ttl.as_ref().map(|ttl| ttl.value.clone()),
            })
        };
        Self { conversations: find("conversationId"), connections: find("connectionId") }
    }

    /// The question and the answer are there, each with an expiry that DynamoDB can read.
    pub(super) async fn check_turns(&self, cx: &Cx<'_>, conversation: &str) -> CheckResult<()> {
        let Some(table) = &self.conversations else {
            return Ok((
                (),
                CheckOutcome::Skipped("the spec has no table with the key `conversationId`".into()),
            ));
        };
        let call = cx.aws.dynamodb().query().table_name(&table.name).consistent_read(true);
        let call = call
            .key_condition_expression("conversationId = :id")
            .expression_attribute_values(":id", AttributeValue::S(conversation.to_owned()));
        let items = cx.read(call.send()).await.map_err(aws_error_detail)?.items.unwrap_or_default();
        let roles: Vec<&str> =
            items.iter().filter_map(|item| item.get("role")?.as_s().ok()).map(String::as_str).collect();
        if roles != ["user", "assistant"] {
            return Err((
                format!("`{}` holds {} turns of this conversation: {roles:?}", table.name, roles.len()),
                None,
            ));
        }
        for item in &items {
            table.check_expiry(item)?;
        }
        Ok(((), CheckOutcome::Passed(format!("2 rows in `{}`", table.name))))
    }

    /// The connection is there, with an expiry.
    pub(super) async fn check_connection(&self, cx: &Cx<'_>, id: Option<&str>) -> CheckResult<()> {
        let Some((table, id)) = self.connections.as_ref().zip(id) else {
            return Ok(((), unknown_connection()));
        };
        let Some(item) = table.read_connection(cx, id).await? else {
            return Err((format!("`{}` has no row for the connection `{id}`", table.name), None));
        };
        table.check_expiry(&item)?;
        Ok(((), CheckOutcome::Passed(format!("1 row in `{}`", table.name))))
    }

    /// The connection is forgotten soon after the client has left.
    pub(super) async fn check_forgotten(&self, cx: &Cx<'_>, id: Option<&str>) -> CheckResult<()> {
        let Some((table, id)) = self.connections.as_ref().zip(id) else {
            return Ok(((), unknown_connection()));
        };
        let look = async || {
            let item = table.get_item(cx, id).await?;
            Ok(item.is_none().then_some(()))
        };
        let every = Duration::from_millis(250);
        cx.poll_until("the connection's row to go", LEAVING, every, look).await.map_err(aws_error_detail)?;
        Ok(((), CheckOutcome::Passed(format!("its row in `{}` is gone", table.name))))
    }
}

impl NamedTable {
    async fn read_connection(
        &self,
        cx: &Cx<'_>,
        id: &str,
    ) -> Result<Option<TableItem>, (String, Option<&'static str>)> {
        self.get_item(cx, id).await.map_err(aws_error_detail)
    }

    async fn get_item(&self, cx: &Cx<'_>, id: &str) -> Result<Option<TableItem>, Error> {
        let call = cx.aws.dynamodb().get_item().table_name(&self.name).consistent_read(true);
        let call = call.key("connectionId", AttributeValue::S(id.to_owned()));
        Ok(cx.read(call.send()).await?.item)
    }

    /// DynamoDB takes an expiry in seconds only; one in milliseconds never comes.
    fn check_expiry(&self, item: &TableItem) -> Result<(), (String, Option<&'static str>)> {
        let Some(ttl) = &self.ttl else { return Ok(()) };
        let seconds =
            item.get(ttl).and_then(|value| value.as_n().ok()).and_then(|text| text.parse::<u64>().ok());
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        match seconds {
            Some(at) if at > now && at < now + 10 * 366 * 86_400 => Ok(()),
            _ => Err((
                format!("a row of `{}` has no expiry in `{ttl}` that DynamoDB can use", self.name),
                None,
            )),
        }
    }
}

fn unknown_connection() -> CheckOutcome {
    CheckOutcome::Skipped(
        "the pong names no connection, or the spec has no table with the key `connectionId`".into(),
    )
}

#[expect(clippy::needless_pass_by_value, reason = "it is used as a mapping of errors")]
fn aws_error_detail(error: Error) -> (String, Option<&'static str>) {
    (error.to_string(), None)
}
