//! What the holder of the deployer's policies tries in order to get at more: with a boundary, none of it is allowed.
use copilot_infra::{manifest::Loaded, policy::DeployerOptions};
use copilot_infra_simulator::{ACCOUNT, Ask, Script, Switches, allows};
use serde_json::Value;

use super::scenes;
use crate::bench::{Bench, Command, REGION, deep, text};

const BOUNDARY: &str = "arn:aws:iam::123456789012:policy/developers";
const ADMIN: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

fn bounded() -> Loaded {
    scenes::with_roles(&format!("roles: {{ permissions_boundary: '{BOUNDARY}' }}"))
}

/// All policies of a deployer, or those of the names.
fn held(spec: &Loaded, names: &[&str], api: Option<&str>) -> Vec<Value> {
    let documents = super::policies_for(spec, DeployerOptions { api, principal: None });
    let documents =
        documents.iter().filter(|one| names.is_empty() || names.contains(&super::purpose(&one.name)));
    documents.map(|one| one.document.clone()).collect()
}

fn iam(action: &str, resource: &str) -> Ask {
    Ask::new(format!("iam:{action}"), format!("arn:aws:iam::{ACCOUNT}:{resource}"))
}

fn ours(ask: Ask) -> Ask {
    ask.with("aws:ResourceTag/copilot-infra:stack", "demo")
}

fn made(ask: Ask) -> Ask {
    ask.with("aws:RequestTag/copilot-infra:stack", "demo")
}

const ROLE: &str = "role/copilot-infra/demo/us-east-1/demo-chat-us-east-1";
const THEIRS: &str = "role/copilot-infra/theirs/us-east-1/theirs-chat-us-east-1";
const LOGGING: &str = "role/copilot-infra/copilot-infra-apigateway-logs-us-east-1";

/// Attempts on IAM, with what is attempted in words.
fn attempts_on_roles() -> Vec<(&'static str, Ask)> {
    let bound = |ask: Ask, arn: &str| ask.with("iam:PermissionsBoundary", arn);
    let pass = |role: &str, service: &str| iam("PassRole", role).with("iam:PassedToService", service);
    vec![
        ("make a role without a boundary", made(iam("CreateRole", ROLE))),
        ("make a role with a wide boundary", bound(made(iam("CreateRole", ROLE)), ADMIN)),
        ("make a role without the stack's tag", bound(iam("CreateRole", ROLE), BOUNDARY)),
        ("make a role elsewhere", bound(made(iam("CreateRole", "role/admin")), BOUNDARY)),
        ("make a role of another stack", bound(made(iam("CreateRole", THEIRS)), BOUNDARY)),
        ("allow anything to a role without a boundary", ours(iam("PutRolePolicy", ROLE))),
        ("allow anything to a role with a wide boundary", bound(ours(iam("PutRolePolicy", ROLE)), ADMIN)),
        ("allow anything to another stack's role", bound(iam("PutRolePolicy", THEIRS), BOUNDARY)),
        ("allow anything to any role", bound(iam("PutRolePolicy", "role/admin"), BOUNDARY)),
        ("let itself take a role without a boundary", ours(iam("UpdateAssumeRolePolicy", ROLE))),
        ("let itself take another stack's role", bound(iam("UpdateAssumeRolePolicy", THEIRS), BOUNDARY)),
        ("take the boundary off", bound(ours(iam("DeleteRolePermissionsBoundary", ROLE)), BOUNDARY)),
        ("take the boundary off another role", iam("DeleteRolePermissionsBoundary", THEIRS)),
        ("put a wide boundary on", bound(ours(iam("PutRolePermissionsBoundary", ROLE)), ADMIN)),
        (
            "put a boundary on another stack's role",
            bound(iam("PutRolePermissionsBoundary", THEIRS), BOUNDARY),
        ),
        (
            "attach a policy",
            bound(ours(iam("AttachRolePolicy", ROLE)).with("iam:PolicyARN", ADMIN), BOUNDARY),
        ),
        ("attach a policy to the logging role", bound(iam("AttachRolePolicy", LOGGING), BOUNDARY)),
        ("make the logging role without a boundary", iam("CreateRole", LOGGING)),
        ("allow anything to an unbounded logging role", iam("PutRolePolicy", LOGGING)),
        ("let itself take an unbounded logging role", iam("UpdateAssumeRolePolicy", LOGGING)),
        ("put a wide boundary on the logging role", bound(iam("PutRolePermissionsBoundary", LOGGING), ADMIN)),
        ("delete the logging role", iam("DeleteRole", LOGGING)),
        ("hand Lambda an administrator's role", pass("role/admin", "lambda.amazonaws.com")),
        ("hand Lambda another stack's role", pass(THEIRS, "lambda.amazonaws.com")),
        ("hand EC2 the stack's role", pass(ROLE, "ec2.amazonaws.com")),
        ("hand API Gateway an administrator's role", pass("role/admin", "apigateway.amazonaws.com")),
        ("hand Lambda the logging role", pass(LOGGING, "lambda.amazonaws.com")),
        ("take a role", Ask::new("sts:AssumeRole", format!("arn:aws:iam::{ACCOUNT}:{ROLE}"))),
        ("delete another stack's role", iam("DeleteRole", THEIRS)),
        ("tag another stack's role", made(iam("TagRole", THEIRS))),
        ("make an access key", iam("CreateAccessKey", "user/deployer")),
        ("allow itself anything", iam("PutUserPolicy", "user/deployer")),
        ("attach a policy to itself", iam("AttachUserPolicy", "user/deployer")),
        ("make a managed policy", iam("CreatePolicy", "policy/mine")),
        ("widen the boundary", Ask::new("iam:CreatePolicyVersion", BOUNDARY)),
        ("choose another version of the boundary", Ask::new("iam:SetDefaultPolicyVersion", BOUNDARY)),
        ("add a role to an instance profile", iam("AddRoleToInstanceProfile", "instance-profile/theirs")),
    ]
}

fn on(service: &str, rest: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}")
}

/// Attempts on what others have.
fn attempts_on_others() -> Vec<(&'static str, Ask)> {
    let function = on("lambda", "function:payments");
    let alike = on("lambda", "function:demo-prod-chat");
    let key = on("kms", "key/11111111-2222-3333-4444-555555555555");
    let theirs = |ask: Ask| ask.with("aws:ResourceTag/copilot-infra:stack", "theirs");
    let through =
        |ask: Ask, service: &str| ask.with("kms:ViaService", format!("{service}.{REGION}.amazonaws.com"));
    vec![
        ("change another's function", Ask::new("lambda:UpdateFunctionCode", &function)),
        ("configure another's function", theirs(Ask::new("lambda:UpdateFunctionConfiguration", &function))),
        (
            "open another's function",
            Ask::new("lambda:AddPermission", &function).with("lambda:Principal", "apigateway.amazonaws.com"),
        ),
        (
            "open the stack's function to anybody",
            ours(Ask::new("lambda:AddPermission", on("lambda", "function:demo-chat")))
                .with("lambda:Principal", "*"),
        ),
        ("delete another's function", theirs(Ask::new("lambda:DeleteFunction", &function))),
        ("call another's function", Ask::new("lambda:InvokeFunction", &function)),
        ("tag another's function as the stack's", made(Ask::new("lambda:TagResource", &function))),
        (
            "change a function of a stack whose name begins alike",
            theirs(Ask::new("lambda:UpdateFunctionCode", &alike)),
        ),
        ("tag a function of a stack whose name begins alike", made(Ask::new("lambda:TagResource", &alike))),
        ("use another stack's key", through(theirs(Ask::new("kms:Decrypt", &key)), "lambda")),
        ("rewrite another stack's key policy", theirs(Ask::new("kms:PutKeyPolicy", &key))),
        ("delete another stack's key", theirs(Ask::new("kms:ScheduleKeyDeletion", &key))),
        ("tag another's key as the stack's", made(theirs(Ask::new("kms:TagResource", &key)))),
        (
            "delete another's table",
            theirs(Ask::new("dynamodb:DeleteTable", on("dynamodb", "table/payments"))),
        ),
        ("read another's table", Ask::new("dynamodb:GetItem", on("dynamodb", "table/payments"))),
        (
            "delete another's log group",
            theirs(Ask::new("logs:DeleteLogGroup", on("logs", "log-group:/payments:*"))),
        ),
        (
            "take another stack's lease",
            Ask::new("dynamodb:PutItem", on("dynamodb", "table/copilot-infra-leases"))
                .with("dynamodb:LeadingKeys", "theirs"),
        ),
        ("read a secret", Ask::new("secretsmanager:GetSecretValue", on("secretsmanager", "secret:a-AbCdEf"))),
    ]
}

/// Attempts on other APIs, once the stack's own is known.
fn attempts_on_apis() -> Vec<(&'static str, Ask)> {
    let path = |path: &str| format!("arn:aws:apigateway:{REGION}::{path}");
    let verb = |verb: &str, at: &str| Ask::new(format!("apigateway:{verb}"), path(at));
    let tag = |form: &str| format!("/tags/arn%3Aaws%3Aapigateway%3A{REGION}%3A%3A%2F{form}apis%2Fother00000");
    vec![
        ("rewrite a route of another API", verb("PATCH", "/apis/other00000/routes/r1")),
        ("add an integration to another API", verb("POST", "/apis/other00000/integrations")),
        ("delete an authorizer of another API", verb("DELETE", "/apis/other00000/authorizers/a1")),
        ("deploy another API", verb("POST", "/apis/other00000/deployments")),
        ("add a stage to another API", made(verb("POST", "/apis/other00000/stages"))),
        (
            "silence another API's access log",
            verb("DELETE", "/apis/other00000/stages/prod/accesslogsettings"),
        ),
        ("tag another API as the stack's", made(verb("POST", &tag("")))),
        ("tag another API by its other ARN", made(verb("POST", &tag("v2%2F")))),
        ("take tags off another API", verb("DELETE", &tag(""))),
        ("change another API that carries the stack's tag", ours(verb("PATCH", "/apis/other00000"))),
        ("delete another API that carries the stack's tag", ours(verb("DELETE", "/apis/other00000"))),
        (
            "tag an API whose id begins alike",
            made(verb("POST", "/tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Fapis%2Fours0000001")),
        ),
        ("make another API", made(verb("POST", "/apis"))),
    ]
}

/// Attempts with the policy for planning alone.
fn attempts_of_a_reader() -> Vec<(&'static str, Ask)> {
    let key = on("kms", "key/11111111-2222-3333-4444-555555555555");
    let decrypt =
        Ask::new("kms:Decrypt", &key).with("kms:ViaService", format!("lambda.{REGION}.amazonaws.com"));
    let of = |function: &str| {
        ours(decrypt.clone()).with("kms:EncryptionContext:aws:lambda:FunctionArn", on("lambda", function))
    };
    vec![
        (
            "read the environment of another's function",
            Ask::new("lambda:GetFunction", on("lambda", "function:payments")),
        ),
        (
            "read that of a stack whose name begins alike",
            Ask::new("lambda:GetFunction", on("lambda", "function:demo-prod-chat"))
                .with("aws:ResourceTag/copilot-infra:stack", "demo-prod"),
        ),
        ("read its policy", Ask::new("lambda:GetPolicy", on("lambda", "function:demo-prod-chat"))),
        (
            "decrypt with another stack's key",
            decrypt.clone().with("aws:ResourceTag/copilot-infra:stack", "theirs"),
        ),
        ("decrypt another function's environment", of("function:demo-prod-chat")),
        ("decrypt by itself", ours(Ask::new("kms:Decrypt", &key))),
        ("read items", Ask::new("dynamodb:GetItem", on("dynamodb", "table/demo-items"))),
        ("read logs", Ask::new("logs:FilterLogEvents", on("logs", "log-group:/aws/lambda/demo-chat:*"))),
        (
            "change a function",
            ours(Ask::new("lambda:UpdateFunctionCode", on("lambda", "function:demo-chat"))),
        ),
        ("pass a role", iam("PassRole", ROLE).with("iam:PassedToService", "lambda.amazonaws.com")),
    ]
}

#[test]
fn nothing_beyond_the_stack_is_in_reach_of_a_bounded_deployer() {
    let spec = bounded();
    let (all, narrow, plan) =
        (held(&spec, &[], None), held(&spec, &[], Some("ours000000")), held(&spec, &["plan"], None));
    let tried = [
        (&all, attempts_on_roles()),
        (&all, attempts_on_others()),
        (&narrow, attempts_on_apis()),
        (&plan, attempts_of_a_reader()),
    ];
    let allowed: Vec<&str> = tried
        .iter()
        .flat_map(|(held, attempts)| {
            attempts.iter().filter(|(_, ask)| allows(held, ask)).map(|(what, _)| *what)
        })
        .collect();
    assert_eq!(allowed, [""; 0]);
    assert!(tried.iter().map(|(_, attempts)| attempts.len()).sum::<usize>() >= 40);
}

/// The attempts mean what they say: without a boundary, and without an API, some of them are allowed.
#[test]
fn without_a_boundary_a_deployer_is_an_administrator() {
    let open = held(&scenes::whole(), &[], None);
    let allowed = |attempts: Vec<(&'static str, Ask)>| {
        attempts.into_iter().filter(|(_, ask)| allows(&open, ask)).count()
    };
    assert!(allowed(attempts_on_roles()) >= 6);
    assert!(allowed(attempts_on_apis()) >= 6);
    assert_eq!(allowed(attempts_on_others()), 0);
}

#[test]
fn a_bounded_deployer_can_do_its_work() {
    deep(async || {
        let bench = Bench::new(7, Switches { page: 100, tables_by_tag: true, ..Switches::default() });
        let spec = bounded();
        bench.sim.confine(Some(held(&spec, &["plan", "apply", "logging-role"], None)));
        bench.must(Command::Apply, &spec).await;
        let roles: Vec<_> =
            bench.sim.inventory(REGION).into_iter().filter(|line| line.starts_with("role ")).collect();
        assert!(roles.iter().all(|line| line.contains(&format!("bound by {BOUNDARY}"))), "{roles:#?}");
        tokio::time::sleep(std::time::Duration::from_mins(70)).await; // until the index of tags knows all
        bench.sim.confine(Some(held(&spec, &["plan", "apply"], None)));
        let changed = scenes::changed_with_roles(&format!("roles: {{ permissions_boundary: '{BOUNDARY}' }}"));
        bench.must(Command::Apply, &changed).await;
        bench.settled(&changed).await.expect("all is done");
        let api = bench.api_id().await;
        // DynamoDB takes one change of a table's expiry in about half an hour.
        tokio::time::sleep(std::time::Duration::from_mins(70)).await;
        bench.sim.confine(Some(held(&spec, &["plan", "apply"], Some(&api))));
        bench.must(Command::Apply, &spec).await;
        bench.sim.confine(Some(held(&spec, &["plan", "apply", "delete-data"], Some(&api))));
        let end = bench.run(Command::Destroy, &spec, Script::default()).await;
        assert!(end.is_good(), "{end:?}");
    });
}

#[test]
fn a_boundary_is_put_on_roles_that_stand_before_anything_else_of_them_changes() {
    deep(async || {
        let bench = Bench::new(7, Switches { page: 100, tables_by_tag: true, ..Switches::default() });
        bench.must(Command::Apply, &scenes::whole()).await;
        tokio::time::sleep(std::time::Duration::from_mins(70)).await;
        let spec = scenes::changed_with_roles(&format!("roles: {{ permissions_boundary: '{BOUNDARY}' }}"));
        bench.sim.confine(Some(held(&spec, &["plan", "apply"], None)));
        bench.must(Command::Apply, &spec).await;
        bench.settled(&spec).await.expect("all is done");
    });
}

#[test]
fn a_role_that_exists_takes_no_permission_to_make_any() {
    let spec = text(
        "version: 1\nstack: demo\nregion: us-east-1\nfunctions:\n  chat:\n    handler: websocket-handler.messageHandler\n    \
         role: { arn: 'arn:aws:iam::123456789012:role/teams/chat' }\n",
    );
    let held = held(&spec, &[], None);
    let pass = |role: &str| iam("PassRole", role).with("iam:PassedToService", "lambda.amazonaws.com");
    assert!(allows(&held, &pass("role/teams/chat")));
    for ask in
        [pass("role/teams/other"), made(iam("CreateRole", ROLE)), iam("PutRolePolicy", "role/teams/chat")]
    {
        assert!(!allows(&held, &ask), "{ask:?}");
    }
}
