//! What `doctor` says of Bedrock's models.
use copilot_infra::{
    diagnostic::{Category, SourceFile},
    doctor::{Checked, FindingLevel},
    manifest::{self, Loaded},
};
use copilot_infra_simulator::Switches;

use crate::bench::{Bench, deep};

fn spec(model: &str) -> Loaded {
    let text = format!(
        "version: 1\nstack: demo\nfunctions:\n  chat:\n    handler: websocket-handler.handler\n    access: {{ models: \
         [\"{model}\"] }}\n"
    );
    manifest::parse_offline(&SourceFile::new("copilot.yaml", text), |_, _| Vec::new()).unwrap()
}

/// The level and the words of a check's findings.
fn said(found: &[Checked], check: &'static str) -> Vec<(FindingLevel, String)> {
    let of_check = found.iter().filter(|(_, one)| one.category == Category::Check(check));
    of_check.map(|(level, one)| (*level, one.message.clone())).collect()
}

#[test]
fn a_model_of_others_needs_an_agreement_before_its_first_call() {
    deep(async || {
        let bench = Bench::new(1, Switches::default());
        let sold = spec("us.anthropic.claude-sonnet-5-5");
        let access = said(&bench.doctor(&sold).await, "model access");
        let missing = "this account cannot call `anthropic.claude-sonnet-5-5` for long: its agreement on AWS \
                       Marketplace is not made, the account is not entitled to it";
        assert_eq!(access, [(FindingLevel::Warning, missing.to_owned())]);
        let agree = bench.aws().bedrock().create_foundation_model_agreement();
        agree.model_id("anthropic.claude-sonnet-5-5").offer_token("t").send().await.unwrap();
        for spec in [sold, spec("amazon.nova-pro-v1:0")] {
            let access = said(&bench.doctor(&spec).await, "model access");
            assert!(matches!(&access[..], [(FindingLevel::Fine, _)]), "{access:?}");
        }
    });
}

#[test]
fn a_model_that_answers_through_a_profile_only_is_a_problem_by_itself() {
    deep(async || {
        let bench = Bench::new(1, Switches::default());
        let bare = said(&bench.doctor(&spec("anthropic.claude-sonnet-4-6")).await, "models");
        let through = "`anthropic.claude-sonnet-4-6` answers through an inference profile only".to_owned();
        assert!(bare.contains(&(FindingLevel::Problem, through)), "{bare:?}");
        for good in ["us.anthropic.claude-sonnet-4-6", "anthropic.claude-sonnet-5-5"] {
            let found = said(&bench.doctor(&spec(good)).await, "models");
            assert!(found.iter().all(|(level, _)| *level == FindingLevel::Fine), "{found:?}");
        }
    });
}

#[test]
fn a_legacy_model_is_warned_of_with_its_dates() {
    deep(async || {
        let bench = Bench::new(1, Switches::default());
        let found = said(&bench.doctor(&spec("us.anthropic.claude-opus-4-1-20250805-v1:0")).await, "models");
        let (level, words) = &found[0];
        assert_eq!(*level, FindingLevel::Warning);
        let dates = "is legacy, at the provider's extended price from 2026-10-08, end of life on 2227-01-08";
        assert!(words.ends_with(dates), "{words}");
    });
}
