//! Answers that cannot be read are errors, never a sign that something is absent.
use crate::support::{
    project::{Project, TABLES},
    stand_in::{Answer, JSON, caller, stand_in},
};

fn page(_: &str) -> Answer {
    (200, "text/html", "<html>Please sign in</html>".into())
}

#[test]
fn a_page_is_told_from_a_refusal() {
    let url = stand_in(page);
    for status in [200, 403, 502] {
        let url =
            if status == 200 { url.clone() } else { stand_in(move |it| (status, "text/html", page(it).2)) };
        let told = format!("sts:GetCallerIdentity got an answer that is not AWS's: HTTP {status}, text/html");
        let ended = Project::on(TABLES).run(&["plan", "--endpoint-url", &url]).exits(1).says(&[
            &told,
            "hint: see that `--endpoint-url`",
            "proxy",
        ]);
        assert!(!ended.err.contains("Please sign in"), "{}", ended.err);
    }
}

#[test]
fn an_answer_without_a_member_is_never_taken_for_absent() {
    let nothing = |request: &str| caller(request).unwrap_or_else(|| (200, JSON, "{}".into()));
    let url = stand_in(nothing);
    let ended = Project::on(TABLES).run(&["plan", "--endpoint-url", &url]).exits(1).says(&[
        "reading tables.items failed",
        "dynamodb:DescribeTable got an answer",
        "it has no `Table`",
    ]);
    assert_eq!(ended.out, "");
    let ended = Project::on(&format!("{TABLES}outputs:\n  Table: ${{tables.items.name}}\n"));
    ended.run(&["outputs", "--endpoint-url", &url]).exits(1).says(&["it has no `Table`"]);
    Project::on("key: { alias: shop }\n")
        .run(&["plan", "--endpoint-url", &url])
        .exits(1)
        .says(&["it has no `KeyMetadata`"]);
}
