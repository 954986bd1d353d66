//! Whatever others write, where every text is theirs: it steers no terminal and no CI system, and makes no line that
//! looks like one of the tool's own.
use std::{
    collections::BTreeSet,
    time::{Duration, Instant, UNIX_EPOCH},
};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    Page, Style, doctor, events::EventStream, logs, markdown, outputs, plan::render_plan, policy,
    progress::Progress, report::partial_report, smoke, tree::ProgressTree,
};
use crate::{
    aws::Error,
    diagnostic::{
        Category, Diagnostic, ExitCode, Failure, RefusedRequest, SourceFile, Span,
        render::{Flow, github, json, sarif, text},
        untrusted::untrusted_json,
    },
    doctor::{FindingLevel, problem, unknown},
    engine::{
        Action, DriftStatus, HiddenValues, KeepReason, KeptOrphan, Loss, Observer, Outcome, Plan, Report,
        Step, StepEvent, Task, Verb, diff,
    },
    iam::size::ManagedPolicy,
    lease::{self, LeaseHolder, Record},
    plan_document::{PlanDocument, PlanOptions, PlanSubject},
    pointer::Pointer,
    smoke::{CheckOutcome, SmokeCheck},
    tail::LogEvent,
};

/// What an attacker would write, bit by bit.
fn odd() -> impl Strategy<Value = String> {
    let bits = prop::sample::select(vec![
        "\u{1b}[2J",
        "\u{1b}[31m",
        "\u{1b}[8m",
        "\u{1b}]0;title\u{7}",
        "\u{9b}2J",
        "\u{7f}",
        "\u{202e}",
        "\u{2066}",
        "\r",
        "\n",
        "\r\n",
        "\u{2028}",
        "\n::error::x",
        "\n \t::add-mask::x",
        "::stop-commands::x",
        "##[add-mask]x",
        "##vso[task.complete]x",
        "\u{1b}[0Ksection_start:1:a\r\u{1b}[0K",
        "\nPlan: 0 to create, 0 to update, 0 to replace, 0 to delete, 9 unchanged.\n",
        "\nNo changes: what is live is what the spec says.\n",
        "\n✓ created key (0.1s)\n",
        "\nerror: gone\n",
        "\n```\n</details>\n",
        "`",
        "|",
        "[x](https://evil.example)",
        "![x](https://evil.example/a.png)",
        "<img src=x>",
        "**b** _i_ ~~s~~",
        "-->",
        "@everyone",
        "x",
    ]);
    let bit = prop_oneof![4 => bits.prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from)];
    prop::collection::vec(bit, 0..5).prop_map(|bits| bits.concat())
}

/// Texts for every place of a document, none twice.
struct Words {
    odd: Vec<String>,
    given: usize,
}

impl Words {
    fn next(&mut self) -> String {
        self.given += 1;
        format!("{}{}", self.odd[self.given % self.odd.len()], self.given)
    }

    fn value(&mut self) -> Value {
        json!({ self.next(): { self.next(): self.next() }, self.next(): [self.next()] })
    }

    fn statement(&mut self) -> Value {
        json!({
            "Effect": "Allow", "Action": [self.next(), self.next()], "Resource": self.next(),
            "Principal": { "AWS": [self.next()] }, "Condition": { self.next(): { self.next(): [self.next()] } },
        })
    }

    fn document(&mut self) -> Value {
        let policy = json!({ self.next(): self.statement(), self.next(): self.statement() });
        json!({ self.next(): self.next(), "deep": self.value(), "policies": { "access": policy } })
    }

    fn step(&mut self, action: Action, before: Option<&Value>, after: Option<&Value>) -> Step {
        Step {
            address: self.next(),
            kind: "iam/role",
            id: self.next(),
            action,
            before: before.cloned(),
            after: after.cloned(),
            drift_status: Some(DriftStatus::Both),
            holds_data: false,
            span: Some(Span { start: 0, end: 3 }),
            warning: Some(self.next()),
            takes_over: Some(self.next()),
            loses: Some(Loss::Others { theirs: self.next(), ours: self.next() }),
            left_out: false,
        }
    }

    fn plan(&mut self) -> Plan {
        let (before, after) = (self.document(), self.document());
        let changes = diff(&before, &after);
        let forced_by: Vec<Pointer> = changes.iter().map(|change| change.pointer.clone()).collect();
        let (was, will) = (Some(&before), Some(&after));
        let steps = vec![
            self.step(Action::Create { props: after.clone() }, None, will),
            self.step(Action::Update { changes: changes.clone() }, was, will),
            self.step(Action::Replace { changes: changes.clone(), forced_by }, was, will),
            self.step(Action::Delete { changes }, was, None),
        ];
        let kept = KeptOrphan { kind: "kms/key", id: self.next(), why: KeepReason::TagAlone };
        let refusals = vec![self.diagnostic(Category::Refusal)];
        let other_origins = BTreeSet::from([self.next()]);
        Plan {
            steps,
            kept: vec![kept],
            refusals,
            other_origins,
            spec: String::new(),
            hidden: HiddenValues::default(),
        }
    }

    fn diagnostic(&mut self, category: Category) -> Diagnostic {
        let request = RefusedRequest {
            operation: self.next(),
            code: self.next(),
            message: self.next(),
            request_id: Some(self.next()),
        };
        let mut diagnostic = self.plain_diagnostic(category);
        diagnostic.context = Some(self.next());
        diagnostic.request = Some(request);
        diagnostic.about(self.next(), Some(Span { start: 0, end: 3 }))
    }

    /// A diagnostic that is about no resource.
    fn plain_diagnostic(&mut self, category: Category) -> Diagnostic {
        let mut diagnostic = Diagnostic::error(category, self.next()).with_hint(self.next());
        diagnostic.details = vec![self.next(), self.next()];
        diagnostic
    }

    fn error(&mut self) -> Error {
        Error::Service {
            operation: "dynamodb:CreateTable",
            code: self.next(),
            message: self.next(),
            request_id: Some(self.next()),
            status: 400,
        }
    }

    fn report(&mut self) -> Report {
        let plan = self.plan();
        let (failed, skipped) = (self.error(), self.next());
        let ends = [
            Outcome::Done(Duration::ZERO),
            Outcome::Failed(failed),
            Outcome::Failed(Error::Interrupted(self.next())),
            Outcome::Skipped(skipped),
        ];
        Report::of_steps(plan.steps.into_iter().zip(ends).collect())
    }

    fn log_events(&mut self) -> Vec<LogEvent> {
        let object = json!({ "level": self.next(), "event": self.next(), self.next(): self.value() });
        let mut event = |message: String| LogEvent {
            id: self.next(),
            time: 1_767_323_045_078,
            source: self.next(),
            message,
        };
        vec![event(object.to_string()), event("START RequestId: \n::error::x\u{1b}".into())]
    }
}

const MARKS: [&str; 11] =
    ["Plan: ", "No changes", "No drift", "Done in ", "✓ ", "✗ ", "+ ", "- ", "error", "warning", "hint: "];

/// A view of a document of `Words`.
type View = fn(&mut Words) -> String;

/// Returns the lines that look like the tool's own, by what they begin with.
fn own_lines(shown: &str) -> Vec<&str> {
    let mark = |line: &str| MARKS.into_iter().find(|mark| line.starts_with(mark));
    shown.lines().filter_map(mark).collect()
}

/// Checks one view: it steers nothing, and has the lines that it would have of harmless words.
fn check(view: View, odd: &[String]) -> Result<(), TestCaseError> {
    let shown = view(&mut Words { odd: odd.to_vec(), given: 0 });
    let plain = view(&mut Words { odd: vec!["x".to_owned()], given: 0 });
    steers_nothing(&shown)?;
    prop_assert_eq!(
        shown.lines().count(),
        plain.lines().count(),
        "{}\nis not as long as\n{}",
        &shown,
        &plain
    );
    prop_assert_eq!(own_lines(&shown), own_lines(&plain), "{}", &shown);
    Ok(())
}

fn steers_nothing(shown: &str) -> Result<(), TestCaseError> {
    let steers = |sign: char| {
        sign.is_control() && !"\n\t".contains(sign)
            || matches!(sign, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    prop_assert!(!shown.contains(steers), "{:?}", shown);
    let command =
        |line: &str| line.trim_start().starts_with("::") || line.contains("##[") || line.contains("##vso[");
    prop_assert!(!shown.lines().any(command), "{}", shown);
    Ok(())
}

fn draw_plan(words: &mut Words) -> String {
    render_plan(&words.plan(), Style(false)).to_string()
}

fn draw_report(words: &mut Words) -> String {
    partial_report(&words.report(), &SourceFile::new("copilot.yaml", "a: 1\n"), Style(false)).to_string()
}

fn draw_diagnostics(words: &mut Words) -> String {
    let source = SourceFile::new("copilot.yaml", format!("{}\n", words.next().replace(['\n', '\r'], "")));
    let categories =
        [Category::Rule("some-rule"), Category::Aws, Category::Read, Category::Step, Category::Refusal];
    let mut found = categories.map(|category| words.diagnostic(category)).to_vec();
    found.push(Diagnostic { span: Some(Span { start: 0, end: 9 }), ..found[0].clone() });
    let failure = Failure::in_source(ExitCode::Failed, source, found);
    text::failure(&failure, Style(false)).to_string()
}

fn draw_progress(words: &mut Words) -> String {
    let task = |words: &mut Words| Task {
        address: words.next(),
        kind: "iam/role",
        verb: Verb::Create,
        needs: Vec::new(),
    };
    let (first, second, began) = (task(words), task(words), Instant::now());
    let mut tree = ProgressTree::new(vec![first.clone(), second], began);
    tree.start_task(&first.address, began);
    tree.note_wait(&first.address, &words.next());
    let progress = Progress::new(false, true, Style(false), Vec::new());
    progress.on(&StepEvent::Started { address: &first.address, verb: Verb::Create });
    progress.on(&StepEvent::Waiting { address: &first.address, what: &words.next() });
    let mut page = Page::new(Style(false));
    for line in progress.in_flight() {
        page.line(line);
    }
    format!("{}\n{page}", tree.render_lines(began, 80, 20).join("\n"))
}

fn draw_findings(words: &mut Words) -> String {
    let (drift, models) = (words.plain_diagnostic(Category::Aws), words.plain_diagnostic(Category::Aws));
    let found = [problem("drift", &drift), unknown("models", &models)];
    assert_eq!(found[0].0, FindingLevel::Problem);
    doctor::render_findings(&found, Style(false)).to_string()
}

fn draw_smoke(words: &mut Words) -> String {
    let outcomes = [CheckOutcome::Passed, CheckOutcome::Skipped, CheckOutcome::Failed];
    let step = |outcome: fn(String) -> CheckOutcome| {
        let (outcome, took) = (outcome(words.next()), Duration::ZERO);
        let step = SmokeCheck { name: "connect", outcome, took, hint: Some("look") };
        smoke::render_step(&step, Style(false)).to_string()
    };
    outcomes.map(step).concat()
}

fn draw_logs(words: &mut Words) -> String {
    let events = words.log_events();
    let labels = events.iter().map(|event| event.source.clone()).collect();
    logs::LogPrinter::new(labels, Style(false)).render_events(&events).to_string()
}

fn draw_lease(words: &mut Words) -> String {
    let holder = LeaseHolder {
        who: words.next(),
        host: words.next(),
        pid: 1,
        command: words.next(),
        run: Some(words.next()),
    };
    let record = Record {
        holder: Some(holder),
        token: 1,
        grant: words.next(),
        renewals: 1,
        since: UNIX_EPOCH,
        renewed: UNIX_EPOCH,
        ttl: Duration::ZERO,
    };
    let failed = lease::Error::StoreFailed(words.error());
    let failures = [lease::Error::Held(Box::new(record)), failed].map(Failure::from);
    failures.map(|failure| text::failure(&failure, Style(false)).to_string()).concat()
}

fn draw_outputs(words: &mut Words) -> String {
    let values = vec![("Url".to_owned(), words.next()), ("Table".to_owned(), words.next())];
    outputs::outputs_text(&values).to_string()
}

fn draw_policies(words: &mut Words) -> String {
    let sid = words.next();
    let mut statement = words.statement();
    statement["Sid"] = json!(sid);
    let mut reasons = serde_json::Map::new();
    reasons.insert(sid, json!(words.next()));
    let document = json!({ "Statement": [statement] });
    let (name, purpose) = ("plan".to_owned(), words.next());
    policy::deployer_text(&[ManagedPolicy { name, purpose, characters: 1, document, reasons }]).to_string()
}

fn document(words: &mut Words) -> PlanDocument {
    let source = SourceFile::new(words.next(), "a: 1\n");
    let (stack, account, region) = (words.next(), words.next(), words.next());
    let choices = PlanOptions {
        delete_data: false,
        allow_replace: vec![words.next()],
        targets: vec![words.next()],
        drift_only: false,
    };
    let about = PlanSubject { stack: &stack, account: &account, region: &region, source: &source, choices };
    PlanDocument::of(&words.plan(), about)
}

fn draw_comment(words: &mut Words) -> String {
    let mut plan = document(words);
    "2026-01-01T00:00:00Z".clone_into(&mut plan.created);
    markdown::render_plan_comment(&plan)
}

/// Returns a comment without its fenced blocks, code spans and escaped characters, and without the lines that are HTML,
/// in which Markdown reads nothing.
fn words_of_comment(comment: &str) -> String {
    let (mut words, mut fence) = (String::new(), None::<String>);
    for line in comment.lines() {
        match &fence {
            Some(end) if line == end => fence = None,
            Some(_) => {}
            None if line.starts_with("```") => fence = Some(line.replace("diff", "")),
            None if line.starts_with("<details>") => words += &line.replace(|sign| sign != '<', ""),
            None => words.extend([without_code(line), "\n".to_owned()]),
        }
    }
    words
}

fn without_code(line: &str) -> String {
    let (mut out, mut rest) = (String::new(), line);
    while let Some(at) = rest.find(['`', '\\']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with('\\') {
            rest = rest.get(2..).unwrap_or_default();
            continue;
        }
        let run = rest.len() - rest.trim_start_matches('`').len();
        let (open, after) = rest.split_at(run);
        let ends = |at: &usize| !after[..*at].ends_with('`') && !after[*at + run..].starts_with('`');
        let close = after.match_indices(open).map(|(at, _)| at).find(ends);
        rest = close.map_or(after, |at| &after[at + run..]);
    }
    out + rest
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_view_for_people_lets_others_speak_for_it(odd in prop::collection::vec(odd(), 1..40)) {
        let views: [View; 11] = [
            draw_plan, draw_report, draw_diagnostics, draw_progress, draw_findings, draw_smoke, draw_logs,
            draw_lease, draw_outputs, draw_policies, draw_comment,
        ];
        for view in views {
            check(view, &odd)?;
        }
    }

    #[test]
    fn a_comment_has_no_links_images_tags_or_mentions_of_others(
        odd in prop::collection::vec(odd(), 1..40),
    ) {
        let shown = words_of_comment(&draw_comment(&mut Words { odd, given: 0 }));
        let plain = words_of_comment(&draw_comment(&mut Words { odd: vec!["x".to_owned()], given: 0 }));
        for mark in ["[", "]", "!", "@", "**", "`"] {
            let count = |text: &str| text.matches(mark).count();
            prop_assert_eq!(count(&shown), count(&plain), "{} in {}", mark, &shown);
        }
        let tags = |text: &str| text.matches('<').count() - text.matches("<br>").count();
        prop_assert_eq!(tags(&shown), tags(&plain), "{}", &shown);
    }

    #[test]
    fn annotations_stay_one_line_each(odd in prop::collection::vec(odd(), 1..40)) {
        let mut words = Words { odd, given: 0 };
        let source = SourceFile::new(words.next(), "a: 1\n");
        let found = [words.diagnostic(Category::Step), words.diagnostic(Category::Rule("some-rule"))];
        for line in github::annotations(Some(&source), &found) {
            prop_assert!(line.starts_with("::error ") && !line.contains(['\n', '\r']), "{}", line);
            steers_nothing(line.trim_start_matches("::"))?;
        }
    }

    #[test]
    fn json_says_the_same_and_steers_nothing(odd in prop::collection::vec(odd(), 1..40)) {
        let mut words = Words { odd, given: 0 };
        let (plan, source) = (document(&mut words), SourceFile::new(words.next(), "a: 1\n"));
        let found = [words.diagnostic(Category::Rule("some-rule"))];
        let failure = Failure::in_source(ExitCode::Failed, source.clone(), found.to_vec());
        let events = words.log_events();
        let stream = EventStream::new(Vec::new());
        let (report, error) = (words.report(), words.error());
        stream.emit_summary(&report.steps, Duration::ZERO, |_| None);
        stream.on(&StepEvent::Started { address: &words.next(), verb: Verb::Create });
        stream.on(&StepEvent::Failed { address: &words.next(), verb: Verb::Create, error: &error });
        stream.emit_failure(&failure);
        let lines = String::from_utf8(stream.into_inner()).unwrap();
        for line in lines.lines() {
            prop_assert!(serde_json::from_str::<Value>(line).is_ok(), "{}", line);
        }
        steers_nothing(&lines)?;
        for text in [
            format!("{:#}\n", json!(plan)),
            json::findings(&source, &found, &found, &[]),
            json::failure(&failure),
            sarif::log(&source, &found, &found, &[]),
            logs::event_json(&events[0]),
        ] {
            let shown = untrusted_json(&text);
            steers_nothing(&shown)?;
            let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
            prop_assert_eq!(read(&shown), read(&text));
        }
    }

    #[test]
    fn an_answer_in_pieces_steers_nothing(pieces in prop::collection::vec(odd(), 1..40)) {
        let mut flow = Flow::default();
        let shown: String = pieces.iter().map(|piece| flow.piece(piece).to_string()).collect();
        steers_nothing(&shown)?;
        prop_assert!(shown.lines().all(|line| line.is_empty() || line.starts_with("  ")), "{}", shown);
    }
}
