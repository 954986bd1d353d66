//! What every request must look like before any table is looked at: members that must be there, lengths, words, numbers.
//!
//! DynamoDB tells all violations at once, in the words of its model's validator (paritysuite/dynamodb-conformance,
//! `tests/tier3/error-messages` and `validation-ordering`; findings DDB-TABLE-038, 042, 126, 146, 457).
use super::invalid;
use crate::{call::Call, reply::Refusal};
use serde_json::{Map, Value};

/// Violations, in the order in which they are told.
#[derive(Default)]
struct Violations(Vec<String>);

/// How long a text or list may be.
type Lengths = std::ops::RangeInclusive<usize>;

const NAME: &str = "[a-zA-Z0-9_.-]+";
const NAME_LENGTHS: Lengths = 3..=255;
const KEY_TYPES: &[&str] = &["HASH", "RANGE"];
const CLASSES: &[&str] = &["STANDARD", "STANDARD_INFREQUENT_ACCESS"];
const MODES: &[&str] = &["PROVISIONED", "PAY_PER_REQUEST"];

impl Violations {
    fn add(&mut self, value: &str, at: &str, must: &str) {
        self.0.push(format!("Value {value} at '{at}' failed to satisfy constraint: Member must {must}"));
    }

    /// Tells of a member that is not there.
    fn need(&mut self, value: &Value, at: &str) {
        if value.is_null() {
            self.add("null", at, "not be null");
        }
    }

    fn length(&mut self, shown: &str, length: usize, at: &str, lengths: &Lengths) {
        let shown = format!("'{shown}'");
        if length < *lengths.start() {
            self.add(&shown, at, &format!("have length greater than or equal to {}", lengths.start()));
        }
        if length > *lengths.end() {
            self.add(&shown, at, &format!("have length less than or equal to {}", lengths.end()));
        }
    }

    fn text(&mut self, value: &Value, at: &str, lengths: &Lengths) {
        if let Some(text) = value.as_str() {
            self.length(text, text.chars().count(), at, lengths);
        }
    }

    /// A text of the characters of names.
    fn name(&mut self, value: &Value, at: &str, lengths: &Lengths) {
        self.text(value, at, lengths);
        let fits = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        if let Some(text) = value.as_str()
            && (text.is_empty() || !text.chars().all(fits))
        {
            self.add(&format!("'{text}'"), at, &format!("satisfy regular expression pattern: {NAME}"));
        }
    }

    fn word(&mut self, value: &Value, at: &str, words: &[&str]) {
        if let Some(text) = value.as_str().filter(|text| !words.contains(text)) {
            let words = words.join(", ");
            self.add(&format!("'{text}'"), at, &format!("satisfy enum value set: [{words}]"));
        }
    }

    fn number(&mut self, value: &Value, at: &str, least: i64, most: i64) {
        let Some(number) = value.as_i64() else { return };
        if number < least {
            self.add(&format!("'{number}'"), at, &format!("have value greater than or equal to {least}"));
        }
        if number > most {
            self.add(&format!("'{number}'"), at, &format!("have value less than or equal to {most}"));
        }
    }

    fn definitions(&mut self, wish: &Value) {
        for (at, one) in elements(wish, "attributeDefinitions") {
            let (kind, name) = (&one["AttributeType"], &one["AttributeName"]);
            self.need(kind, &format!("{at}.attributeType"));
            self.word(kind, &format!("{at}.attributeType"), &["B", "N", "S"]);
            self.need(name, &format!("{at}.attributeName"));
            self.text(name, &format!("{at}.attributeName"), &(1..=255));
        }
    }

    fn keys(&mut self, wish: &Value, at: &str, most: usize) {
        self.need(wish, at);
        if let Some(all) = wish.as_array() {
            let shown = |one: &Value| {
                let text = |member: &str| one[member].as_str().unwrap_or("null").to_owned();
                let (name, kind) = (text("AttributeName"), text("KeyType"));
                format!("KeySchemaElement(attributeName={name}, keyType={kind})")
            };
            let shown: Vec<_> = all.iter().map(shown).collect();
            self.length(&format!("[{}]", shown.join(", ")), all.len(), at, &(1..=most));
        }
        for (at, one) in elements(wish, at) {
            self.need(&one["AttributeName"], &format!("{at}.attributeName"));
            self.need(&one["KeyType"], &format!("{at}.keyType"));
            self.word(&one["KeyType"], &format!("{at}.keyType"), KEY_TYPES);
        }
    }

    fn projection(&mut self, wish: &Value, at: &str) {
        self.need(wish, at);
        let kinds = &["ALL", "INCLUDE", "KEYS_ONLY"];
        self.word(&wish["ProjectionType"], &format!("{at}.projectionType"), kinds);
        if let Some(all) = wish["NonKeyAttributes"].as_array() {
            let shown: Vec<_> = all.iter().filter_map(Value::as_str).collect();
            let at = format!("{at}.nonKeyAttributes");
            self.length(&format!("[{}]", shown.join(", ")), all.len(), &at, &(1..=20));
        }
    }

    fn units(&mut self, wish: &Value, at: &str) {
        if wish.is_null() {
            return;
        }
        for member in ["WriteCapacityUnits", "ReadCapacityUnits"] {
            let at = format!("{at}.{}", camel(member));
            self.need(&wish[member], &at);
            self.number(&wish[member], &at, 1, i64::MAX);
        }
    }

    /// An index that is to be made.
    fn index(&mut self, wish: &Value, at: &str, most: usize) {
        self.index_name(wish, at);
        self.keys(&wish["KeySchema"], &format!("{at}.keySchema"), most);
        self.projection(&wish["Projection"], &format!("{at}.projection"));
        self.units(&wish["ProvisionedThroughput"], &format!("{at}.provisionedThroughput"));
    }

    fn index_name(&mut self, wish: &Value, at: &str) {
        let at = format!("{at}.indexName");
        self.need(&wish["IndexName"], &at);
        self.name(&wish["IndexName"], &at, &NAME_LENGTHS);
    }

    fn encryption(&mut self, wish: &Value) {
        self.text(&wish["KMSMasterKeyId"], "sSESpecification.kMSMasterKeyId", &(1..=2048));
    }

    fn create(&mut self, input: &Value) {
        self.need(&input["AttributeDefinitions"], "attributeDefinitions");
        self.definitions(&input["AttributeDefinitions"]);
        self.keys(&input["KeySchema"], "keySchema", 2);
        self.word(&input["BillingMode"], "billingMode", MODES);
        self.word(&input["TableClass"], "tableClass", CLASSES);
        self.units(&input["ProvisionedThroughput"], "provisionedThroughput");
        // Global ones first, whichever the request lists first (validation-ordering/createTable.test.ts).
        for (at, one) in elements(&input["GlobalSecondaryIndexes"], "globalSecondaryIndexes") {
            self.index(one, &at, 8);
        }
        for (at, one) in elements(&input["LocalSecondaryIndexes"], "localSecondaryIndexes") {
            self.index(one, &at, 2);
        }
        self.encryption(&input["SSESpecification"]);
    }

    fn update(&mut self, input: &Value) {
        self.definitions(&input["AttributeDefinitions"]);
        self.word(&input["BillingMode"], "billingMode", MODES);
        self.word(&input["TableClass"], "tableClass", CLASSES);
        self.units(&input["ProvisionedThroughput"], "provisionedThroughput");
        for (at, one) in elements(&input["GlobalSecondaryIndexUpdates"], "globalSecondaryIndexUpdates") {
            if let Some(wish) = one.get("Create") {
                self.index(wish, &format!("{at}.create"), 8);
            }
            if let Some(wish) = one.get("Update") {
                self.index_name(wish, &format!("{at}.update"));
                self.units(&wish["ProvisionedThroughput"], &format!("{at}.update.provisionedThroughput"));
            }
            if let Some(wish) = one.get("Delete") {
                self.index_name(wish, &format!("{at}.delete"));
            }
        }
        self.encryption(&input["SSESpecification"]);
    }

    fn expiry(&mut self, wish: &Value) {
        let (name, at) = (&wish["AttributeName"], "timeToLiveSpecification.attributeName");
        self.need(name, at);
        self.text(name, at, &(1..=255));
        self.need(&wish["Enabled"], "timeToLiveSpecification.enabled");
    }

    fn recovery(&mut self, wish: &Value) {
        let at = |member: &str| format!("pointInTimeRecoverySpecification.{member}");
        self.need(&wish["PointInTimeRecoveryEnabled"], &at("pointInTimeRecoveryEnabled"));
        self.number(&wish["RecoveryPeriodInDays"], &at("recoveryPeriodInDays"), 1, 35);
    }

    fn list(&mut self, input: &Value) {
        self.name(&input["ExclusiveStartTableName"], "exclusiveStartTableName", &NAME_LENGTHS);
        self.number(&input["Limit"], "limit", 1, 100);
    }
}

/// The members of a list with their places, which count from one.
fn elements<'a>(list: &'a Value, at: &str) -> impl Iterator<Item = (String, &'a Value)> {
    let all = list.as_array().into_iter().flatten().enumerate();
    all.map(move |(index, one)| (format!("{at}.{}.member", index + 1), one)).collect::<Vec<_>>().into_iter()
}

fn camel(member: &str) -> String {
    let mut letters = member.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_lowercase().to_string() + letters.as_str())
}

/// Checks the request's own form.
pub(super) fn check(call: &Call<'_>) -> Result<(), Refusal> {
    let input = Value::Object(Map::clone(&call.input));
    let (name, mut found) = (&input["TableName"], Violations::default());
    match call.operation {
        "GetItem" | "PutItem" => {
            found.need(name, "tableName");
            found.text(name, "tableName", &(1..=255));
            if name.as_str().is_some_and(|name| !name.is_empty()) {
                found.name(name, "tableName", &(0..=usize::MAX));
            }
        }
        "ListTables" => found.list(&input),
        "ListTagsOfResource"
        | "TagResource"
        | "UntagResource"
        | "ListBackups"
        | "RestoreTableFromBackup"
        | "GetResourcePolicy"
        | "PutResourcePolicy"
        | "DeleteResourcePolicy" => {}
        _ if name.is_null() => {
            return Err(invalid("The parameter 'TableName' is required but was not present in the request"));
        }
        _ => found.name(name, "tableName", &NAME_LENGTHS),
    }
    // A wrong name of a table ends the check of an item's call (validation-ordering/putItem.test.ts).
    match call.operation {
        "PutItem" if found.0.is_empty() => found.word(&input["ReturnValues"], "returnValues", RETURNED),
        "CreateTable" => found.create(&input),
        "UpdateTable" => found.update(&input),
        "UpdateTimeToLive" => found.expiry(&input["TimeToLiveSpecification"]),
        "UpdateContinuousBackups" => found.recovery(&input["PointInTimeRecoverySpecification"]),
        _ => {}
    }
    let count = found.0.len();
    let errors = if count == 1 { "error" } else { "errors" };
    if count == 0 {
        Ok(())
    } else {
        Err(invalid(format!("{count} validation {errors} detected: {}", found.0.join("; "))))
    }
}

/// What `PutItem` may be asked to return.
const RETURNED: &[&str] = &["ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW"];
