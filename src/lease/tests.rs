//! Tests of the lease protocol with a fake store and virtual time.
use std::{cell::RefCell, collections::VecDeque, rc::Rc};

use proptest::prelude::*;
use tokio::time::{Instant, sleep};

use super::*;
use crate::aws::{Error as Aws, Result};

/// Fault of the next write.
#[derive(Clone, Copy)]
enum Fault {
    /// The write is done, but no answer comes.
    AnswerLost,
    /// The write never arrives.
    RequestLost,
    Denied,
}

/// A table in memory, shared by the runs of a test.
#[derive(Clone, Default)]
struct Memory(Rc<RefCell<Inner>>);

#[derive(Default)]
struct Inner {
    record: Option<Record>,
    faults: VecDeque<Fault>,
    offline: bool,
    hangs: bool,
}

fn no_answer() -> Aws {
    Aws::NoResponse { operation: "dynamodb:PutItem", message: "reset".into() }
}

impl Memory {
    fn record(&self) -> Record {
        self.0.borrow().record.clone().unwrap()
    }

    fn fail(&self, faults: &[Fault]) {
        self.0.borrow_mut().faults.extend(faults);
    }

    fn lease(&self, host: &str) -> Lease<Memory> {
        let holder = LeaseHolder {
            who: "arn:a".into(),
            host: host.into(),
            pid: 1,
            command: "apply".into(),
            run: None,
        };
        Lease::new(self.clone(), LeaseTiming::default(), holder, WriteDeadline::default())
    }
}

impl LeaseStore for Memory {
    async fn read(&self) -> Result<Option<Record>> {
        Ok(self.0.borrow().record.clone())
    }

    async fn swap(&self, before: Option<&Record>, next: &Record) -> Result<SwapOutcome> {
        if self.0.borrow().hangs {
            std::future::pending::<()>().await;
        }
        let mut inner = self.0.borrow_mut();
        let fault = inner.faults.pop_front();
        match fault {
            _ if inner.offline => return Err(no_answer()),
            Some(Fault::RequestLost) => return Err(no_answer()),
            Some(Fault::Denied) => {
                return Err(Aws::Service {
                    operation: "dynamodb:PutItem",
                    code: "AccessDeniedException".into(),
                    message: "no".into(),
                    request_id: None,
                    status: 400,
                });
            }
            _ => {}
        }
        let version = |record: &Record| (record.grant.clone(), record.renewals);
        if inner.record.as_ref().map(version) != before.map(version) {
            return Ok(SwapOutcome::Other(inner.record.clone()));
        }
        inner.record = Some(next.clone());
        match fault {
            Some(Fault::AnswerLost) => Err(no_answer()),
            _ => Ok(SwapOutcome::Done),
        }
    }
}

fn quiet(_: &Record) {}

/// Works for `time` with the lease renewed; returns the loss if it is lost meanwhile.
#[expect(clippy::disallowed_methods, reason = "time is virtual here")]
async fn work(held: &HeldLease<'_, Memory>, time: Duration) -> Option<LeaseLoss> {
    tokio::select! {
        lost = held.renew_until_lost() => Some(lost),
        () = sleep(time) => None,
    }
}

const SOON: Duration = Duration::from_secs(5);

#[tokio::test(start_paused = true)]
async fn a_free_lease_is_taken_at_once_and_given_back() {
    let (store, began) = (Memory::default(), Instant::now());
    let lease = store.lease("a");
    let held = lease.acquire(&lease.wait_until_free(quiet).await.unwrap()).await.unwrap();
    assert_eq!(began.elapsed(), Duration::ZERO);
    assert_eq!(store.record().holder.unwrap().host, "a");
    assert_eq!(held.release(SOON).await, ReleaseOutcome::Free);
    assert_eq!(store.record().holder, None);
    let next = store.lease("b");
    let later = next.acquire(&next.wait_until_free(quiet).await.unwrap()).await.unwrap();
    assert!(later.token() > held.token(), "the token rises");
}

#[tokio::test(start_paused = true)]
async fn a_living_holder_is_named_within_two_beats() {
    let store = Memory::default();
    let (first, second) = (store.lease("a"), store.lease("b"));
    let held = first.acquire(&first.wait_until_free(quiet).await.unwrap()).await.unwrap();
    let began = Instant::now();
    let told = RefCell::new(Vec::new());
    let refused = tokio::select! {
        lost = held.renew_until_lost() => panic!("{lost}"),
        refused = second.wait_until_free(|record| told.borrow_mut().push(record.holder.clone().unwrap().host)) => refused.unwrap_err(),
    };
    assert!(began.elapsed() <= LeaseTiming::default().heartbeat_interval * 2);
    assert_eq!(*told.borrow(), ["a"]);
    let text = refused.to_string();
    assert!(text.contains("`apply` by arn:a on `a`, process 1, since 2"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_dead_holder_is_followed_within_two_minutes() {
    let store = Memory::default();
    let (first, second) = (store.lease("a"), store.lease("b"));
    let dead = first.acquire(&first.wait_until_free(quiet).await.unwrap()).await.unwrap();
    assert_eq!(work(&dead, Duration::from_secs(30)).await, None);
    let began = Instant::now();
    let seen = second.wait_until_free(quiet).await.unwrap();
    assert!(began.elapsed() >= LeaseTiming::default().ttl && began.elapsed() <= Duration::from_mins(2));
    let held = second.acquire(&seen).await.unwrap();
    assert!(held.token() > dead.token());
    assert_eq!(
        work(&dead, SOON).await,
        Some(LeaseLoss::Silent(None)),
        "should it wake, it knows that it is late"
    );
    assert_eq!(dead.release(SOON).await, ReleaseOutcome::Gone);
    assert_eq!(store.record().holder.unwrap().host, "b", "a lost lease is not given back");
}

#[tokio::test(start_paused = true)]
async fn a_holder_whose_lease_was_taken_away_learns_by_whom() {
    let store = Memory::default();
    let lease = store.lease("a");
    let held = lease.acquire(&ObservedRecord(None)).await.unwrap();
    let thief = LeaseHolder { host: "b".into(), ..store.record().holder.unwrap() };
    let stolen = Record::grant(Some(&store.record()), thief, SOON, std::time::SystemTime::now());
    store.0.borrow_mut().record = Some(stolen);
    let began = Instant::now();
    let lost = held.renew_until_lost().await.to_string();
    assert!(began.elapsed() <= LeaseTiming::default().heartbeat_interval);
    assert!(lost.contains("by arn:a on `b`"), "{lost}");
    assert_eq!(held.release(SOON).await, ReleaseOutcome::Gone);
}

#[tokio::test(start_paused = true)]
async fn clocks_that_disagree_by_hours_change_nothing() {
    let store = Memory::default();
    let (first, second) = (store.lease("a"), store.lease("b"));
    let held = first.acquire(&first.wait_until_free(quiet).await.unwrap()).await.unwrap();
    // By its own clock the holder renewed hours ago; by the record's change it is alive.
    let hours = Duration::from_hours(5);
    {
        let mut inner = store.0.borrow_mut();
        let record = inner.record.as_mut().unwrap();
        (record.since, record.renewed) = (record.since - hours, record.renewed - hours);
    }
    let alive = tokio::select! {
        lost = held.renew_until_lost() => panic!("{lost}"),
        answer = second.wait_until_free(quiet) => answer,
    };
    assert!(matches!(alive, Err(Error::Held(_))));
    // A dead holder whose clock is ahead does not last longer.
    {
        let mut inner = store.0.borrow_mut();
        let record = inner.record.as_mut().unwrap();
        record.renewed += hours * 2;
    }
    let began = Instant::now();
    let seen = second.wait_until_free(quiet).await.unwrap();
    assert!(began.elapsed() <= Duration::from_mins(2));
    let token = second.acquire(&seen).await.unwrap().token();
    assert!(token > held.token(), "even so the token rises");
}

#[tokio::test(start_paused = true)]
async fn a_record_that_claims_to_last_for_ever_does_not() {
    let store = Memory::default();
    let (first, second) = (store.lease("a"), store.lease("b"));
    first.acquire(&first.wait_until_free(quiet).await.unwrap()).await.unwrap();
    store.0.borrow_mut().record.as_mut().unwrap().ttl = Duration::from_secs(1_000_000);
    let began = Instant::now();
    second.wait_until_free(quiet).await.unwrap();
    assert!(began.elapsed() <= Duration::from_secs(121));
}

#[tokio::test(start_paused = true)]
async fn of_two_that_saw_it_free_one_gets_it() {
    let store = Memory::default();
    let (first, second) = (store.lease("a"), store.lease("b"));
    let (one, two) =
        (first.wait_until_free(quiet).await.unwrap(), second.wait_until_free(quiet).await.unwrap());
    let held = first.acquire(&one).await.unwrap();
    let Err(Error::Held(by)) = second.acquire(&two).await else { panic!("taken twice") };
    assert_eq!(by.holder.unwrap().host, "a");
    held.release(SOON).await;
    // The second run's snapshot is older than the first run's changes.
    assert!(matches!(second.acquire(&two).await, Err(Error::ConcurrentRun(Some(_)))));
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_known_as_ones_own_write() {
    let store = Memory::default();
    let lease = store.lease("a");
    store.fail(&[Fault::AnswerLost]);
    let held = lease.acquire(&lease.wait_until_free(quiet).await.unwrap()).await.unwrap();
    store.fail(&[Fault::AnswerLost, Fault::RequestLost, Fault::AnswerLost]);
    assert_eq!(work(&held, Duration::from_mins(1)).await, None, "renewals survive it too");
    store.fail(&[Fault::AnswerLost]);
    assert_eq!(held.release(SOON).await, ReleaseOutcome::Free);
    assert_eq!(store.record().holder, None);
}

#[tokio::test(start_paused = true)]
async fn a_lost_request_is_sent_again() {
    let store = Memory::default();
    let lease = store.lease("a");
    store.fail(&[Fault::RequestLost]);
    assert!(lease.acquire(&ObservedRecord(None)).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_holder_without_answers_gives_up_before_others_may_follow() {
    for hangs in [false, true] {
        let store = Memory::default();
        let lease = store.lease("a");
        let held = lease.acquire(&ObservedRecord(None)).await.unwrap();
        {
            let mut inner = store.0.borrow_mut();
            (inner.offline, inner.hangs) = (!hangs, hangs);
        }
        let began = Instant::now();
        let lost = held.renew_until_lost().await;
        assert_eq!(began.elapsed(), LeaseTiming::default().renewal_deadline);
        assert!(began.elapsed() < LeaseTiming::default().ttl);
        assert_eq!(lost, LeaseLoss::Silent((!hangs).then(no_answer)));
        assert!(matches!(held.release(SOON).await, ReleaseOutcome::Stays(_)));
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_shorter_than_the_lease_is_survived() {
    let store = Memory::default();
    let lease = store.lease("a");
    let held = lease.acquire(&ObservedRecord(None)).await.unwrap();
    store.0.borrow_mut().offline = true;
    assert_eq!(work(&held, Duration::from_secs(40)).await, None);
    store.0.borrow_mut().offline = false;
    assert_eq!(work(&held, Duration::from_mins(10)).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_record_removed_by_hand_is_a_lost_lease() {
    let store = Memory::default();
    let lease = store.lease("a");
    let held = lease.acquire(&ObservedRecord(None)).await.unwrap();
    store.0.borrow_mut().record = None;
    assert_eq!(held.renew_until_lost().await, LeaseLoss::Taken(None));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_for_want_of_rights_names_the_remedy() {
    let store = Memory::default();
    let lease = store.lease("a");
    store.fail(&[Fault::Denied]);
    let Err(error) = lease.acquire(&ObservedRecord(None)).await else { panic!("taken") };
    let hint = error.hint().unwrap();
    assert!(hint.contains("dynamodb:PutItem") && hint.contains("--no-lease") && hint.contains("lease: off"));
}

#[tokio::test(start_paused = true)]
async fn a_lease_covers_writes_until_its_renewals_end() {
    let store = Memory::default();
    let lease = store.lease("a");
    let covered = || !lease.writes.has_passed();
    let held = lease.acquire(&ObservedRecord(None)).await.unwrap();
    assert_eq!(work(&held, Duration::from_mins(10)).await, None);
    assert!(covered(), "it was renewed");
    store.0.borrow_mut().offline = true;
    let last_renewal = Instant::now();
    // Nobody asks the lease meanwhile: a step that keeps the thread busy, or the end of a run.
    tokio::time::advance(SOON * 7).await;
    assert!(covered());
    tokio::time::advance(SOON * 3).await;
    assert!(!covered() && last_renewal.elapsed() < LeaseTiming::default().ttl);
    store.0.borrow_mut().offline = false;
    assert_eq!(held.renew_until_lost().await, LeaseLoss::Silent(None), "a late renewal is not sent");
    assert!(!covered());
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_was_stolen_or_given_back_covers_no_write() {
    let store = Memory::default();
    let lease = store.lease("a");
    let held = lease.acquire(&ObservedRecord(None)).await.unwrap();
    store.0.borrow_mut().record = None;
    held.renew_until_lost().await;
    assert!(lease.writes.has_passed());
    let again = lease.acquire(&ObservedRecord(None)).await.unwrap();
    assert!(!lease.writes.has_passed());
    again.release(SOON).await;
    assert!(lease.writes.has_passed());
}

/// Any record that the table may give back, as far as it is read at all.
fn any_record() -> impl Strategy<Value = Record> {
    let numbers = (any::<u64>(), 0..=u64::from(u32::MAX), 0..=LONGEST.as_secs());
    let times = (0..=253_402_300_799_u64, 0..=253_402_300_799_u64);
    let holder = prop::option::of(any::<(String, String, u32, String, Option<String>)>());
    (numbers, times, holder, any::<String>()).prop_map(|(numbers, times, holder, grant)| {
        let at = |seconds| std::time::UNIX_EPOCH + Duration::from_secs(seconds);
        let (token, renewals, ttl) = numbers;
        let holder =
            holder.map(|(who, host, pid, command, run)| LeaseHolder { who, host, pid, command, run });
        let (since, renewed, ttl) = (at(times.0), at(times.1), Duration::from_secs(ttl));
        Record { holder, token, grant, renewals, since, renewed, ttl }
    })
}

// PROPTEST_CASES in the environment says how much is tried.
proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_record_is_waited_for_taken_over_and_found_in_a_holders_place(
        first in any_record(),
        later in any_record(),
        is_own in any::<bool>(),
    ) {
        let clock = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        clock.unwrap().block_on(async {
            let store = Memory::default();
            let lease = store.lease("a");
            store.0.borrow_mut().record = Some(first);
            let seen = lease.wait_until_free(quiet).await.unwrap();
            let held = lease.acquire(&seen).await.unwrap();
            let grant = if is_own { store.record().grant } else { later.grant.clone() };
            store.0.borrow_mut().record = Some(Record { grant, ..later });
            if let Some(lost) = work(&held, Duration::from_mins(1)).await {
                assert!(!lost.to_string().is_empty());
            }
            held.release(SOON).await;
        });
    }
}
