//! Rules that nobody has confirmed, each of which can be simulated both ways, and the size of lags.

/// How the world is, where that is not known, and how slow it is.
///
/// Each switch names a rule that AWS's documents leave open or that sources tell differently. The tool must
/// hold its promises whichever way they stand.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own")]
pub struct Switches {
    /// Factor on every lag and settling time of reads and of propagation; 0 makes every read current.
    pub lag: f64,
    /// Items on a page of any list.
    pub page: usize,
    /// Whether request rates are limited.
    pub limits: bool,
    /// Whether KMS and IAM write policies anew: members in another order, lists of one as text. Terraform's
    /// provider compares by equivalence for that reason (`awspolicyequivalence`); no document says when.
    pub rewrites_policies: bool,
    /// Whether API Gateway refuses an access-log destination that ends in `:*`; otherwise it cuts that off.
    pub refuses_log_suffix: bool,
    /// Whether a second `DeleteTable` is refused while the first runs. The model says "no error"; the ACK
    /// project's lab saw `ResourceInUseException` (finding DDB-TABLE-006).
    pub refuses_second_delete: bool,
    /// Milliseconds for which a stage is still told that no account role is set after one was.
    pub account_role_delay: u64,
    /// Whether API Gateway refuses a second authorizer of the same name.
    pub unique_authorizers: bool,
    /// Whether CloudWatch Logs says `AccessDeniedException` for an unusable key, as of late, or
    /// `InvalidParameterException`, as before (hashicorp/terraform-provider-aws issues 8042 and 29282).
    pub logs_says_denied: bool,
    /// Minutes between two effective changes of a table's expiry: 31 in the ACK project's lab (finding
    /// DDB-TABLE-143), an hour by the model of `UpdateTimeToLive`.
    pub ttl_cooldown_minutes: u64,
    /// Whether Lambda checks at creation that the role may write traces when tracing is active.
    pub checks_tracing_role: bool,
    /// Runtimes that no function may be made with any more (Lambda guide, "Runtime deprecation policy"); the
    /// dates are announced and moved, so they are a choice here.
    pub blocked_runtimes: Vec<&'static str>,
    /// Whether the account lets IAM go by the tags of tables (DynamoDB guide, "Enabling ABAC in DynamoDB").
    pub tables_by_tag: bool,
    /// Longest time in milliseconds for which tags and aliases of a key do not count in authorization although every
    /// read shows them: "up to five minutes" (KMS guide, "ABAC for AWS KMS").
    pub key_authorization_lag: u64,
    /// Whether a key or alias that is not there is denied to who may not use every key, or not found by anybody; no
    /// document says which.
    pub denies_missing_keys: bool,
    /// Whether Lambda refuses to delete a function, or to reserve runs for it, while a change of it runs; only the changes
    /// of configuration and code are known to be refused (Lambda guide, "Lambda function states").
    pub refuses_busy_delete: bool,
    /// Whether a reader may be shown the old value once more after the new one (hashicorp/terraform-provider-aws,
    /// `kms/key.go`, wants five equal reads in a row).
    pub relapses: bool,
    /// Whether reads of API Gateway and CloudWatch Logs lag behind changes; no document says that they do not.
    pub late_reads: bool,
    /// Whether the tag index names log groups with `:*` at the end; aws-sam-cli's tests have it so, and the regular
    /// expressions of yet-another-cloudwatch-exporter do not.
    pub indexes_log_suffix: bool,
    /// Whether GetApis and GetStages show tags that were changed after the creation.
    pub lists_show_tags: bool,
    /// Who calls, as STS tells it: what follows the account in the ARN, such as `user/deployer`, `root` or
    /// `assumed-role/NAME/SESSION`.
    pub caller: String,
    /// Actions that the policy simulator takes in no list with others. Those that no reference lists are some; the
    /// whole rule is not known.
    pub simulated_apart: Vec<&'static str>,
    /// Whether the tag index goes on naming what is gone.
    pub index_keeps_gone: bool,
    /// Whether the tag index has not learned of anything yet.
    pub index_silent: bool,
    /// Whether all calls take the same time, so that those that do not wait for each other arrive together.
    pub even_trips: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            lag: 1.0,
            page: 3,
            limits: true,
            rewrites_policies: true,
            refuses_log_suffix: true,
            refuses_second_delete: true,
            account_role_delay: 4_000,
            unique_authorizers: false,
            logs_says_denied: true,
            ttl_cooldown_minutes: 31,
            checks_tracing_role: true,
            blocked_runtimes: vec!["nodejs16.x", "nodejs18.x"],
            tables_by_tag: true,
            key_authorization_lag: 300_000,
            denies_missing_keys: true,
            refuses_busy_delete: true,
            relapses: true,
            indexes_log_suffix: false,
            late_reads: true,
            lists_show_tags: true,
            caller: "user/deployer".to_owned(),
            simulated_apart: vec!["apigateway:TagResource", "apigateway:UntagResource"],
            index_keeps_gone: false,
            index_silent: false,
            even_trips: false,
        }
    }
}

impl Switches {
    /// A world in which every open question is decided by chance.
    #[must_use]
    pub fn random(rng: &mut fastrand::Rng) -> Self {
        Self {
            lag: *rng.choice(&[0.0, 0.3, 1.0, 1.0]).unwrap_or(&1.0),
            page: rng.usize(1..6),
            limits: rng.u8(0..4) > 0,
            rewrites_policies: rng.bool(),
            refuses_log_suffix: rng.bool(),
            refuses_second_delete: rng.bool(),
            account_role_delay: rng.u64(0..12_000),
            unique_authorizers: rng.bool(),
            logs_says_denied: rng.bool(),
            ttl_cooldown_minutes: if rng.bool() { 31 } else { 60 },
            checks_tracing_role: rng.bool(),
            tables_by_tag: rng.bool(),
            denies_missing_keys: rng.bool(),
            refuses_busy_delete: rng.bool(),
            relapses: rng.bool(),
            indexes_log_suffix: rng.bool(),
            late_reads: rng.bool(),
            lists_show_tags: true,
            ..Self::default()
        }
    }
}
