//! What the preflight learns from IAM, and what it makes of what it does not learn.
use aws_credential_types::Credentials;
use copilot_infra::{
    aws::{Aws, AwsScope, ConnectOptions, Cx, Memo, RunState, interrupt_pair, tags::Tags},
    engine::Plan,
    manifest::Loaded,
    policy::preflight::{PreflightQuestion, RequiredPermission, SimulationAnswer, ask_iam},
    stack::{StackNames, inputs},
};
use copilot_infra_simulator::{ACCOUNT, Fault, Script, Switches};
use serde_json::{Value, json};

use super::{actions, policies, scenes, without};
use crate::bench::{Bench, REGION, deep};

const SIMULATE: &str = "iam:SimulatePrincipalPolicy";

/// A world, and everything that an apply of the whole stack takes in it.
struct World {
    bench: Bench,
    spec: Loaded,
    wanted: Vec<RequiredPermission>,
}

impl World {
    async fn new(switches: Switches) -> Self {
        let (bench, spec) = (Bench::new(7, switches), scenes::whole());
        let plan = bench.plan(&spec).await.expect("a plan");
        let wanted = required(bench.aws(), &spec, &plan);
        assert!(wanted.len() > 50, "{}", wanted.len());
        bench.sim.begin(Script::default());
        Self { bench, spec, wanted }
    }

    /// Asks in the name of `caller`, who has these policies.
    async fn ask(&self, caller: &str, policies: Vec<Value>) -> SimulationAnswer {
        self.bench.sim.confine(Some(policies));
        self.bench.sim.call_as(caller);
        let options = ConnectOptions {
            region: Some(REGION.to_owned()),
            credentials: Some(Credentials::new("AKIDEXAMPLE", "secret", None, None, "test")),
            http_client: Some(self.bench.sim.http_client()),
            ..ConnectOptions::default()
        };
        let aws = Box::pin(Aws::connect(options)).await.expect("STS tells who calls");
        let (memo, run, (_trigger, interrupt)) = (Memo::default(), RunState::default(), interrupt_pair());
        let stack = &self.spec.spec.stack;
        let (interrupt, role_home) = (&interrupt, "/copilot-infra/");
        let cx = Cx { aws: &aws, memo: &memo, run: &run, interrupt, stack, role_home, on_wait: &|_| {} };
        let tags: Tags =
            self.spec.spec.tags.iter().map(|(k, v)| (k.value.clone(), v.value.clone())).collect();
        let answer = ask_iam(&cx, &self.wanted, &tags, Some("alias/demo")).await;
        self.bench.sim.confine(None);
        answer
    }

    /// Asks as a user; actions that are missing, and what was not answered.
    async fn ask_user(&self, policies: Vec<Value>) -> (Vec<String>, Vec<String>) {
        told(self.ask("user/deployer", policies).await)
    }

    fn questions(&self) -> usize {
        self.bench.sim.records().iter().filter(|call| call.operation == SIMULATE).count()
    }
}

fn required(aws: &Aws, spec: &Loaded, plan: &Plan) -> Vec<RequiredPermission> {
    let scope = AwsScope::of(aws);
    let names = StackNames::of(spec, inputs::offline_inputs(&spec.spec), &scope);
    let question = PreflightQuestion { scope: &scope, names: &names, key: None, api: None, lease: true };
    question.required_permissions(plan)
}

fn told(answer: SimulationAnswer) -> (Vec<String>, Vec<String>) {
    let SimulationAnswer::Answered { missing, unanswered } = answer else { panic!("{answer:?}") };
    let mut actions: Vec<String> = missing.into_iter().map(|one| one.action).collect();
    actions.dedup();
    (actions, unanswered.iter().map(ToString::to_string).collect())
}

/// All that the deployer is told to have, and the right to ask.
fn granted() -> Vec<Value> {
    let ask = json!({ "Statement": [{ "Effect": "Allow", "Action": SIMULATE, "Resource": "*" }] });
    policies(&scenes::whole()).into_iter().map(|policy| policy.document).chain([ask]).collect()
}

/// The same without one action, wherever it stands.
fn granted_without(action: &str) -> Vec<Value> {
    let mut all = granted();
    for document in &mut all {
        for (statement, _) in actions(document).into_iter().filter(|(_, name)| name == action) {
            *document = without(document, statement, action);
        }
    }
    all
}

#[test]
fn what_the_deployer_is_told_to_have_is_all_that_is_asked_for() {
    deep(async || {
        let world = World::new(Switches::default()).await;
        assert_eq!(world.ask_user(granted()).await, (vec![], vec![]));
        let asked = world.questions();
        assert!((6..60).contains(&asked), "{asked} pages");
    });
}

#[test]
fn each_missing_action_is_named_whatever_page_it_is_on() {
    deep(async || {
        let world = World::new(Switches { page: 1, ..Switches::default() }).await;
        for action in ["kms:CreateKey", "dynamodb:CreateTable", "lambda:CreateFunction", "apigateway:POST"] {
            assert_eq!(world.ask_user(granted_without(action)).await, (vec![action.to_owned()], vec![]));
        }
    });
}

#[test]
fn lists_that_iam_does_not_take_are_asked_in_its_groups() {
    deep(async || {
        let apart =
            vec!["apigateway:TagResource", "iam:PassRole", "lambda:AddPermission", "logs:TagResource"];
        let world = World::new(Switches { simulated_apart: apart, ..Switches::default() }).await;
        assert_eq!(world.ask_user(granted()).await, (vec![], vec![]));
        let (missing, unanswered) = world.ask_user(granted_without("lambda:CreateFunction")).await;
        assert_eq!((missing, unanswered), (vec!["lambda:CreateFunction".to_owned()], vec![]));
    });
}

#[test]
fn what_is_proved_stays_proved_when_other_questions_are_refused() {
    deep(async || {
        let world = World::new(Switches::default()).await;
        let lacks = || granted_without("kms:CreateKey");
        let nth = |nth: usize| (SIMULATE.to_owned(), nth, Fault::Denied);
        for refused in 0..8 {
            world.bench.sim.begin(Script { on: vec![nth(refused)], ..Script::default() });
            let (missing, unanswered) = world.ask_user(lacks()).await;
            let [why] = &unanswered[..] else { panic!("{unanswered:?}") };
            assert!(why.contains("AccessDenied"), "{why}");
            assert!(missing == ["kms:CreateKey"] || why.contains("kms:CreateKey"), "{missing:?} {why}");
        }
        // All of them refused: one failure, told once.
        world.bench.sim.begin(Script { on: (0..60).map(nth).collect(), ..Script::default() });
        let (missing, unanswered) = world.ask_user(lacks()).await;
        assert_eq!((missing.len(), unanswered.len()), (0, 1));
        assert!(unanswered[0].contains("dynamodb:CreateTable") && unanswered[0].contains("kms:CreateKey"));
    });
}

#[test]
fn a_session_is_asked_about_as_its_role_wherever_that_stands() {
    deep(async || {
        let world = World::new(Switches { lag: 0.0, ..Switches::default() }).await;
        let read = json!({ "Statement": [{ "Effect": "Allow", "Action": "iam:GetRole", "Resource": "*" }] });
        let reads = || granted().into_iter().chain([read.clone()]).collect::<Vec<_>>();
        let sso = "/aws-reserved/sso.amazonaws.com/";
        for (name, path, readable) in [
            ("deployer", "/", false),
            ("builder", "/teams/blue/", true),
            ("AWSReservedSSO_Admin_0123456789abcdef", sso, false),
            ("AWSReservedSSO_Dev_0123456789abcdef", "/aws-reserved/sso.amazonaws.com/us-east-1/", false),
            ("AWSReservedSSO_Far_0123456789abcdef", "/aws-reserved/sso.amazonaws.com/eu-west-1/", true),
        ] {
            create_role(world.bench.aws(), name, path).await;
            let session = format!("assumed-role/{name}/ann@example.com");
            let grants = if readable { reads() } else { granted() };
            assert_eq!(told(world.ask(&session, grants).await), (vec![], vec![]), "{name}");
        }
        // Its path is not to be had.
        create_role(world.bench.aws(), "hidden", "/teams/red/").await;
        let hidden = world.ask("assumed-role/hidden/s", granted()).await;
        let (missing, unanswered) = told(hidden);
        assert!(missing.is_empty() && unanswered[0].contains("NoSuchEntity"), "{missing:?} {unanswered:?}");
        let answer = world.ask("root", granted()).await;
        let SimulationAnswer::NoPrincipal(caller) = answer else { panic!("{answer:?}") };
        assert_eq!(caller, format!("arn:aws:iam::{ACCOUNT}:root"));
        assert_eq!(told(world.ask("user/people/ann", granted()).await), (vec![], vec![]));
    });
}

async fn create_role(aws: &Aws, name: &str, path: &str) {
    let trust = r#"{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"x.amazonaws.com"}}}"#;
    let call = aws.iam().create_role().role_name(name).path(path).assume_role_policy_document(trust);
    call.send().await.expect("a role");
}
