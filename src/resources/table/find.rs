//! Finds the tables that may be the stack's, without listing those of the whole account.
use std::collections::BTreeSet;

use super::Table;
use crate::{
    aws::{Cx, Operation, Result, require_field},
    resources::list_tagged_arns,
};

/// Shortest name of a table (DynamoDB API reference, `ListTables`: `ExclusiveStartTableName`).
const SHORTEST: usize = 3;

/// Lists the tables under the stack's default prefix, and those in the tag index.
pub(super) async fn list_tables_of_stack(cx: &Cx<'_>) -> Result<Vec<Table>> {
    let prefix = format!("{}-", cx.stack);
    let (named, indexed) =
        tokio::try_join!(list_tables_under(cx, &prefix), list_tagged_arns(cx, "dynamodb"))?;
    let indexed = indexed.iter().filter_map(|arn| Some(arn.split_once(":table/")?.1));
    // The index goes on naming tables that were deleted; under the prefix the list knows better.
    let indexed = indexed.filter(|name| !name.starts_with(&prefix)).map(str::to_owned);
    let names: BTreeSet<String> = named.into_iter().chain(indexed).collect();
    Ok(names
        .into_iter()
        .map(|name| Table {
            name,
            may_unprotect: false,
            listed: true,
            autoscaled: false,
            local_indexes: BTreeSet::new(),
        })
        .collect())
}

/// Returns whether DynamoDB lists the table.
///
/// A caller whose permissions are limited to what bears the stack's tag is denied a table that is gone as well as one of
/// somebody else's, and only the list of all tables tells the two apart.
pub(super) async fn is_listed(cx: &Cx<'_>, name: &str) -> Result<bool> {
    let all = async {
        let (mut all, mut after) = (BTreeSet::new(), None);
        loop {
            let page = list_tables_after(cx, after).await?;
            all.extend(page.names);
            after = page.last;
            if after.is_none() {
                return Ok(all);
            }
        }
    };
    Ok(cx.memo.get_or_fetch(Operation::DynamoDbListTables.name(), all).await?.contains(name))
}

/// A page of the list of tables.
struct TablePage {
    names: Vec<String>,
    /// Where the next page starts.
    last: Option<String>,
}

async fn list_tables_after(cx: &Cx<'_>, after: Option<String>) -> Result<TablePage> {
    let page = cx.read(cx.aws.dynamodb().list_tables().set_exclusive_start_table_name(after).send()).await?;
    let names = require_field(Operation::DynamoDbListTables, "TableNames", page.table_names)?;
    Ok(TablePage { names, last: page.last_evaluated_table_name })
}

/// Returns the tables whose names begin with `prefix`.
///
/// DynamoDB lists names in their order, which no page of its documentation promises: a page that shows another order
/// makes this read on to the end of the list, from its beginning.
async fn list_tables_under(cx: &Cx<'_>, prefix: &str) -> Result<Vec<String>> {
    let (mut found, mut after, mut ordered) = (Vec::new(), Some(name_before(prefix)), true);
    loop {
        let page = list_tables_after(cx, after.clone()).await?;
        if ordered && !follows(&page.names, after.as_deref().unwrap_or_default()) {
            (found, after, ordered) = (Vec::new(), None, false);
            continue;
        }
        let past = page.names.last().is_some_and(|last| last.as_str() > prefix && !last.starts_with(prefix));
        found.extend(page.names.into_iter().filter(|name| name.starts_with(prefix)));
        after = page.last;
        if after.is_none() || (ordered && past) {
            return Ok(found);
        }
    }
}

/// Returns whether names are in order and all behind `after`.
fn follows(names: &[String], after: &str) -> bool {
    names.is_sorted() && names.first().is_none_or(|first| first.as_str() > after)
}

/// Returns a valid name before every name of a table that begins with `prefix`, which ends in a hyphen: the hyphen comes
/// before all other characters of names, and no id of a table is made of hyphens only.
fn name_before(prefix: &str) -> String {
    format!("{prefix:-<SHORTEST$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_starts_right_before_the_tables_of_the_stack() {
        for stack in ["a", "ab", "app"] {
            let before = name_before(&format!("{stack}-"));
            assert!(before.len() >= SHORTEST);
            for id in ["a", "A", "0", "a-b", "_x"] {
                assert!(before < format!("{stack}-{id}"), "{before} {stack}-{id}");
            }
            assert!(*before > *stack && before < format!("{stack}0"), "{before}");
        }
    }

    #[test]
    fn a_page_in_another_order_is_noticed() {
        let names = |all: &[&str]| all.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        assert!(follows(&names(&["app-a", "app-b"]), "app-"));
        assert!(follows(&[], "app-"));
        assert!(!follows(&names(&["app-b", "app-a"]), "app-"));
        assert!(!follows(&names(&["aaa", "app-a"]), "app-"));
    }
}
