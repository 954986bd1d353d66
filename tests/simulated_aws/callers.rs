//! Who may call a function beside the API.
use copilot_infra::manifest::Loaded;
use copilot_infra_simulator::Switches;

use crate::bench::{Bench, Command, deep, text};

const RULE: &str =
    "{ service: events.amazonaws.com, source: 'arn:aws:events:us-east-1:123456789012:rule/tick' }";
const BUCKET: &str = "{ service: s3.amazonaws.com, source: '${inputs.bucket}' }";
const ACCOUNT: &str = "{ account: '210987654321' }";

fn spec(callers: &[&str], rest: &str) -> Loaded {
    text(&format!(
        "version: 1
stack: demo
region: us-east-1
inputs: {{ bucket: {{ value: 'arn:aws:s3:::uploads' }} }}
functions:
  digest:
    handler: websocket-handler.messageHandler
    callers: [{}]
{rest}",
        callers.join(", ")
    ))
}

const API: &str = "api: { routes: { $default: digest } }";

/// Somebody lets a service call the function, or takes a statement away.
async fn open(bench: &Bench) {
    let call = bench.aws().lambda().add_permission().function_name("demo-digest").statement_id("theirs");
    let call = call.action("lambda:InvokeFunction").principal("sns.amazonaws.com");
    call.send().await.expect("it is there");
    // Until it shows.
    tokio::time::sleep(std::time::Duration::from_secs(10)).await;
}

/// Addresses of what somebody else has changed.
async fn drift(bench: &Bench, spec: &Loaded) -> Vec<String> {
    let plan = bench.plan(spec).await.expect("a plan");
    let drifted = plan.steps.iter().filter(|step| step.may_have_drifted());
    drifted.map(|step| step.address.clone()).collect()
}

async fn sids(bench: &Bench) -> Vec<String> {
    let answer = bench.aws().lambda().get_policy().function_name("demo-digest").send().await;
    let Ok(answer) = answer else { return Vec::new() };
    let policy: serde_json::Value = serde_json::from_str(answer.policy().unwrap_or_default()).expect("JSON");
    let all = policy["Statement"].as_array().expect("statements").iter();
    let mut sids: Vec<String> = all.map(|one| one["Sid"].as_str().unwrap_or_default().to_owned()).collect();
    sids.sort();
    // Without the digest.
    sids.iter().map(|sid| sid.rsplit_once('-').map_or(sid.as_str(), |(name, _)| name).to_owned()).collect()
}

#[test]
fn callers_come_and_go_and_all_others_are_drift() {
    for rest in ["", API] {
        deep(async move || {
            let bench = Bench::new(7, Switches::default());
            let some = spec(&[RULE, BUCKET], rest);
            bench.must(Command::Apply, &some).await;
            bench.settled(&some).await.expect("all is done");
            let routes = usize::from(!rest.is_empty());
            assert_eq!(sids(&bench).await[routes..], ["caller-events", "caller-s3"]);

            open(&bench).await;
            assert_eq!(drift(&bench, &some).await, ["permissions.digest"]);
            bench.must(Command::Apply, &some).await;
            assert_eq!(sids(&bench).await.len(), 2 + routes, "the foreign statement is gone");

            let other = spec(&[ACCOUNT, BUCKET], rest);
            assert_eq!(drift(&bench, &other).await, [""; 0], "the spec changed, and nobody else");
            bench.must(Command::Apply, &other).await;
            bench.settled(&other).await.expect("all is done");
            assert_eq!(sids(&bench).await[routes..], ["caller-account", "caller-s3"]);

            let none = spec(&[], rest);
            assert_eq!(drift(&bench, &none).await, [""; 0], "the spec changed, and nobody else");
            bench.must(Command::Apply, &none).await;
            bench.settled(&none).await.expect("all is done");
            open(&bench).await;
            assert_eq!(drift(&bench, &none).await, ["permissions.digest"]);
        });
    }
}

#[test]
fn a_source_may_be_made_of_what_the_stack_makes() {
    deep(async || {
        let bench = Bench::new(7, Switches::default());
        let source =
            "arn:${stack.partition}:execute-api:${stack.region}:${stack.account}:${api.id}/prod/extra";
        let caller = format!("{{ service: apigateway.amazonaws.com, source: '{source}' }}");
        let wish = spec(&[&caller], API);
        bench.must(Command::Apply, &wish).await;
        bench.settled(&wish).await.expect("all is done");
        assert_eq!(sids(&bench).await, ["apigateway", "caller-apigateway"]);
    });
}
