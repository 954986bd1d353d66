//! Recorded sessions: a wide terminal, 80 columns, a pipe, CI.
use std::path::Path;

use crate::support::{
    account::Account,
    gate::{Act, Gate},
    program::Run,
    screen::Screen,
};

/// A table, and a function that waits for a role.
pub(crate) const STACK: &str = "\
tables:
  a-table-whose-name-is-as-long-as-ids-may-be-so-that-it-fills-it: { partition_key: { name: id, type: S }, deletion_protection: false }
functions:
  echo: { handler: websocket-handler.messageHandler, environment: {}, access: {} }
";
/// The head of the tree once both stand at the gate and the log group is made.
const HELD: &str = "1 of 5 done, 2 running, 2 waiting";
const PROMPT: &str = "Do this? Only `yes` is taken:";
const TABLE: &[&str] = &["DynamoDB_20120810.CreateTable", "shop-a-table"];
const ROLE: &[&str] = &["Action=CreateRole"];

/// Starts the program with `words` on a terminal.
fn on_screen(
    account: &Account,
    url: &str,
    spec: &Path,
    words: &str,
    columns: u16,
    variables: &[(&str, &str)],
) -> Screen {
    let mut command = account.command_on(url, spec, words);
    command.env("TERM", "xterm-256color").envs(variables.iter().copied());
    Screen::new(command, columns)
}

/// The text without what differs from run to run.
fn redacted(text: &str) -> String {
    let mut text = text.to_owned();
    for (pattern, with) in [
        (r"[0-9]+m[0-9][0-9]s|[0-9]+(\.[0-9])?s\b", "<time>"),
        (r"account [0-9]{12}", "account <account>"),
        ("(?m)^[⠁⠂⠄⡀⢀⠠⠐⠈⠉⠙⠚⠒⠲⠴⠤⠦⠖⠋⠓] ", "* "),
    ] {
        text = regex_lite::Regex::new(pattern).unwrap().replace_all(&text, with).into_owned();
    }
    text
}

fn session(columns: u16) -> (String, String) {
    let account = Account::new();
    let spec = account.shop("copilot.yaml", STACK);
    let gate = Gate::new(&[(TABLE, Act::Hold), (ROLE, Act::Hold)]);
    let screen = on_screen(&account, &gate.url, &spec, "apply", columns, &[]);
    screen.shows(PROMPT);
    // Several draws of the tree later, were it there already, nothing has come after the question.
    std::thread::sleep(std::time::Duration::from_millis(500));
    screen.ends_showing("Plan: 5 to create", PROMPT);
    screen.types("yes\n");
    let during = redacted(&screen.ends_showing(HELD, "then create permissions.echo"));
    // How much of the name is cut depends on how long the time beside it is.
    let cut = regex_lite::Regex::new("as-ids-[a-z]*…").unwrap();
    let during = cut.replace(&during, "as-ids-…").into_owned();
    gate.release(TABLE);
    screen.shows("created tables.");
    gate.open();
    let (code, after, _) = screen.end();
    assert_eq!(code, Some(0), "{after}");
    (during, redacted(&after))
}

/// From the prompt on; the plan before it has tests of its own.
fn from_prompt(text: &str) -> String {
    let from = text.find("Do this?").unwrap();
    text[from..].trim_end().to_owned()
}

#[test]
fn at_80_columns_a_tree_shows_what_runs_and_what_waits_for_it() {
    let (during, after) = session(80);
    insta::assert_snapshot!("80_columns_during", from_prompt(&during));
    insta::assert_snapshot!("80_columns_after", from_prompt(&after));
}

#[test]
fn a_wide_terminal_shows_whole_lines() {
    let (during, after) = session(160);
    insta::assert_snapshot!("wide_during", from_prompt(&during));
    insta::assert_snapshot!("wide_after", from_prompt(&after));
}

#[test]
fn who_is_asked_sees_the_plan_however_quiet_the_run() {
    let account = Account::new();
    let spec = account.shop("copilot.yaml", STACK);
    let screen = on_screen(&account, &account.url, &spec, "apply -q", 160, &[]);
    screen.ends_showing("Plan: 5 to create", PROMPT);
    screen.types("no\n");
    let (code, after, _) = screen.end();
    assert_eq!(code, Some(1), "{after}");
    assert!(after.contains("not agreed; nothing has been changed"), "{after}");
}

#[test]
fn columns_makes_the_tree_narrower() {
    let account = Account::new();
    let spec = account.shop("copilot.yaml", STACK);
    let gate = Gate::new(&[(TABLE, Act::Hold), (ROLE, Act::Hold)]);
    let screen = on_screen(&account, &gate.url, &spec, "apply --yes", 100, &[("COLUMNS", "44")]);
    screen.shows(HELD);
    let tree = screen.text();
    let lines: Vec<_> = tree.lines().filter(|line| line.contains("─ ") || line.contains("running")).collect();
    assert!(lines.len() > 2 && lines.iter().all(|line| line.chars().count() < 44), "{tree}");
    gate.open();
    assert_eq!(screen.end().0, Some(0));
}

#[test]
fn ctrl_c_at_a_terminal_finishes_what_runs() {
    let account = Account::new();
    let spec = account.shop("copilot.yaml", STACK);
    let gate = Gate::new(&[(TABLE, Act::Hold), (ROLE, Act::Hold)]);
    let screen = on_screen(&account, &gate.url, &spec, "apply --yes", 80, &[]);
    screen.shows(HELD);
    screen.types("\u{3}");
    screen.shows("! interrupted: starting nothing new, finishing what runs (2)");
    screen.shows(HELD);
    gate.open();
    let (code, after, _) = screen.end();
    assert_eq!(code, Some(130), "{after}");
    insta::assert_snapshot!("interrupted_after", redacted(&after[after.find("not done:").unwrap()..]));
}

#[test]
fn a_pipe_gets_plain_lines() {
    let account = Account::new();
    let spec = account.shop("copilot.yaml", STACK);
    let words = "apply --yes --parallel 1 -v";
    let ended = Run::of(account.command_on(&account.url, &spec, words).env("COLUMNS", "40"))
        .exits(0)
        .says(&["Done in"]);
    assert!(!ended.err.contains('\u{1b}') && !ended.out.contains('\u{1b}'), "{}", ended.err);
    assert_eq!(ended.out, "", "there are no outputs, and the plan is on stderr");
    let from = ended.err.find("making the table of leases").unwrap();
    let plan = &ended.err[..from];
    assert!(plan.contains("stack `shop` in us-east-1") && plan.contains("Plan: 5 to create"), "{plan}");
    insta::assert_snapshot!("piped", redacted(&events(&ended.err[from..])));
}

#[test]
fn ci_gets_plain_lines_and_no_prompt_even_on_a_terminal() {
    let account = Account::new();
    let spec = account.shop("copilot.yaml", STACK);
    let ci = [("CI", "true"), ("NO_COLOR", "1")];
    let (code, text, _) = on_screen(&account, &account.url, &spec, "apply", 120, &ci).end();
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("there is nobody to ask") && !text.contains("Only `yes`"), "{text}");
    let (code, text, raw) =
        on_screen(&account, &account.url, &spec, "apply --yes --parallel 1", 120, &ci).end();
    assert_eq!(code, Some(0), "{text}");
    assert!(!raw.contains('\u{1b}'), "{raw:?}");
    let from = text.find("making the table of leases").unwrap();
    insta::assert_snapshot!("ci", redacted(&events(&text[from..])));
}

/// Without the log, and without the waits, which are there or not depending on how quick the cloud is.
fn events(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.contains("DEBUG") && !line.contains(": waiting for "));
    lines.collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

#[test]
fn colour_goes_where_it_is_not_wanted_away() {
    let account = Account::new();
    let spec = account.shop("copilot.yaml", STACK);
    let colours = |words: &str, variables: &[(&str, &str)]| {
        let (_, _, raw) = on_screen(&account, &account.url, &spec, words, 80, variables).end();
        regex_lite::Regex::new("\u{1b}\\[[0-9;]*m").unwrap().is_match(&raw)
    };
    for words in ["plan", "plan -v", "apply", "--help", "plan --nonsense"] {
        let words = format!("{words} --no-input");
        assert!(colours(&words, &[]), "`{words}` has colours where they are wanted");
        assert!(!colours(&words, &[("NO_COLOR", "1")]), "`{words}` with NO_COLOR");
        assert!(!colours(&format!("{words} --no-color"), &[]), "`{words}` with --no-color");
        assert!(!colours(&words, &[("TERM", "dumb")]), "`{words}` on a dumb terminal");
    }
}
