//! The table against the code: nothing is called that it does not hold.
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use super::*;

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

/// The clients of [`crate::aws::Aws`], and the services that IAM knows them as.
const CLIENTS: [(&str, &str); 11] = [
    ("bedrock", "bedrock"),
    ("dynamodb", "dynamodb"),
    ("kms", "kms"),
    ("iam", "iam"),
    ("lambda", "lambda"),
    ("logs", "logs"),
    ("apis", "apigateway"),
    ("gateway", "apigateway"),
    ("cloudformation", "cloudformation"),
    ("tagging", "tag"),
    ("sts", "sts"),
];

/// Every operation that the code builds a call of, wherever the call is sent.
fn called() -> BTreeSet<String> {
    let mut found = BTreeSet::from(["sts:GetCallerIdentity".to_owned()]); // its client is not kept
    for path in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let text: String = fs::read_to_string(path).unwrap().split_whitespace().collect();
        for (client, service) in CLIENTS {
            for rest in text.split(&format!("aws.{client}().")).skip(1) {
                let method = rest.split(['(', ':']).next().unwrap();
                let words = method.split('_').map(|word| word[..1].to_uppercase() + &word[1..]);
                found.insert(format!("{service}:{}", words.collect::<String>()));
            }
        }
    }
    found
}

#[test]
fn the_table_holds_every_operation_that_the_code_calls_and_no_other() {
    let table: BTreeSet<String> = OPERATIONS.iter().map(|one| one.name.to_owned()).collect();
    assert_eq!(table.len(), OPERATIONS.len(), "an operation stands there twice");
    let called = called();
    let missing: Vec<_> = called.difference(&table).collect();
    let unused: Vec<_> = table.difference(&called).collect();
    assert!(missing.is_empty() && unused.is_empty(), "missing: {missing:#?}\nnot called: {unused:#?}");
}
