//! The box: it takes requests one by one, lets faults happen to them, and keeps a record.
use crate::{
    authorize::{Ask, Caller},
    call::Call,
    common::{denied, expired, failed},
    fault::{Fault, Script},
    limits::{Buckets, throttled},
    record::{Record, about},
    reply::{Answer, Reply, encode},
    request::{ACCOUNT, Parsed, Request, parse},
    services::{self, Region, iam::Iam},
    switches::Switches,
};
use aws_smithy_async::time::TimeSource;
use fastrand::Rng;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

/// 2026-11-16T00:00:00Z, when every simulated world begins, in milliseconds since 1970.
const BEGINNING: u64 = 1_794_787_200_000;

/// How long a request or an answer travels where all take the same time, in milliseconds.
pub(crate) const EVEN_TRIP: u64 = 20;

/// One account.
#[derive(Clone, Default)]
pub(crate) struct ApiGatewayAccount {
    pub(crate) iam: Iam,
    pub(crate) regions: BTreeMap<String, Region>,
    buckets: BTreeMap<String, Buckets>,
}

/// Everything there is.
#[derive(Clone)]
pub(crate) struct State {
    pub(crate) accounts: BTreeMap<String, ApiGatewayAccount>,
    pub(crate) rng: Rng,
    pub(crate) switches: Switches,
    script: Script,
    /// Whose policies every call is judged by; nobody's, if there is none.
    caller: Option<Caller>,
    records: Vec<Record>,
    counts: BTreeMap<String, usize>,
    /// Until when an operation is denied, in milliseconds.
    denied: BTreeMap<String, u64>,
}

/// What a caller gets instead of a whole answer.
#[derive(Debug)]
pub enum Broken {
    /// The connection was reset.
    Reset,
    /// It is of no service that is simulated, or is no operation of it.
    Unknown(String),
}

/// AWS in a box; clones are the same box.
#[derive(Clone)]
pub struct Simulator {
    pub(crate) state: Arc<Mutex<State>>,
    began: Instant,
    /// What had passed in the box already when it began.
    offset: u64,
    speed: f64,
    dead: Arc<watch::Sender<bool>>,
}

/// A box as it stood at one moment, to start from again and again, on any thread.
#[derive(Clone)]
pub struct Snapshot {
    state: State,
    passed: u64,
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Snapshot")
    }
}

impl std::fmt::Debug for Simulator {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Simulator")
    }
}

/// The clock of the box is the clock of its clients.
impl TimeSource for Simulator {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(Self::now(self))
    }
}

impl Simulator {
    /// An empty world; must be called within a tokio runtime, whose clock it goes by.
    #[must_use]
    pub fn new(seed: u64, switches: Switches) -> Self {
        let state = State {
            accounts: BTreeMap::new(),
            rng: Rng::with_seed(seed),
            switches,
            script: Script::default(),
            caller: None,
            records: Vec::new(),
            counts: BTreeMap::new(),
            denied: BTreeMap::new(),
        };
        Self::from_snapshot(Snapshot { state, passed: 0 })
    }

    /// The world as it stands now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot { state: self.lock().clone(), passed: self.passed() }
    }

    /// A world that goes on from `snapshot`, at the same moment of its time; must be called within a tokio
    /// runtime, whose clock it goes by.
    #[must_use]
    pub fn from_snapshot(snapshot: Snapshot) -> Self {
        let Snapshot { state, passed } = snapshot;
        let dead = Arc::new(watch::channel(false).0);
        let state = Arc::new(Mutex::new(state));
        Self { state, began: Instant::now(), offset: passed, speed: 1.0, dead }
    }

    /// Lets time in the box pass `speed` times as fast as outside.
    #[must_use]
    pub fn with_speed(mut self, speed: f64) -> Self {
        self.speed = speed;
        self
    }

    /// Starts counting calls anew, with what will go wrong from now on; the caller lives again.
    pub fn begin(&self, script: Script) {
        let mut state = self.lock();
        state.script = script;
        state.records.clear();
        state.counts.clear();
        state.denied.clear();
        drop(state);
        self.dead.send_replace(false);
    }

    /// Lets the caller do only what these policies allow; anything, without them.
    pub fn confine(&self, policies: Option<Vec<serde_json::Value>>) {
        self.lock().caller = policies.map(|policies| Caller { policies: policies.into(), asked: Vec::new() });
    }

    /// Lets everybody call as somebody else: see [`Switches::caller`].
    pub fn call_as(&self, caller: &str) {
        caller.clone_into(&mut self.lock().switches.caller);
    }

    /// What IAM was asked about since the last [`Self::confine`].
    #[must_use]
    pub fn asked(&self) -> Vec<Ask> {
        self.lock().caller.as_ref().map(|caller| caller.asked.clone()).unwrap_or_default()
    }

    /// The calls since the last [`Self::begin`].
    #[must_use]
    pub fn records(&self) -> Vec<Record> {
        self.lock().records.clone()
    }

    /// How often the caller waited for answers before it asked on, since the last [`Self::begin`]; only where all calls
    /// take the same time ([`Switches::even_trips`]).
    #[must_use]
    pub fn rounds(&self) -> usize {
        let began: Vec<u64> = self.lock().records.iter().map(|record| record.at).collect();
        let first = began.first().copied().unwrap_or_default();
        let rounds = began.into_iter().map(|at| (at - first) / (2 * EVEN_TRIP));
        rounds.collect::<std::collections::BTreeSet<_>>().len()
    }

    /// How many calls there were since the last [`Self::begin`].
    #[must_use]
    pub fn count(&self) -> usize {
        self.lock().records.len()
    }

    /// Returns once a fault has killed the caller.
    pub async fn death(&self) {
        let mut dead = self.dead.subscribe();
        if dead.wait_for(|dead| *dead).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "milliseconds of a run, times a small factor"
    )]
    fn passed(&self) -> u64 {
        self.offset + (self.began.elapsed().as_millis() as f64 * self.speed) as u64
    }

    /// What time it is in the box, in milliseconds since 1970.
    #[must_use]
    pub fn now(&self) -> u64 {
        BEGINNING + self.passed()
    }

    /// Serves a request: it travels, takes effect, and the answer travels back.
    ///
    /// # Errors
    /// No whole answer comes back.
    pub async fn serve(&self, request: Request) -> Result<Reply, Broken> {
        let parsed = parse(&request);
        let what = || Broken::Unknown(format!("{} {}", request.method, request.target));
        let parsed = parsed.ok_or_else(what)?;
        let Arrival { position, fault, there, back, request_id } = self.arrive(&parsed);
        sleep(there).await;
        let (service, operation) = (parsed.service, parsed.operation.clone());
        match fault {
            Some(Fault::DieBefore) => return self.die().await,
            Some(Fault::ResetBefore) => return Err(Broken::Reset),
            _ => {}
        }
        let answer = match fault {
            Some(Fault::ErrorBefore) => Err(failed(service)),
            Some(Fault::Throttle) => Err(throttled(service)),
            Some(Fault::Denied | Fault::DeniedFor(_)) => Err(denied(service, &operation)),
            Some(Fault::Expired) => Err(expired(service)),
            _ => self.handle(parsed, position, fault == Some(Fault::Stale)),
        };
        match fault {
            Some(Fault::DieAfter) => return self.die().await,
            Some(Fault::Timeout) => std::future::pending::<()>().await,
            Some(Fault::Slow) => sleep(Duration::from_mins(1)).await,
            _ => {}
        }
        sleep(back).await;
        let answer = if fault == Some(Fault::ErrorAfter) { Err(failed(service)) } else { answer };
        let mut reply = encode(service, &operation, answer, request_id);
        match fault {
            Some(Fault::LostReply) => return Err(Broken::Reset),
            Some(Fault::Truncated) => {
                reply.body.truncate(reply.body.floor_char_boundary(reply.body.len() / 2));
                reply.cut = true;
            }
            _ => {}
        }
        Ok(reply)
    }

    async fn die<T>(&self) -> T {
        self.dead.send_replace(true);
        std::future::pending().await
    }

    fn arrive(&self, parsed: &Parsed) -> Arrival {
        let mut guard = self.lock();
        let state = &mut *guard;
        let operation = format!("{}:{}", parsed.service.prefix(), parsed.operation);
        let nth = state.counts.entry(operation.clone()).or_default();
        let position = state.records.len();
        let (at, about) = (self.passed(), about(parsed));
        let mut fault = state.script.strike(position, &operation, *nth, &mut state.rng);
        *nth += 1;
        if state.denied.get(&operation).is_some_and(|until| at < *until) {
            fault = Some(Fault::Denied);
        }
        if let Some(Fault::DeniedFor(seconds)) = fault {
            state.denied.insert(operation.clone(), at + seconds * 1000);
        }
        state.records.push(Record { operation, about, at, fault, refused: None });
        let (there, back) = if state.switches.even_trips {
            (EVEN_TRIP, EVEN_TRIP)
        } else {
            (state.rng.u64(5..40), state.rng.u64(5..40))
        };
        let request_id = format!("{:016x}", state.rng.u64(..));
        let (there, back) = (Duration::from_millis(there), Duration::from_millis(back));
        Arrival { position, fault, there, back, request_id }
    }

    fn handle(&self, parsed: Parsed, position: usize, late: bool) -> Answer {
        let now = self.now();
        let mut guard = self.lock();
        let state = &mut *guard;
        let Parsed { service, operation, account, region, input } = parsed;
        let holder = state.accounts.entry(account.clone()).or_default();
        let words = state.script.words(&format!("{}:{operation}", service.prefix()));
        let mut answer = words.map_or(Ok(serde_json::Value::Null), Err);
        if answer.is_ok() && state.switches.limits {
            answer = holder
                .buckets
                .entry(region.clone())
                .or_default()
                .take(service, &operation, now)
                .map(|()| serde_json::Value::Null);
        }
        if answer.is_ok() {
            let here = holder.regions.entry(region.clone()).or_default();
            let mut call = Call {
                now,
                stale: late,
                rng: &mut state.rng,
                switches: &state.switches,
                account: &account,
                region: &region,
                iam: &mut holder.iam,
                here,
                granted: state.caller.as_ref().map(|caller| Arc::clone(&caller.policies)),
                operation: &operation,
                input,
            };
            let hidden = state.caller.as_mut().map(|caller| caller.judge(service, &call)).transpose();
            answer = hidden.and_then(|hidden| {
                let mut answer = services::handle(service, &mut call)?;
                hidden.unwrap_or_default().hide(&mut answer);
                Ok(answer)
            });
        }
        if let Some(record) = state.records.get_mut(position) {
            record.refused = answer.as_ref().err().map(|refused| refused.code);
        }
        answer
    }

    /// Changes the world by hand, as somebody else would: `change` gets a call of the default account.
    pub(crate) fn by_hand<T>(&self, region: &str, change: impl FnOnce(&mut Call<'_>) -> T) -> T {
        let now = self.now();
        let mut guard = self.lock();
        let state = &mut *guard;
        let holder = state.accounts.entry(ACCOUNT.to_owned()).or_default();
        let here = holder.regions.entry(region.to_owned()).or_default();
        let mut call = Call {
            now,
            stale: false,
            rng: &mut state.rng,
            switches: &state.switches,
            account: ACCOUNT,
            region,
            iam: &mut holder.iam,
            here,
            granted: None,
            operation: "",
            input: serde_json::Map::new(),
        };
        services::settle(&mut call);
        change(&mut call)
    }
}

struct Arrival {
    position: usize,
    fault: Option<Fault>,
    there: Duration,
    back: Duration,
    request_id: String,
}
