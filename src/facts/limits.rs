//! Limits, enumerations and prices.
use std::sync::LazyLock;

use serde::Deserialize;

use super::{Fact, parse};

/// Limits and default quotas of the services.
pub static LIMITS: LazyLock<Limits> = LazyLock::new(|| parse("limits.json"));
/// Lists of which a value is one.
pub static ENUMS: LazyLock<Enums> = LazyLock::new(|| parse("enums.json"));
/// List prices.
pub static PRICES: LazyLock<Prices> = LazyLock::new(|| parse("prices.json"));

/// Limits and default quotas of the services.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Characters of a function's name.
    pub function_name_length: Fact<usize>,
    /// Characters of a function's description.
    pub function_description_length: Fact<u32>,
    /// Characters of a handler.
    pub function_handler_length: Fact<u32>,
    /// Least memory of a function, in MB.
    pub function_memory_min: Fact<u32>,
    /// Most memory of a function, in MB.
    pub function_memory_max: Fact<u32>,
    /// Longest timeout of a function that is not on managed instances, in seconds.
    pub function_timeout_max: Fact<u32>,
    /// Longest timeout that every region and account is known to take, in seconds.
    pub function_timeout_everywhere: Fact<u32>,
    /// Bytes of the names and values of a function's environment together.
    pub function_environment_bytes: Fact<usize>,
    /// Bytes of a function's resource policy.
    pub function_policy_bytes: Fact<usize>,
    /// Executions an account can reserve by default: 1,000 less the 100 that Lambda keeps.
    pub function_concurrency_reserved: Fact<u32>,
    /// Bytes of an archive that is sent in the request.
    pub code_zipped_bytes: Fact<u64>,
    /// Bytes of the unpacked files, layers included.
    pub code_unzipped_bytes: Fact<u64>,
    /// Characters of the id of a permission's statement.
    pub permission_statement_id_length: Fact<usize>,
    /// Least characters of a table's or an index's name.
    pub table_name_min: Fact<u32>,
    /// Most characters of a table's or an index's name.
    pub table_name_max: Fact<u32>,
    /// Global secondary indexes of a table.
    pub table_indexes: Fact<u32>,
    /// Maximum number of local secondary indexes of a table.
    pub table_local_indexes: Fact<usize>,
    /// Attributes that the indexes of a table may project together.
    pub table_projected_attributes: Fact<usize>,
    /// Attributes that one index may name in its projection.
    pub index_projected_attributes: Fact<u32>,
    /// Attributes of either key of an index.
    pub index_key_attributes: Fact<u32>,
    /// Most days that point-in-time recovery reaches back, and as many as it does by default.
    pub table_recovery_days: Fact<u32>,
    /// Read or write units a table may have by default.
    pub table_capacity_units: Fact<u32>,
    /// Bytes of an attribute's name in a key.
    pub attribute_name_length: Fact<u32>,
    /// Seconds the gateway waits for a function; it cannot be raised for WebSocket APIs.
    pub gateway_wait_seconds: Fact<u32>,
    /// Characters of an API's name.
    pub api_name_length: Fact<u32>,
    /// Maximum length of an API's description.
    pub api_description_length: Fact<u32>,
    /// Routes of an API, by default.
    pub api_routes: Fact<u32>,
    /// Requests per second an account has in a region by default.
    pub gateway_requests_per_second: Fact<f64>,
    /// Burst an account has in a region by default.
    pub gateway_burst: Fact<u32>,
    /// Characters of a stage's name.
    pub stage_name_length: Fact<u32>,
    /// Characters of a stage variable's name.
    pub stage_variable_name_length: Fact<usize>,
    /// Characters of a stage variable's value.
    pub stage_variable_value_length: Fact<usize>,
    /// Bytes of an access-log format.
    pub access_log_format_bytes: Fact<usize>,
    /// Characters of a log group's name.
    pub log_group_name_length: Fact<u32>,
    /// Least days between scheduling a key's deletion and its end.
    pub key_deletion_window_min: Fact<u32>,
    /// Most days between scheduling a key's deletion and its end.
    pub key_deletion_window_max: Fact<u32>,
    /// Characters of an alias, `alias/` included.
    pub key_alias_length: Fact<u32>,
    /// Characters of a role's name.
    pub role_name_length: Fact<usize>,
    /// Characters of a managed policy, white space not counted.
    pub managed_policy_characters: Fact<usize>,
    /// Characters of all inline policies of a role together, white space not counted.
    pub inline_policies_characters: Fact<usize>,
    /// Managed policies that a role or user takes by default.
    pub attached_policies: Fact<usize>,
    /// Characters of a tag's key.
    pub tag_key_length: Fact<usize>,
    /// Characters of a tag's value.
    pub tag_value_length: Fact<usize>,
    /// Tags of a resource.
    pub tags: Fact<u32>,
}

/// Lists of which a value is one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enums {
    /// Regions of all partitions.
    pub regions: Fact<Vec<String>>,
    /// Days that CloudWatch Logs can keep a log.
    pub log_retention_days: Fact<Vec<u32>>,
    /// Environment variables that Lambda sets itself and refuses.
    pub reserved_environment_names: Fact<Vec<String>>,
    /// Variables of a WebSocket API's access log, without `$context.`.
    pub access_log_variables: Fact<Vec<String>>,
}

/// List prices of us-east-1 in US dollars; other regions differ, and nothing is decided by them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// A customer managed key for a month; its first and its second rotation each add as much.
    pub key_month: Fact<f64>,
    /// A provisioned read unit for an hour.
    pub table_read_unit_hour: Fact<f64>,
    /// Price of a read unit of a table of class infrequent, for an hour.
    pub table_infrequent_read_unit_hour: Fact<f64>,
    /// Price of a write unit of a table of class infrequent, for an hour.
    pub table_infrequent_write_unit_hour: Fact<f64>,
    /// A provisioned write unit for an hour.
    pub table_write_unit_hour: Fact<f64>,
    /// Point-in-time recovery of a GB for a month.
    pub table_recovery_gb_month: Fact<f64>,
}
