//! Where the warnings of a spec are told: in full where it is decided on, as a count elsewhere.
use crate::support::{
    empty::{Cloud, ONE},
    program::run,
};

/// An input that nothing uses: one more warning than the table gives.
const WARNED: &str = "inputs: { spare: { value: nothing } }\noutputs: { Table: \"${tables.items.name}\" }\n";

#[test]
fn warnings_are_told_in_full_where_the_spec_is_decided_on_and_counted_elsewhere() {
    let cloud = Cloud::new();
    let spec = cloud.spec("copilot.yaml", &format!("{ONE}{WARNED}"));
    for command in ["validate", "plan", "apply --yes", "plan"] {
        let ended = run(&cloud, &spec, command);
        ended.is(0, &[]);
        assert_eq!(ended.err.matches("warning[unused-input]").count(), 1, "{command}: {}", ended.err);
    }
    for command in ["outputs", "doctor", "logs", "destroy --yes --delete-data"] {
        let ended = run(&cloud, &spec, command);
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
    let cloud = Cloud::new();
    let spec = cloud.spec("copilot.yaml", &format!("{ONE}{WARNED}"));
    run(&cloud, &spec, "apply --yes -q").is(0, &[]);
    let ended = run(&cloud, &spec, "outputs -q Table --raw");
    assert_eq!((ended.out.as_str(), ended.err.as_str()), ("shop-items\n", ""));
}
