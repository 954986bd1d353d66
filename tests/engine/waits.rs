//! Patience: one budget for each wait, and a creation that is sent once is looked for when its answer is lost.
use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use copilot_infra::aws::{Error, Result, RetryDecision, create_once};
use tokio::time::Instant;

use super::toy::Bench;

const SECOND: Duration = Duration::from_secs(1);

fn refused(code: &str, status: u16) -> Error {
    Error::Service {
        operation: "toy:Create",
        code: code.into(),
        message: "no".into(),
        request_id: None,
        status,
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_looks_until_its_budget_is_used_and_once_more() {
    let (bench, looks, start) = (Bench::new(), Cell::new(0), Instant::now());
    let look = async || {
        looks.set(looks.get() + 1);
        Ok(None::<()>)
    };
    let end = bench.cx().poll_until("the toy", 10 * SECOND, 4 * SECOND, look).await;
    assert!(matches!(end, Err(Error::TimedOut { budget, .. }) if budget == 10 * SECOND), "{end:?}");
    assert_eq!((looks.get(), start.elapsed().as_secs()), (4, 10), "after 0, 4, 8 and 10 seconds");
}

#[tokio::test(start_paused = true)]
async fn only_a_hopeful_error_is_tried_again_within_its_budget() {
    let (bench, start) = (Bench::new(), Instant::now());
    let tries = RefCell::new(Vec::new());
    let attempt = async || -> Result<()> {
        tries.borrow_mut().push(start.elapsed());
        Err(refused("Busy", 400))
    };
    let end =
        bench.cx().retry_until_ok("room", 100 * SECOND, |_| RetryDecision::After(8 * SECOND), attempt).await;
    assert_eq!(end, Err(refused("Busy", 400)));
    let tries = tries.take();
    let gaps: Vec<_> = tries.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).collect();
    assert!(gaps.iter().all(|gap| (6 * SECOND..=10 * SECOND).contains(gap)), "{gaps:?}");
    assert!(gaps.windows(2).any(|pair| pair[0] != pair[1]), "they spread out: {gaps:?}");
    let last = *tries.last().unwrap();
    assert!((90 * SECOND..100 * SECOND).contains(&last), "the last try is at {last:?}");
    let start = Instant::now();
    let attempt = async || -> Result<()> { Err(refused("Never", 400)) };
    let end = bench.cx().retry_until_ok("room", 100 * SECOND, |_| RetryDecision::GiveUp, attempt).await;
    assert_eq!((end, start.elapsed()), (Err(refused("Never", 400)), Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn a_wait_ends_when_the_run_is_to_end() {
    let (bench, start) = (Bench::new(), Instant::now());
    let trigger = bench.trigger.clone();
    tokio::spawn(async move {
        tokio::time::sleep(3 * SECOND).await;
        trigger.raise_urgency(); // finishes what runs
        trigger.raise_urgency();
    });
    let end = bench.cx().poll_until("the toy", 60 * SECOND, 40 * SECOND, async || Ok(None::<()>)).await;
    assert_eq!(end, Err(Error::Interrupted("the toy".into())));
    assert_eq!(start.elapsed().as_secs(), 3);
}

/// Creates once with `answers`, one for each request, while `found` says from when on it can be seen.
async fn create(answers: &[Result<u8>], seen_after: Option<Duration>) -> (Result<u8>, usize, Duration) {
    let (bench, sent, start) = (Bench::new(), Cell::new(0), Instant::now());
    let create = async || {
        let answer = answers[sent.get()].clone();
        sent.set(sent.get() + 1);
        answer
    };
    let find = async || Ok(seen_after.filter(|after| start.elapsed() >= *after).map(|_| 7));
    let end = create_once(&bench.cx(), "a toy", create, find).await;
    (end, sent.get(), start.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_creation_whose_answer_is_lost_is_sent_once_and_looked_for() {
    let lost = || Error::NoResponse { operation: "toy:Create", message: "reset".into() };
    for error in [lost(), refused("Internal", 500)] {
        let (end, sent, took) = create(&[Err(error)], Some(5 * SECOND)).await;
        assert_eq!((end, sent), (Ok(7), 1));
        assert!((5 * SECOND..8 * SECOND).contains(&took), "{took:?}");
    }
    let (end, sent, took) = create(&[Err(lost())], None).await;
    assert_eq!((end, sent, took.as_secs()), (Err(lost()), 1, 20));
}

#[tokio::test(start_paused = true)]
async fn a_refused_creation_is_final_and_a_throttled_one_sent_again() {
    let (end, sent, took) = create(&[Err(refused("Limit", 400))], Some(Duration::ZERO)).await;
    assert_eq!((end, sent, took), (Err(refused("Limit", 400)), 1, Duration::ZERO));
    let (end, sent, _) = create(&[Err(refused("Throttling", 400)), Ok(3)], None).await;
    assert_eq!((end, sent), (Ok(3), 2));
}
