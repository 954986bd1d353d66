//! What the program writes of itself: a first spec, the schema, completions and the manual page.
use crate::support::project::Project;

#[test]
fn init_writes_a_valid_spec_and_never_over_another() {
    let project = Project::empty();
    project.run(&["init"]).exits(0).without_result().says(&["wrote `copilot.yaml`"]);
    project.run(&["validate"]).exits(0);
    let again = project.run(&["init"]).exits(1).says(&["`copilot.yaml` exists already"]);
    assert_eq!(again.out, "");
    project.run(&["init", "other.yaml"]).exits(0);
    project.run(&["init", "no/such/folder.yaml"]).exits(1).says(&["cannot write"]);
}

#[test]
fn the_schema_is_json_and_knows_every_part_of_the_spec() {
    let schema = Project::empty().run(&["schema"]).exits(0).json();
    for part in ["version", "stack", "inputs", "key", "tables", "functions", "api", "outputs"] {
        assert!(schema["properties"][part].is_object(), "{part}");
    }
}

#[test]
fn completions_and_the_manual_page_name_every_command() {
    let project = Project::empty();
    let pages = ["bash", "zsh", "fish"].map(|shell| project.run(&["completions", shell]).exits(0).out);
    for page in pages.iter().chain([&project.run(&["man"]).exits(0).out]) {
        for command in ["init", "validate", "plan", "apply", "outputs", "destroy", "local", "schema"] {
            assert!(page.contains(command), "{command} in {page}");
        }
    }
}
