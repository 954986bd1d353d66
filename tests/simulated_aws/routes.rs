//! A function on more routes than its policy has statements for.
use copilot_infra::{
    diagnostic::SourceFile,
    manifest::{self, Loaded},
    stack,
};
use copilot_infra_simulator::Switches;
use serde_json::Value;

use crate::bench::{Bench, Command, deep};

/// A function that serves routes whose names begin with `start`.
fn spec(start: &str, count: usize) -> Loaded {
    let routes: Vec<_> = (0..count).map(|at| format!("    {start}-{at:03}: talk\n")).collect();
    let routes = routes.concat();
    let text = format!(
        "version: 1\nstack: wide\nfunctions:\n  talk:\n    handler: websocket-handler.messageHandler\napi:\n  routes:\n\
         {routes}"
    );
    manifest::parse_offline(&SourceFile::new("copilot.yaml", text), stack::lint).unwrap()
}

/// The names of the statements of the function's policy.
async fn statements(bench: &Bench) -> Vec<String> {
    let policy = bench.aws().lambda().get_policy().function_name("wide-talk").send().await.unwrap();
    let policy: Value = serde_json::from_str(policy.policy().unwrap()).unwrap();
    policy["Statement"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["Sid"].as_str().unwrap().to_owned())
        .collect()
}

async fn applied(bench: &Bench, spec: &Loaded) -> Vec<String> {
    bench.must(Command::Apply, spec).await;
    bench.settled(spec).await.unwrap_or_else(|why| panic!("{why}"));
    statements(bench).await
}

#[test]
fn a_hundred_routes_share_a_statement_and_few_have_their_own() {
    deep(async || {
        let bench = Bench::new(1, Switches { lag: 0.0, ..Switches::default() });
        let many = spec("a", 100);
        assert!(many.warnings.iter().any(|one| one.rule() == Some("shared-permission")));
        assert_eq!(applied(&bench, &many).await, ["apigateway-routes"]);
        let few = spec("a", 3);
        assert!(few.warnings.iter().all(|one| one.rule() != Some("shared-permission")));
        assert_eq!(applied(&bench, &few).await, ["apigateway-a-000", "apigateway-a-001", "apigateway-a-002"]);
        assert_eq!(applied(&bench, &many).await, ["apigateway-routes"]);
    });
}

#[test]
fn routes_are_renamed_though_their_policy_has_no_room_for_both() {
    deep(async || {
        let bench = Bench::new(1, Switches { lag: 0.0, ..Switches::default() });
        assert_eq!(applied(&bench, &spec("a", 45)).await.len(), 45);
        let renamed = applied(&bench, &spec("b", 45)).await;
        assert!(
            renamed.len() == 45 && renamed.iter().all(|sid| sid.starts_with("apigateway-b-")),
            "{renamed:?}"
        );
    });
}
