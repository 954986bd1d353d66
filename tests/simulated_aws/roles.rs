//! Roles in governed accounts: boundaries, paths, names, policies of others, and roles that exist.
use copilot_infra::{engine::Verb, manifest::Loaded};
use copilot_infra_simulator::Switches;

use crate::bench::{Bench, Command, REGION, deep, text};

const SPEC: &str = "
version: 1
stack: demo
region: us-east-1
tags: { CostCenter: '4711' }
ROLES
functions: { chat: { handler: websocket-handler.messageHandler } }
api: { routes: { $default: chat } }
";

fn spec(roles: &str) -> Loaded {
    text(&SPEC.replace("ROLES", roles))
}

fn roles(bench: &Bench) -> Vec<String> {
    let roles = bench
        .sim
        .inventory(REGION)
        .into_iter()
        .filter_map(|line| line.strip_prefix("role ").map(str::to_owned));
    roles
        .map(|line| {
            line.split(' ').next().unwrap_or_default().rsplit_once(":role").expect("an ARN").1.to_owned()
        })
        .collect()
}

const LOGGING: &str = "/copilot-infra/copilot-infra-apigateway-logs-us-east-1";
const DEFAULT: &str = "/copilot-infra/demo/us-east-1/demo-chat-us-east-1";

#[test]
fn another_path_or_prefix_is_a_new_role_and_the_old_one_goes_last() {
    deep(async || {
        let bench = Bench::new(7, Switches::default());
        bench.must(Command::Apply, &spec("")).await;
        assert_eq!(roles(&bench), [LOGGING, DEFAULT]);
        let mut stands = DEFAULT.to_owned();
        for said in [
            "roles: { path: /teams/blue/ }",
            "roles: { path: /teams/red/ }",
            "roles: { name_prefix: blue- }",
            "",
        ] {
            let next = spec(said);
            let plan = bench.plan(&next).await.expect("a plan");
            let counts =
                [Verb::Create, Verb::Update, Verb::Delete, Verb::Replace].map(|verb| plan.count_steps(verb));
            assert_eq!(counts, [1, 1, 1, 0], "{said}: {plan:#?}");
            bench.must(Command::Apply, &next).await;
            let calls: Vec<_> = bench
                .sim
                .records()
                .into_iter()
                .filter(copilot_infra_simulator::Record::took_effect)
                .map(|call| call.operation)
                .collect();
            let at = |name: &str| calls.iter().position(|call| call.ends_with(name)).expect("it is called");
            assert!(at(":CreateRole") < at(":UpdateFunctionConfiguration"), "{calls:?}");
            assert!(at(":UpdateFunctionConfiguration") < at(":DeleteRole"), "{calls:?}");
            bench.settled(&next).await.expect("all is done");
            let now: Vec<_> = roles(&bench).into_iter().filter(|role| role != LOGGING).collect();
            assert!(now.len() == 1 && now[0] != stands, "{now:?}");
            stands = now[0].clone();
        }
        assert_eq!(stands, DEFAULT);
    });
}

#[test]
fn all_that_is_made_follows_the_rules_of_the_organisation() {
    deep(async || {
        let bench = Bench::new(7, Switches::default());
        let said = "roles: { permissions_boundary: 'arn:aws:iam::${stack.account}:policy/dev', path: /teams/blue/, name_prefix: blue- }";
        let spec = spec(said);
        bench.must(Command::Apply, &spec).await;
        let made: Vec<_> =
            bench.sim.inventory(REGION).into_iter().filter(|line| line.starts_with("role ")).collect();
        assert_eq!(made.len(), 2);
        for role in &made {
            assert!(role.contains(":role/teams/blue/") && role.contains("/blue-"), "{role}");
            assert!(
                role.contains("bound by arn:aws:iam::123456789012:policy/dev ")
                    && role.contains("CostCenter=4711"),
                "{role}"
            );
        }
    });
}

#[test]
fn a_boundary_and_policies_of_others_stay() {
    deep(async || {
        let bench = Bench::new(7, Switches::default());
        let (insights, other) = (
            "arn:aws:iam::aws:policy/CloudWatchLambdaInsightsExecutionRolePolicy",
            "arn:aws:iam::123456789012:policy/security/audit",
        );
        let tolerant = |memory: u32| {
            let roles = "roles: { tolerate_policies: ['CloudWatchLambdaInsights*', 'arn:aws:iam::*:policy/security/*'] }";
            text(&SPEC.replace("ROLES", roles).replace(
                "messageHandler }",
                &format!("messageHandler, memory: {memory}, access: {{ connections: {} }} }}", memory > 256),
            ))
        };
        bench.must(Command::Apply, &tolerant(256)).await;
        let iam = bench.aws().iam();
        let name = "demo-chat-us-east-1";
        let bound = iam
            .put_role_permissions_boundary()
            .role_name(name)
            .permissions_boundary("arn:aws:iam::123456789012:policy/dev");
        bound.send().await.expect("a boundary");
        for arn in [insights, other] {
            iam.attach_role_policy().role_name(name).policy_arn(arn).send().await.expect("it is attached");
        }
        tokio::time::sleep(std::time::Duration::from_mins(1)).await; // until it is seen
        let plan = bench.settled(&tolerant(256)).await.expect("they are no drift");
        let warned = plan.steps.iter().filter_map(|step| step.warning.as_deref());
        assert!(warned.clone().any(|warning| warning.contains("policy/dev")), "it is shown");
        bench.must(Command::Apply, &tolerant(512)).await;
        bench.settled(&tolerant(512)).await.expect("all is done");
        let stands = bench.sim.inventory(REGION).join("\n");
        assert!(
            stands.contains(insights) && stands.contains(other) && stands.contains("bound by"),
            "{stands}"
        );
        let admin = "arn:aws:iam::aws:policy/AdministratorAccess";
        iam.attach_role_policy().role_name(name).policy_arn(admin).send().await.expect("it is attached");
        tokio::time::sleep(std::time::Duration::from_mins(1)).await;
        assert!(bench.settled(&tolerant(512)).await.is_err(), "any other is drift");
        bench.must(Command::Apply, &tolerant(512)).await;
        assert!(!bench.sim.inventory(REGION).join("\n").contains(admin));
        bench.must(Command::Destroy, &tolerant(512)).await;
        assert_eq!(roles(&bench), [LOGGING]);
    });
}

#[test]
fn a_function_runs_as_a_role_that_exists() {
    deep(async || {
        let bench = Bench::new(7, Switches::default());
        let trust = r#"{"Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"lambda.amazonaws.com"}}]}"#;
        let role = bench
            .aws()
            .iam()
            .create_role()
            .role_name("chat")
            .path("/teams/")
            .assume_role_policy_document(trust);
        role.send().await.expect("a role");
        let allows = r#"{"Statement":[{"Effect":"Allow","Action":["logs:*","xray:*"],"Resource":"*"}]}"#;
        let put =
            bench.aws().iam().put_role_policy().role_name("chat").policy_name("all").policy_document(allows);
        put.send().await.expect("a policy");
        tokio::time::sleep(std::time::Duration::from_mins(1)).await;
        bench.must(Command::Apply, &spec("")).await;
        let given = text(&SPEC.replace("ROLES", "").replace(
            "messageHandler }",
            "messageHandler, role: { arn: 'arn:aws:iam::123456789012:role/teams/chat' } }",
        ));
        bench.must(Command::Apply, &given).await;
        bench.settled(&given).await.expect("all is done");
        assert_eq!(roles(&bench), [LOGGING, "/teams/chat"], "the old one is gone");
        bench.must(Command::Apply, &spec("")).await;
        bench.settled(&spec("")).await.expect("all is done");
        bench.must(Command::Apply, &given).await;
        bench.must(Command::Destroy, &given).await;
        assert_eq!(roles(&bench), [LOGGING, "/teams/chat"], "it is not the stack's to remove");
    });
}
