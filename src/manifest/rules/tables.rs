//! Rules about tables.
super::rules! {
    "key-attribute" Error Service ["cfn-lint E3039"]
        "the attributes of a key are different ones, each of one type"
        "DynamoDB wants different attributes in a key, sort key included, and one type for an attribute in all keys of the table and its indexes."
        "Use two attributes, and the same type everywhere."
    "ttl-attribute" Error Service []
        "the expiry is not in the table's own key"
        "DynamoDB reads the expiry as epoch seconds from an attribute of its own. In the key it would make items expire by what they are called, and could not be changed in place. An index may have it for its key."
        "Use an attribute of its own, such as `expiresAt`."
    "projected-key" Warning Policy []
        "a projection names attributes that are not there anyway"
        "The keys of the table and of the index are always part of the index. Naming them adds nothing and counts against the limit of a hundred attributes."
        "Take the key attribute out of the list."
    "projected-total" Error Service []
        "all projections of a table name at most 100 attributes"
        "DynamoDB counts the attributes that the indexes of a table name, the same one in two indexes twice, and refuses more than 100. `all` counts none."
        "Name fewer, or project `all`."
    "same-index" Warning Policy []
        "no index has the keys of its table or of another index"
        "It answers no query that the other one does not answer, and every write is paid for once more."
        "Take the index out, or choose other keys."
    "local-index" Error Service []
        "a local index has its table's partition key and a sort key of its own"
        "A local secondary index sorts the items of each partition by another attribute. A table has five at most, needs a sort key itself, and makes them when it is made: one that is added or changed later takes a new table, and so the words that losing data takes. One that leaves the spec stays with its table."
        "Write the table's partition key and one attribute as `sort_key`, or take `local: true` out: a global index can be added at any time."
    "no-recovery" Warning Policy ["CKV_AWS_28", "AwsSolutions-DDB3", "DynamoDBPITREnabled", "DynamoDB.2"]
        "tables can be restored to any second of the last 35 days"
        "Point-in-time recovery is the only way back after a wrong write: a faulty handler empties a table in minutes. It costs about $0.20 for a GB and month."
        "Take `point_in_time_recovery: false` out."
    "no-deletion-protection" Warning Policy ["DynamoDB.6"]
        "tables cannot be deleted by accident"
        "With deletion protection nobody can delete the table, in no console and by no other tool, before the protection is taken away."
        "Take `deletion_protection: false` out."
    "provisioned-capacity" Note Policy ["CKV2_AWS_16", "DynamoDBAutoScalingEnabled", "DynamoDB.1"]
        "provisioned capacity is meant"
        "Capacity units are fixed here, for the table and for each of its indexes: above them requests are throttled, below them they are paid for without being used. On demand does neither."
        "Write `billing: on_demand`, unless the load is known and steady; or add `managed_by: autoscaling` where Application Auto Scaling sets the units."
    "billing-mismatch" Error Service []
        "ceilings go with on-demand billing, capacity with provisioned"
        "`max_request_units` limits what on-demand billing serves and charges; an index has `capacity` of its own where its table has capacity units. DynamoDB refuses either with the other way of billing."
        "Take it out, or change `billing`."
    "recovery-period" Error Service []
        "a period of recovery goes with recovery"
        "DynamoDB refuses a period for point-in-time recovery that is off."
        "Take `recovery_period_days` out, or switch `point_in_time_recovery` on."
    "capacity-quota" Warning Policy []
        "capacity stays within the default quota"
        "An account may have 40,000 read and 40,000 write units for a table by default; AWS refuses more until the quota has been raised."
        "Use less, or have the quota raised and suppress this."
    "no-expiry" Note Policy []
        "rows of connections expire"
        "`$disconnect` is called if possible, not always: rows of connections that broke off would stay for ever, and every broadcast would try them in vain. A connection lives two hours at most."
        "Add `ttl: expiresAt` and let the connect handler write the expiry."
    "unused-table" Warning Policy []
        "every table is used"
        "No function has access to it and nothing refers to it, so nobody can write into it."
        "Grant it in a function's `access.tables`, or take it out."
    "unknown-table" Error Language ["cfn-lint E1010"]
        "access is granted to tables of this spec"
        "`access.tables` names tables by their id in this spec. Tables of others are granted by name or ARN in `access.external_tables`."
        "Correct the id, or declare the table."
}
