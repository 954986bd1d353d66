//! What was changed behind the program's back is named by the plan, mended by apply, and nothing else is touched.
use serde_json::{Value, json};

use crate::support::{
    account::{Account, text},
    proxy::Proxy,
    specs::{REFERENCE, SMALL},
};

/// A standing stack, watched.
struct Watched {
    account: Account,
    proxy: Proxy,
}

impl Watched {
    fn applied(spec: &str) -> Self {
        let mut account = Account::with(spec);
        account.apply();
        let proxy = Proxy::recording();
        account.url.clone_from(&proxy.url);
        Self { account, proxy }
    }

    /// Makes a change with boto3; then the plan names `what` of `address` alone, apply sends `writes` alone,
    /// and the plan is empty again.
    #[track_caller]
    fn mends(&self, change: (&str, &str, Value), address: &str, what: &[&str], writes: &[&str]) {
        let (service, operation, with) = change;
        self.account.boto(service, operation, with);
        let mut drift = self.account.drift();
        for (_, what) in &mut drift {
            what.sort();
        }
        let what = what.iter().map(ToString::to_string).collect();
        assert_eq!(drift, [(address.to_owned(), what)], "after {operation}");
        self.proxy.take();
        self.account.apply();
        let mut sent = self.proxy.writes();
        sent.sort();
        assert_eq!(sent, writes, "after {operation}");
        self.account.is_settled();
    }
}

/// `SMALL` with a tag of its own.
fn tagged() -> String {
    SMALL.replace("\nkey:", "\ntags: { Own: right }\nkey:")
}

fn allow_all(sid: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [
        {"Sid": sid, "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "*", "Resource": "*"}]})
    .to_string()
}

#[test]
fn a_changed_key_is_mended() {
    let stack = Watched::applied(&tagged());
    let facts = stack.account.facts();
    let (key, _) = facts["keys"].as_object().unwrap().iter().next().unwrap();
    let wide = json!({"KeyId": key, "PolicyName": "default", "Policy": allow_all("Wide")});
    let policy = ["/policy/Account", "/policy/Logs", "/policy/Wide"];
    stack.mends(("kms", "put_key_policy", wide), "key", &policy, &["PutKeyPolicy"]);
    let key_id = || json!({ "KeyId": key });
    stack.mends(("kms", "disable_key_rotation", key_id()), "key", &["/rotation"], &["EnableKeyRotation"]);
    stack.mends(("kms", "disable_key", key_id()), "key", &["/state"], &["EnableKey"]);
    let tag = json!({"KeyId": key, "Tags": [{"TagKey": "Stray", "TagValue": "1"}]});
    // A tag that the tool never set is somebody else's.
    stack.account.boto("kms", "tag_resource", tag);
    stack.account.is_settled();
    let changed = json!({"KeyId": key, "Tags": [{"TagKey": "Own", "TagValue": "changed"}]});
    stack.mends(("kms", "tag_resource", changed), "key", &["/tags/Own"], &["TagResource"]);
    let going = json!({"KeyId": key, "PendingWindowInDays": 7});
    let back = ["CancelKeyDeletion", "EnableKey"];
    stack.mends(("kms", "schedule_key_deletion", going), "key", &["/state"], &back);
    assert_eq!(stack.account.facts()["keys"][key]["rotation"], true);
}

#[test]
fn a_key_that_lost_its_alias_gets_it_back() {
    let stack = Watched::applied(SMALL);
    stack.account.boto("kms", "delete_alias", json!({"AliasName": "alias/small"}));
    stack.account.run(&["plan", "--detailed-exitcode"]).exits(2);
    stack.proxy.take();
    stack.account.apply();
    assert_eq!(stack.proxy.writes(), ["CreateAlias"]);
    assert_eq!(stack.account.facts()["keys"].as_object().unwrap().len(), 1);
    stack.account.is_settled();
}

#[test]
fn a_changed_table_is_mended() {
    let stack = Watched::applied(&tagged());
    let name = "small-notes";
    let arn = text(&stack.account.facts()["tables"][name]["TableArn"]);
    let off =
        json!({"TableName": name, "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": false}});
    let mended = ["UpdateContinuousBackups"];
    stack.mends(
        ("dynamodb", "update_continuous_backups", off),
        "tables.notes",
        &["/point_in_time_recovery"],
        &mended,
    );
    let off = json!({"TableName": name, "TimeToLiveSpecification": {"Enabled": false, "AttributeName": "expiresAt"}});
    stack.mends(("dynamodb", "update_time_to_live", off), "tables.notes", &["/ttl"], &["UpdateTimeToLive"]);
    let off = json!({"TableName": name, "DeletionProtectionEnabled": false});
    stack.mends(
        ("dynamodb", "update_table", off),
        "tables.notes",
        &["/deletion_protection"],
        &["UpdateTable"],
    );
    let tag = json!({"ResourceArn": arn, "Tags": [{"Key": "Stray", "Value": "1"}]});
    // A tag that the tool never set is somebody else's.
    stack.account.boto("dynamodb", "tag_resource", tag);
    stack.account.is_settled();
    let changed = json!({"ResourceArn": arn, "Tags": [{"Key": "Own", "Value": "changed"}]});
    stack.mends(("dynamodb", "tag_resource", changed), "tables.notes", &["/tags/Own"], &["TagResource"]);
    let billing = json!({"TableName": name, "BillingMode": "PROVISIONED",
        "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}});
    stack.mends(("dynamodb", "update_table", billing), "tables.notes", &["/billing"], &["UpdateTable"]);
}

#[test]
fn a_changed_role_is_mended() {
    let stack = Watched::applied(SMALL);
    let name = "small-work-us-east-1";
    let extra = json!({"RoleName": name, "PolicyName": "extra", "PolicyDocument": allow_all("Extra")});
    stack.mends(("iam", "put_role_policy", extra), "roles.work", &["/policies/extra"], &["DeleteRolePolicy"]);
    let attached = json!({"RoleName": name, "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"});
    stack.mends(("iam", "attach_role_policy", attached), "roles.work", &["/attached"], &["DetachRolePolicy"]);
    let trust = json!({"RoleName": name, "PolicyDocument": allow_all("Wide")});
    let what = ["/trust/Assume", "/trust/Wide"];
    stack.mends(
        ("iam", "update_assume_role_policy", trust),
        "roles.work",
        &what,
        &["UpdateAssumeRolePolicy"],
    );
    let less = json!({"RoleName": name, "PolicyName": "access"});
    stack.mends(("iam", "delete_role_policy", less), "roles.work", &["/policies/access"], &["PutRolePolicy"]);
    let longer = json!({"RoleName": name, "MaxSessionDuration": 7200});
    stack.mends(("iam", "update_role", longer), "roles.work", &["/max_session_seconds"], &["UpdateRole"]);
}

#[test]
fn a_changed_log_group_is_mended() {
    let stack = Watched::applied(SMALL);
    let name = "/aws/lambda/small-work";
    let shorter = json!({"logGroupName": name, "retentionInDays": 1});
    stack.mends(
        ("logs", "put_retention_policy", shorter),
        "logs.work",
        &["/retention_days"],
        &["PutRetentionPolicy"],
    );
    let never = json!({ "logGroupName": name });
    stack.mends(
        ("logs", "delete_retention_policy", never),
        "logs.work",
        &["/retention_days"],
        &["PutRetentionPolicy"],
    );
}

#[test]
fn a_changed_function_is_mended() {
    let stack = Watched::applied(SMALL);
    let configuration = |with: Value| {
        let mut with = with;
        with["FunctionName"] = json!("small-work");
        ("lambda", "update_function_configuration", with)
    };
    let sent = ["PUT /2015-03-31/functions/small-work/configuration"];
    stack.mends(configuration(json!({"MemorySize": 512})), "functions.work", &["/memory"], &sent);
    stack.mends(configuration(json!({"Timeout": 7})), "functions.work", &["/timeout"], &sent);
    stack.mends(configuration(json!({"Handler": "other.handler"})), "functions.work", &["/handler"], &sent);
    stack.mends(
        configuration(json!({"TracingConfig": {"Mode": "PassThrough"}})),
        "functions.work",
        &["/tracing"],
        &sent,
    );
    let environment = json!({"Environment": {"Variables": {"NOTES": "others", "STRAY": "1"}}});
    stack.mends(
        configuration(environment),
        "functions.work",
        &["/environment/NOTES", "/environment/STRAY"],
        &sent,
    );
    let code =
        json!({"FunctionName": "small-work", "ZipFile": {"zip of": {"websocket-handler.mjs": "throw 1"}}});
    let sent = ["PUT /2015-03-31/functions/small-work/code"];
    stack.mends(("lambda", "update_function_code", code), "functions.work", &["/code_sha256"], &sent);
    let one = json!({"FunctionName": "small-work", "ReservedConcurrentExecutions": 1});
    let sent = ["DELETE /2017-10-31/functions/small-work/concurrency"];
    stack.mends(
        ("lambda", "put_function_concurrency", one),
        "functions.work",
        &["/reserved_concurrency"],
        &sent,
    );
}

#[test]
fn the_usual_back_doors_are_closed() {
    let stack = Watched::applied(SMALL);
    let name = "small-work";
    let layer = json!({"LayerName": "theirs", "Content": {"ZipFile": {"zip of": {"a.txt": "a"}}}});
    let layer = text(&stack.account.boto("lambda", "publish_layer_version", layer)["LayerVersionArn"]);
    let layers = json!({"FunctionName": name, "Layers": [layer]});
    let sent = ["PUT /2015-03-31/functions/small-work/configuration"];
    stack.mends(("lambda", "update_function_configuration", layers), "functions.work", &["/layers"], &sent);
    let url = json!({"FunctionName": name, "AuthType": "NONE"});
    let sent = ["DELETE /2021-10-31/functions/small-work/url"];
    let urls = ["/function_urls"];
    stack.mends(("lambda", "create_function_url_config", url), "functions.work", &urls, &sent);
    let away = "arn:aws:events:us-east-1:999999999999:event-bus/theirs";
    let config = json!({"FunctionName": name, "DestinationConfig": {"OnSuccess": {"Destination": away}}});
    let sent = ["DELETE /2019-09-25/functions/small-work/event-invoke-config"];
    let configs = ["/event_invoke_configs"];
    stack.mends(("lambda", "put_function_event_invoke_config", config), "functions.work", &configs, &sent);
    let stream = json!({"TableName": "small-notes",
        "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_IMAGE"}});
    stack.mends(("dynamodb", "update_table", stream), "tables.notes", &["/stream"], &["UpdateTable"]);
    let arn = text(&stack.account.facts()["tables"]["small-notes"]["TableArn"]);
    let policy = json!({"ResourceArn": arn, "Policy": allow_all("Theirs")});
    let sent = ["DeleteResourcePolicy"];
    stack.mends(("dynamodb", "put_resource_policy", policy), "tables.notes", &["/resource_policy"], &sent);
    let group = "/aws/lambda/small-work";
    let filter = json!({"logGroupName": group, "filterName": "theirs", "filterPattern": "",
        "destinationArn": "arn:aws:logs:us-east-1:999999999999:destination:theirs"});
    let sent = ["DeleteSubscriptionFilter"];
    stack.mends(("logs", "put_subscription_filter", filter), "logs.work", &["/subscription_filters"], &sent);
}

#[test]
fn a_foreign_statement_on_a_function_is_taken_out() {
    let stack = Watched::applied(REFERENCE);
    let foreign = json!({"FunctionName": "omnitrack-copilot-message", "StatementId": "stranger",
        "Action": "lambda:InvokeFunction", "Principal": "999999999999"});
    let sent = ["DELETE /2015-03-31/functions/omnitrack-copilot-message/policy/stranger"];
    stack.mends(
        ("lambda", "add_permission", foreign),
        "permissions.message",
        &["/statements/stranger"],
        &sent,
    );
    let ours = json!({"FunctionName": "omnitrack-copilot-connect", "StatementId": "apigateway-connect"});
    let sent = ["POST /2015-03-31/functions/omnitrack-copilot-connect/policy"];
    stack.mends(
        ("lambda", "remove_permission", ours),
        "permissions.connect",
        &["/statements/apigateway-connect"],
        &sent,
    );
}

#[test]
fn a_changed_api_is_mended() {
    let stack = Watched::applied(REFERENCE);
    let facts = stack.account.facts();
    let (id, api) = facts["apis"].as_object().unwrap().iter().next().unwrap();
    let path = |rest: &str| format!("/v2/apis/{id}{rest}");

    let route = json!({"ApiId": id, "RouteKey": "backdoor", "Target": api["routes"][0]["Target"]});
    let made = stack.account.boto("apigatewayv2", "create_route", route);
    assert_eq!(stack.account.drift(), [("api".to_owned(), vec!["/routes/backdoor".to_owned()])]);
    stack.proxy.take();
    stack.account.apply();
    assert_eq!(
        stack.proxy.writes(),
        [format!("DELETE {}", path(&format!("/routes/{}", text(&made["RouteId"]))))]
    );
    stack.account.is_settled();

    let integration = json!({"ApiId": id, "IntegrationType": "MOCK"});
    let made = stack.account.boto("apigatewayv2", "create_integration", integration);
    let drift = stack.account.drift();
    assert_eq!((drift.len(), drift[0].0.as_str(), drift[0].1.len()), (1, "api", 1), "{drift:?}");
    stack.proxy.take();
    stack.account.apply();
    let sent = format!("DELETE {}", path(&format!("/integrations/{}", text(&made["IntegrationId"]))));
    assert_eq!(stack.proxy.writes(), [sent]);
    stack.account.is_settled();

    let selection = json!({"ApiId": id, "RouteSelectionExpression": "$request.body.other"});
    let sent = [format!("PATCH {}", path(""))];
    let sent = sent.each_ref().map(String::as_str);
    stack.mends(("apigatewayv2", "update_api", selection), "api", &["/selection"], &sent);
    let message = api["routes"].as_array().unwrap().iter().find(|one| one["RouteKey"] == "message").unwrap();
    let sent = [format!("POST {}", path("/routes"))];
    let sent = sent.each_ref().map(String::as_str);
    let gone = json!({"ApiId": id, "RouteId": message["RouteId"]});
    stack.mends(("apigatewayv2", "delete_route", gone), "api", &["/routes/message"], &sent);
}

#[test]
fn a_changed_stage_is_mended() {
    let stack = Watched::applied(REFERENCE);
    let facts = stack.account.facts();
    let (id, api) = facts["apis"].as_object().unwrap().iter().next().unwrap();
    let stage = &api["stages"][0];
    let sent = [format!("PATCH /v2/apis/{id}/stages/prod")];
    let sent = sent.each_ref().map(String::as_str);
    let update = |part: &str, value: Value| {
        ("apigatewayv2", "update_stage", json!({"ApiId": id, "StageName": "prod", part: value}))
    };
    let setting = |name: &str, value: Value| {
        let mut defaults = stage["DefaultRouteSettings"].clone();
        defaults[name] = value;
        update("DefaultRouteSettings", defaults)
    };
    stack.mends(setting("ThrottlingRateLimit", json!(5.0)), "api.stage", &["/defaults/rate"], &sent);
    stack.mends(setting("LoggingLevel", json!("OFF")), "api.stage", &["/defaults/logging"], &sent);
    stack.mends(setting("DataTraceEnabled", json!(true)), "api.stage", &["/defaults/data_trace"], &sent);
    let mut log = stage["AccessLogSettings"].clone();
    log["Format"] = json!("$context.requestId");
    stack.mends(update("AccessLogSettings", log), "api.stage", &["/access_log/format"], &sent);
    stack.mends(update("StageVariables", json!({"stray": "1"})), "api.stage", &["/variables/stray"], &sent);
}

#[test]
fn many_changes_are_mended_in_one_go() {
    let stack = Watched::applied(SMALL);
    let change = |service, operation, with| drop(stack.account.boto(service, operation, with));
    change(
        "logs",
        "put_retention_policy",
        json!({"logGroupName": "/aws/lambda/small-work", "retentionInDays": 1}),
    );
    change(
        "dynamodb",
        "update_table",
        json!({"TableName": "small-notes", "DeletionProtectionEnabled": false}),
    );
    change(
        "lambda",
        "update_function_configuration",
        json!({"FunctionName": "small-work", "MemorySize": 512}),
    );
    let drift = stack.account.drift();
    let addresses: Vec<_> = drift.iter().map(|(address, _)| address.as_str()).collect();
    assert_eq!(addresses, ["tables.notes", "logs.work", "functions.work"]);
    stack.proxy.take();
    stack.account.apply();
    assert_eq!(stack.proxy.writes().len(), 3);
    stack.account.is_settled();
}
