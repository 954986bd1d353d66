//! Where the warnings of a spec are told: in full where it is decided on, as a count elsewhere.
use crate::support::{account::Account, specs::ONE};

/// An input that nothing uses: one more warning than the table gives.
const WARNED: &str = "inputs: { spare: { value: nothing } }\noutputs: { Table: \"${tables.items.name}\" }\n";

#[test]
fn warnings_are_told_where_the_spec_is_decided_on() {
    let account = Account::new();
    let spec = account.shop("copilot.yaml", &format!("{ONE}{WARNED}"));
    for command in ["validate", "plan", "apply --yes", "plan"] {
        let ended = account.run_on(&spec, command).exits(0);
        assert_eq!(ended.err.matches("warning[unused-input]").count(), 1, "{command}: {}", ended.err);
    }
    for command in ["outputs", "doctor", "logs", "destroy --yes --delete-data"] {
        let ended = account.run_on(&spec, command);
        let first = ended.err.lines().next().unwrap_or_default();
        assert!(
            first.ends_with("copilot.yaml: 2 warnings; see `copilot-infra validate`"),
            "{command}: {}",
            ended.err
        );
        assert!(!ended.err.contains("warning["), "{command}: {}", ended.err);
    }
}

#[test]
fn quiet_outputs_are_the_values_alone() {
    let account = Account::new();
    let spec = account.shop("copilot.yaml", &format!("{ONE}{WARNED}"));
    account.run_on(&spec, "apply --yes -q").exits(0);
    let ended = account.run_on(&spec, "outputs -q Table --raw");
    assert_eq!((ended.out.as_str(), ended.err.as_str()), ("shop-items\n", ""));
}
