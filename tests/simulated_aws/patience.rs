//! Patience that is bounded: what passes is waited for, what does not fails at once, and a wait can be ended.
use std::{collections::BTreeSet, sync::Mutex, time::Duration};

use copilot_infra::aws::{Cx, Error, Result, RetryDecision, interrupt_pair};
use copilot_infra_simulator::{Fault, Record, Script, Switches, Words};
use tokio::time::Instant;

use crate::{
    bench::{Bench, Command, End, spread, text},
    contract::fresh,
    specs,
};

fn bench() -> Bench {
    Bench::new(3, Switches { page: 100, ..Switches::default() })
}

/// The operations that change something in an apply of the small stack.
fn writes() -> Vec<String> {
    let writes = spread(1, async |_| {
        let bench = bench();
        Box::pin(bench.must(Command::Apply, &specs::before())).await;
        let records = bench.sim.records();
        records.into_iter().filter(Record::is_write).map(|call| call.operation).collect::<BTreeSet<_>>()
    });
    writes.into_iter().flatten().collect()
}

/// Runs `check` on an apply of the small stack for each of its writes, the first of which meets `fault`.
fn each_write(fault: Fault, check: impl Fn(&str, &Bench, &End) -> std::result::Result<(), String> + Sync) {
    let writes = writes();
    assert!(writes.len() > 15, "{writes:?}");
    let found = spread(writes.len(), async |at| {
        let (bench, operation) = (bench(), &writes[at]);
        let script = Script { on: vec![(operation.clone(), 0, fault)], ..Script::default() };
        let end = Box::pin(bench.run(Command::Apply, &specs::before(), script)).await;
        check(operation, &bench, &end)
            .map_err(|why| format!("{operation}: {why}: {end:?}\n{}", bench.story()))
    });
    let broken: Vec<_> = found.into_iter().filter_map(std::result::Result::err).collect();
    assert!(broken.is_empty(), "{}", broken.join("\n\n"));
}

/// The calls of `operation` about the same as its first.
fn attempts(bench: &Bench, operation: &str) -> Vec<Record> {
    let all = bench.sim.records().into_iter().filter(|call| call.operation == operation);
    let all: Vec<Record> = all.collect();
    all.iter().filter(|call| call.about == all[0].about).cloned().collect()
}

/// Whether an operation is about the key that an apply of the small stack makes, whose tags count late.
fn is_about_new_key(operation: &str) -> bool {
    operation.starts_with("kms:") && operation != "kms:CreateKey"
}

fn has_failed_in_the_words_of_aws(end: &End) -> std::result::Result<(), String> {
    let End::Partial(why) = end else { return Err("it does not fail".into()) };
    let words = |why: &String| why.contains("is not authorized to perform") && why.contains("request id");
    if why.iter().any(words) { Ok(()) } else { Err("the words of AWS are lost".into()) }
}

#[test]
fn a_denied_write_fails_at_once_unless_it_is_about_a_key_of_this_run() {
    for fault in [Fault::Denied, Fault::DeniedFor(290)] {
        each_write(fault, |operation, bench, end| {
            if is_about_new_key(operation) {
                return if end.is_good() { Ok(()) } else { Err("it is not waited for".into()) };
            }
            has_failed_in_the_words_of_aws(end)?;
            let calls = attempts(bench, operation);
            let again = calls.get(1).filter(|call| !call.about.is_empty() && call.at > calls[0].at);
            again.map_or(Ok(()), |_| Err(format!("it is tried again: {calls:?}")))
        });
    }
}

#[test]
fn a_lasting_denial_about_a_key_of_this_run_is_an_error_after_six_minutes() {
    each_write(Fault::DeniedFor(3600), |operation, bench, end| {
        if !is_about_new_key(operation) {
            return Ok(());
        }
        has_failed_in_the_words_of_aws(end)?;
        let calls = attempts(bench, operation);
        let took = Duration::from_millis(calls[calls.len() - 1].at - calls[0].at);
        let bounded = took > Duration::from_mins(5) && took <= Duration::from_mins(6);
        if bounded { Ok(()) } else { Err(format!("it is tried for {took:?}")) }
    });
}

#[test]
fn a_throttled_write_is_tried_again_after_a_pause_that_varies() {
    let gaps = Mutex::new(BTreeSet::new());
    each_write(Fault::Throttle, |operation, bench, end| {
        if !end.is_good() {
            return Err("it does not get through".into());
        }
        if let [first, second, ..] = &attempts(bench, operation)[..] {
            gaps.lock().expect("no thread dies").insert(second.at - first.at);
        }
        Ok(())
    });
    let gaps = gaps.into_inner().expect("no thread dies");
    assert!(gaps.len() > 10, "the pauses are all alike: {gaps:?}");
}

/// A refusal that passes once a change made a moment ago has spread, and what must have changed for that.
struct Spreading {
    words: Words,
    /// Removes what will have to be made again, and nothing that the refusal is about.
    remove: fn(&Bench) -> std::pin::Pin<Box<dyn Future<Output = ()> + '_>>,
}

const SPREADING: [Spreading; 2] = [
    Spreading {
        words: Words {
            operation: "lambda:CreateFunction",
            status: 400,
            code: "InvalidParameterValueException",
            message: "The role defined for the function cannot be assumed by Lambda.",
        },
        remove: |bench| {
            Box::pin(async {
                let call = bench.aws().lambda().delete_function().function_name("small-guard").send().await;
                call.expect("it is there");
            })
        },
    },
    Spreading {
        words: Words {
            operation: "logs:CreateLogGroup",
            status: 400,
            code: "AccessDeniedException",
            message: "The specified KMS key does not exist or is not allowed to be used with Arn 'x'",
        },
        remove: |bench| {
            Box::pin(async {
                let name = "/aws/lambda/small-guard";
                let call = bench.aws().logs().delete_log_group().log_group_name(name).send().await;
                call.expect("it is there");
            })
        },
    },
];

/// How often the refused operation is tried for the same thing, and how long that takes.
async fn stubbornness(bench: &Bench, words: &Words) -> std::result::Result<(usize, Duration), String> {
    let began = Instant::now();
    let script = Script { refusals: vec![words.clone()], ..Script::default() };
    let end = Box::pin(bench.run(Command::Apply, &specs::before(), script)).await;
    let End::Partial(why) = &end else { return Err(format!("it does not fail: {end:?}")) };
    if !why.iter().any(|why| why.contains(words.message)) {
        return Err(format!("the words of AWS are lost: {why:?}"));
    }
    Ok((attempts(bench, words.operation).len(), began.elapsed()))
}

#[test]
fn what_must_spread_is_waited_for_only_if_it_just_changed() {
    let found = spread(SPREADING.len(), async |at| {
        let Spreading { words, remove } = &SPREADING[at];
        let (tries, took) = stubbornness(&bench(), words).await?;
        if tries < 3 || took > Duration::from_mins(30) {
            return Err(format!("{}: new, yet {tries} tries in {took:?}", words.operation));
        }
        let bench = bench();
        Box::pin(bench.must(Command::Apply, &specs::before())).await;
        tokio::time::sleep(Duration::from_mins(10)).await;
        remove(&bench).await;
        tokio::time::sleep(Duration::from_mins(1)).await;
        let (tries, took) = stubbornness(&bench, words).await?;
        // Half a minute is for what was changed just before the run, such as by one that was killed.
        if took > Duration::from_secs(45) {
            return Err(format!("{}: old, yet {tries} tries in {took:?}", words.operation));
        }
        Ok(())
    });
    let broken: Vec<String> = found.into_iter().filter_map(std::result::Result::err).collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn an_interrupted_wait_ends_within_its_grace_and_is_resumed() {
    let found = spread(1, async |_| {
        let wish = |index: &str| {
            text(&format!(
                "version: 1\nstack: small\nregion: us-east-1\ntables:\n  t:\n    partition_key: {{ name: id, type: S }}\n{index}"
            ))
        };
        let later = wish("    indexes:\n      ByUser: { partition_key: { name: user, type: S } }\n");
        let bench = bench();
        Box::pin(bench.must(Command::Apply, &wish(""))).await;
        let began = Instant::now();
        let signal = async {
            tokio::time::sleep(Duration::from_mins(2)).await;
            bench.trigger.raise_urgency();
            std::future::pending().await
        };
        let end = tokio::select! {
            end = Box::pin(bench.run(Command::Apply, &later, Script::default())) => end,
            end = signal => end,
        };
        let took = began.elapsed();
        assert!(took >= Duration::from_mins(2) && took <= Duration::from_secs(150), "{took:?}");
        let told = matches!(&end, End::Partial(why) if why.iter().any(|why| why.contains("interrupted while waiting")));
        assert!(told, "{end:?}");
        let bench = Bench::from_snapshot(4, &bench.sim.snapshot());
        // AWS goes on building what the run no longer waits for, and the next plan says so.
        let plan = Box::pin(bench.plan(&later)).await?;
        let warned = plan.steps.iter().filter_map(|step| step.warning.as_deref());
        assert_eq!(warned.collect::<Vec<_>>(), ["index `ByUser` is still being built"]);
        Box::pin(bench.must(Command::Apply, &later)).await;
        bench.settled(&later).await.map(drop)
    });
    assert_eq!(found, [Ok(())]);
}

#[test]
fn a_wait_has_one_budget_and_tells_what_it_waits_for() {
    let budget = Duration::from_secs(100);
    spread(1, async |_| {
        let heard = Mutex::new(Vec::new());
        let note = |what: &str| heard.lock().expect("no thread dies").push(what.to_owned());
        let began = Instant::now();
        let ended: Result<()> = fresh(bench().aws(), "any", async |cx: &Cx<'_>| {
            let cx = Cx { on_wait: &note, ..*cx };
            cx.poll_until("the moon", budget, Duration::from_secs(7), async || Ok(None::<()>)).await
        })
        .await;
        assert_eq!(began.elapsed(), budget);
        assert!(matches!(&ended, Err(Error::TimedOut { what, .. }) if what == "the moon"), "{ended:?}");
        assert!(heard.lock().expect("no thread dies").iter().all(|what| what == "the moon"));
        assert!(!heard.lock().expect("no thread dies").is_empty());
    });
}

#[test]
fn trying_again_ends_with_the_last_refusal() {
    let refusal = || Error::InvalidState("not yet".into());
    spread(1, async |_| {
        let began = Instant::now();
        let ended: Result<()> = fresh(bench().aws(), "any", async |cx: &Cx<'_>| {
            let verdict = |_: &Error| RetryDecision::After(Duration::from_secs(9));
            cx.retry_until_ok("it", Duration::from_mins(1), verdict, async || Err(refusal())).await
        })
        .await;
        assert_eq!(ended, Err(refusal()));
        assert!(began.elapsed() <= Duration::from_mins(1), "{:?}", began.elapsed());
        assert!(began.elapsed() >= Duration::from_secs(45), "{:?}", began.elapsed());
    });
}

#[test]
fn a_second_signal_ends_a_wait_at_once() {
    spread(1, async |_| {
        let began = Instant::now();
        let (trigger, interrupt) = interrupt_pair();
        trigger.raise_urgency();
        trigger.raise_urgency();
        let ended: Result<()> = fresh(bench().aws(), "any", async |cx: &Cx<'_>| {
            let cx = Cx { interrupt: &interrupt, ..*cx };
            cx.sleep_or_interrupt("the moon", Duration::from_mins(1)).await
        })
        .await;
        assert_eq!(ended, Err(Error::Interrupted("the moon".into())));
        assert_eq!(began.elapsed(), Duration::ZERO);
    });
}
