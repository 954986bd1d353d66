//! Every example lives: applied, planned again, drifted, mended, destroyed.
use std::{fs, thread};

use serde_json::json;

use crate::support::account::Account;

#[test]
fn every_example_can_be_lived_with() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let specs: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "yaml")).collect();
    assert!(specs.len() >= 2, "{specs:?}");
    thread::scope(|scope| {
        for path in &specs {
            scope.spawn(move || live(path.to_str().unwrap()));
        }
    });
}

fn live(path: &str) {
    let account = Account::new();
    let run = |arguments: &[&str]| account.run(&[arguments, &["-f", path]].concat());
    run(&["validate"]).exits(0);
    run(&["apply", "--yes"]).exits(0);
    run(&["plan", "--detailed-exitcode"]).exits(0);
    for name in account.facts()["functions"].as_object().unwrap().keys() {
        let change = json!({"FunctionName": name, "Timeout": 3});
        account.boto("lambda", "update_function_configuration", change);
    }
    run(&["plan", "--detailed-exitcode"]).exits(2);
    run(&["apply", "--yes"]).exits(0);
    run(&["plan", "--detailed-exitcode"]).exits(0);
    run(&["outputs"]).exits(0);
    run(&["destroy", "--yes", "--delete-data"]).exits(0);
    let facts = account.facts();
    for kind in ["functions", "apis", "log_groups", "tables"] {
        assert_eq!(facts[kind], json!({}), "{path}: {kind}");
    }
}
