//! The tool on the simulator: each command with a memory of its own, as if the binary was started anew.
use std::{
    cell::RefCell,
    collections::{BTreeSet, HashMap},
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use copilot_infra::{
    aws::{
        Aws, Cx, Interrupt, Memo, RunState, Trigger, interrupt_pair, retry_config, tags::Tags, timeout_config,
    },
    diagnostic::{Category, Diagnostic},
    doctor::{Checked, DoctorContext, run_checks},
    engine::{self, Consent, ExecutablePlan, Outcome, Plan, ReadError, Report, StepEvent},
    lease::{DynamoStore, Lease, LeaseHolder, LeaseTiming},
    manifest::{self, Loaded},
    resources::TIERS,
    stack::{self, BuildListener, BuildOptions, ComposedStack, FunctionPackages, compose_stack, inputs},
};
use copilot_infra_simulator::{ACCOUNT, Record, Script, Simulator, Snapshot, Switches};
use tokio::time::Instant;

/// The region of every world.
pub(crate) const REGION: &str = "us-east-1";

/// What a run is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Make it as the spec says.
    Apply,
    /// Remove it, data included.
    Destroy,
    /// Remove it, and leave what holds data.
    DestroyKeepingData,
}

/// How a run ended.
#[derive(Debug)]
pub(crate) enum End {
    /// There was nothing to do.
    Nothing,
    /// All was done.
    Done,
    /// Something failed or was skipped, in these words.
    Partial(Vec<String>),
    /// It would not touch what is not the stack's, is protected or cannot go now: the first, and why.
    Refused(String),
    /// It did not come to do anything, for this reason.
    Failed(#[expect(dead_code, reason = "a failing test shows it")] String),
    /// It died on the way.
    Died,
}

impl End {
    /// Whether the wish is fulfilled.
    pub(crate) fn is_good(&self) -> bool {
        matches!(self, Self::Nothing | Self::Done)
    }
}

/// What the tool said of its last run.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// Addresses of what it meant to change.
    pub(crate) planned: BTreeSet<String>,
    /// Addresses of what it claims to have done.
    pub(crate) done: BTreeSet<String>,
    /// What it warned of.
    pub(crate) warnings: Vec<String>,
    /// Kind and name of what was to stay as it is.
    kept: Vec<(&'static str, String)>,
}

/// A world, and the tool in it.
pub(crate) struct Bench {
    /// The world.
    pub(crate) sim: Simulator,
    told: RefCell<Told>,
    /// Clients are dear to make, so all runs share them; what a run remembers is its own.
    aws: Aws,
    interrupt: Interrupt,
    /// What a signal pulls.
    pub(crate) trigger: Trigger,
    /// How long a run waits for an index; none for as long as by default.
    pub(crate) index_wait: Option<Duration>,
}

impl Bench {
    /// An empty world.
    pub(crate) fn new(seed: u64, switches: Switches) -> Self {
        Self::on(seed, Simulator::new(seed, switches))
    }

    /// The tool in a world that goes on from `snapshot`.
    pub(crate) fn from_snapshot(seed: u64, snapshot: &Snapshot) -> Self {
        Self::on(seed, Simulator::from_snapshot(snapshot.clone()))
    }

    fn on(seed: u64, sim: Simulator) -> Self {
        let transport = sim.http_client();
        Self::over(seed, sim, transport)
    }

    /// The tool in a world that it reaches over this transport.
    pub(crate) fn over(seed: u64, sim: Simulator, transport: SharedHttpClient) -> Self {
        fastrand::seed(seed);
        let (aws, (trigger, interrupt)) = (clients_over(&sim, transport), interrupt_pair());
        Self { sim, told: RefCell::default(), aws, interrupt, trigger, index_wait: None }
    }

    /// Clients for doing things by hand.
    pub(crate) fn aws(&self) -> &Aws {
        &self.aws
    }

    /// Runs `work` as one start of the binary.
    async fn session<T>(
        &self,
        spec: &Loaded,
        work: impl AsyncFnOnce(&Cx<'_>, ComposedStack) -> T,
    ) -> Result<T, String> {
        let (aws, memo, run) = (&self.aws, Memo::default(), RunState::waiting_for_indexes(self.index_wait));
        let stack = &spec.spec.stack;
        let (interrupt, role_home) = (&self.interrupt, spec.spec.role_home());
        let cx = Cx { aws, memo: &memo, run: &run, interrupt, stack, role_home, on_wait: &|_| {} };
        let inputs = inputs::resolve_inputs(&cx, &spec.spec).await;
        let inputs = inputs.map_err(|all| format!("inputs: {}", all[0].error))?;
        let stack = compose_stack(spec, inputs, aws, &*packages(spec).await?);
        Ok(work(&cx, stack).await)
    }

    /// The plan of a destroy, without a word for data.
    pub(crate) async fn plan_of_removal(&self, spec: &Loaded) -> Result<Plan, String> {
        let plan = self.session(spec, async |cx, stack| {
            let reading = engine::Snapshot::capture(stack.graph, TIERS, cx).await?;
            Ok::<_, ReadError>(reading.plan_removal(&Consent::default()).plan)
        });
        Box::pin(plan).await?.map_err(|error| error.to_string())
    }

    /// The plan of an apply.
    pub(crate) async fn plan(&self, spec: &Loaded) -> Result<Plan, String> {
        self.plan_with(spec, &Consent::default()).await
    }

    /// The plan of an apply with some consent.
    pub(crate) async fn plan_with(&self, spec: &Loaded, consent: &Consent) -> Result<Plan, String> {
        let plan = self.session(spec, async |cx, stack| {
            let reading = engine::Snapshot::capture(stack.graph, TIERS, cx).await?;
            Ok::<_, ReadError>(reading.plan_changes(cx.aws, consent).plan)
        });
        let plan = Box::pin(plan).await?.map_err(|error| error.to_string())?;
        self.told.borrow_mut().warnings = warnings(&plan);
        Ok(plan)
    }

    /// The plan of an apply, or why the stack cannot be read.
    pub(crate) async fn read(&self, spec: &Loaded) -> Result<Plan, Vec<Diagnostic>> {
        let plan = self.session(spec, async |cx, stack| {
            let reading = engine::Snapshot::capture(stack.graph, TIERS, cx).await;
            let reading = reading.map_err(|error| error.diagnostics())?;
            Ok(reading.plan_changes(cx.aws, &Consent::default()).plan)
        });
        let other = |why: String| Err(vec![Diagnostic::error(Category::Other, why)]);
        Box::pin(plan).await.unwrap_or_else(other)
    }

    /// What `doctor` finds.
    pub(crate) async fn doctor(&self, spec: &Loaded) -> Vec<Checked> {
        let looked = self.session(spec, async |cx, _| {
            let inputs = inputs::Inputs::default();
            let context = DoctorContext { loaded: spec, inputs: &inputs, sample_items: false, local: false };
            run_checks(cx, &context).await
        });
        Box::pin(looked).await.unwrap_or_else(|why| panic!("{why}"))
    }

    /// Runs a command to its end, or to its death.
    pub(crate) async fn run(&self, command: Command, spec: &Loaded, script: Script) -> End {
        self.sim.begin(script);
        self.told.take();
        let end = tokio::select! {
            // Boxed, since the whole tool is more than a test thread has room for.
            end = Box::pin(self.whole(command, spec)) => end,
            () = self.sim.death() => End::Died,
        };
        if std::env::var_os("WORLD_STORY").is_some() {
            println!("{command:?}\n{}\n  {end:?}", self.story());
        }
        end
    }

    async fn whole(&self, command: Command, spec: &Loaded) -> End {
        let consent = Consent { delete_data: command == Command::Destroy, ..Consent::default() };
        let end = self.session(spec, async |cx, stack| {
            let reading = match command {
                Command::Apply => engine::Snapshot::capture(stack.graph, TIERS, cx).await,
                Command::Destroy | Command::DestroyKeepingData => {
                    engine::Snapshot::capture_for_removal(stack.graph, TIERS, cx).await
                }
            };
            let reading = match reading {
                Ok(reading) => reading,
                Err(error) => return End::Failed(error.to_string()),
            };
            let work = match command {
                Command::Apply => reading.plan_changes(cx.aws, &consent),
                Command::Destroy | Command::DestroyKeepingData => reading.plan_removal(&consent),
            };
            carry_out(cx, work, &self.told).await
        });
        end.await.unwrap_or_else(End::Failed)
    }

    /// Applies a spec under the lease of the stack, and stops as the program does once that is lost; what happens after
    /// it was taken goes by `script`. Returns when that was, too.
    pub(crate) async fn apply_under_lease(
        &self,
        spec: &Loaded,
        script: Script,
    ) -> Result<(End, Instant), String> {
        let end = self.session(spec, async |cx, stack| {
            let reading = engine::Snapshot::capture(stack.graph, TIERS, cx).await;
            let work = reading.map_err(|error| error.to_string())?.plan_changes(cx.aws, &Consent::default());
            let store = DynamoStore::new(cx.aws, cx.stack, Tags::new(), |_: &str| {});
            let holder = LeaseHolder::current_process("arn:aws:iam::1:user/a", "apply");
            let writes = cx.run.write_deadline.clone();
            let lease = Lease::new(store, LeaseTiming::default(), holder, writes);
            let free = lease.wait_until_free(|_| {}).await.map_err(|error| error.to_string())?;
            let held = lease.acquire(&free).await.map_err(|error| error.to_string())?;
            let taken = Instant::now();
            self.sim.begin(script);
            let stop = async {
                held.renew_until_lost().await;
                self.trigger.raise_urgency();
                std::future::pending::<std::convert::Infallible>().await
            };
            tokio::select! {
                end = carry_out(cx, work, &self.told) => Ok((end, taken)),
                never = stop => match never {},
            }
        });
        Box::pin(end).await?
    }

    /// Runs a command without faults and insists that it succeeds.
    pub(crate) async fn must(&self, command: Command, spec: &Loaded) {
        let end = self.run(command, spec, Script::default()).await;
        assert!(end.is_good(), "{command:?} failed: {end:?}\n{}", self.story());
    }

    /// Insists that there is nothing left to do; returns the plan that says so.
    pub(crate) async fn settled(&self, spec: &Loaded) -> Result<Plan, String> {
        self.sim.begin(Script::default());
        let plan = self.plan(spec).await?;
        let open = differences(&plan);
        if open.is_empty() { Ok(plan) } else { Err(format!("the plan is not empty: {}", open.join("; "))) }
    }

    /// The id of the only API.
    pub(crate) async fn api_id(&self) -> String {
        let apis = self.aws.apis().get_apis().send().await.expect("APIs").items.unwrap_or_default();
        apis.into_iter().next().and_then(|api| api.api_id).expect("there is one")
    }

    /// What the tool said of its last run.
    pub(crate) fn told(&self) -> std::cell::Ref<'_, Told> {
        self.told.borrow()
    }

    /// Calls of the last run that changed what was to stay as it is.
    pub(crate) fn needless(&self) -> Vec<String> {
        let told = self.told.borrow();
        let stays =
            |kind: &'static str| told.kept.iter().filter(move |(one, _)| *one == kind).map(|(_, id)| id);
        let api_stays = stays("apigateway/api").count() + stays("apigateway/stage").count() == 2;
        let touches = |call: &Record| {
            let (service, name) = call.operation.split_once(':').unwrap_or_default();
            let about = |kind: &'static str| stays(kind).any(|id| names(&call.about, id));
            match service {
                "dynamodb" => about("dynamodb/table"),
                "logs" => about("logs/log-group"),
                "iam" => about("iam/role"),
                "kms" => stays("kms/key").count() > 0,
                "lambda" if name.contains("Permission") || name.contains("ResourcePolicy") => {
                    about("lambda/permission")
                }
                "lambda" => about("lambda/function"),
                "apigateway" => api_stays && name != "UpdateAccount",
                _ => false,
            }
        };
        let records = self.sim.records();
        let needless = records.iter().filter(|call| call.took_effect() && touches(call));
        needless.map(|call| format!("{} {}", call.operation, call.about)).collect()
    }

    /// Insists that nothing of what stands as `settled` says is taken for somebody else's doing, whatever another
    /// spec asks for: the mark of what was last applied agrees with what stands.
    pub(crate) async fn blames_nobody(&self, settled: Plan, other: &Loaded) -> Result<(), String> {
        let made: BTreeSet<String> = settled.steps.into_iter().map(|step| step.address).collect();
        let mut plan = self.plan(other).await?;
        plan.retain_drift();
        plan.steps.retain(|step| made.contains(&step.address));
        plan.refusals.clear();
        let open = differences(&plan);
        if open.is_empty() { Ok(()) } else { Err(format!("taken for drift: {}", open.join("; "))) }
    }

    /// The last calls, for a failure's message.
    pub(crate) fn story(&self) -> String {
        let records = self.sim.records();
        let all = std::env::var("WORLD_STORY").is_ok_and(|what| what == "all");
        let lines = records.iter().enumerate().filter(|(_, it)| all || it.is_write() || it.fault.is_some());
        let lines = lines.map(|(at, it)| {
            let fault = it.fault.map(|fault| format!(" !{fault:?}")).unwrap_or_default();
            let refused = it.refused.map(|code| format!(" -> {code}")).unwrap_or_default();
            format!("  {at:4} {:8.3}s {} {}{fault}{refused}", f64_of(it.at) / 1000.0, it.operation, it.about)
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// Clients of a simulated AWS.
pub(crate) fn clients(sim: &Simulator) -> Aws {
    clients_over(sim, sim.http_client())
}

/// Clients that reach a simulated AWS over this transport.
pub(crate) fn clients_over(sim: &Simulator, transport: SharedHttpClient) -> Aws {
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(transport)
        .region(Region::from_static(REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(retry_config())
        .timeout_config(timeout_config())
        .time_source(sim.clone())
        .build();
    Aws::new(config, REGION.to_owned(), ACCOUNT.to_owned())
}

/// The packages of a spec, packed once for all worlds: packing is half of what a world would cost.
async fn packages(spec: &Loaded) -> Result<Arc<FunctionPackages>, String> {
    static PACKED: Mutex<Option<HashMap<String, Arc<FunctionPackages>>>> = Mutex::new(None);
    let codes = spec.spec.functions.keys().map(|id| {
        let code = spec.spec.function(id).and_then(|function| function.code);
        format!("{} {:?}", id.value, code.map(|code| code.value))
    });
    let key = codes.collect::<Vec<_>>().join("\n");
    let known = || PACKED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(packed) = known().get_or_insert_default().get(&key) {
        return Ok(Arc::clone(packed));
    }
    let packed =
        FunctionPackages::build(spec, BuildOptions::ALL, BuildListener { note: &|_| {}, output: &|_| {} })
            .await
            .map_err(|found| found.message)?;
    let packed = Arc::new(packed);
    known().get_or_insert_default().insert(key, Arc::clone(&packed));
    Ok(packed)
}

/// Whether `about`, a name or an ARN, names what is called `id`.
fn names(about: &str, id: &str) -> bool {
    about == id || about.strip_suffix(id).is_some_and(|rest| rest.ends_with([':', '/']))
}

fn f64_of(number: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of a run")]
    let number = number as f64;
    number
}

async fn carry_out(cx: &Cx<'_>, work: ExecutablePlan, told: &RefCell<Told>) -> End {
    if let Some(refusal) = work.plan.refusals.first() {
        return End::Refused(refused(refusal, ": "));
    }
    told.borrow_mut().warnings = warnings(&work.plan);
    let (kept, planned): (Vec<_>, Vec<_>) =
        work.plan.steps.iter().partition(|step| step.action.verb().is_none());
    if planned.is_empty() {
        return End::Nothing;
    }
    *told.borrow_mut() = Told {
        planned: planned.iter().map(|step| step.address.clone()).collect(),
        done: BTreeSet::new(),
        warnings: warnings(&work.plan),
        kept: kept.iter().map(|step| (step.kind, step.id.clone())).collect(),
    };
    let parallel = NonZeroUsize::new(10).expect("ten is not zero");
    let report = engine::apply_plan(work, cx, parallel, &|_: &StepEvent<'_>| {}).await;
    let done = report.steps.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Done(_)));
    told.borrow_mut().done = done.map(|(step, _)| step.address.clone()).collect();
    if report.is_complete() { End::Done } else { End::Partial(failures(&report)) }
}

fn warnings(plan: &Plan) -> Vec<String> {
    plan.steps.iter().filter_map(|step| step.warning.clone()).collect()
}

fn failures(report: &Report) -> Vec<String> {
    let failed = report.steps.iter().filter_map(|(step, outcome)| match outcome {
        Outcome::Failed(error) => Some(format!("{}: {error}", step.address)),
        _ => None,
    });
    failed.collect()
}

fn refused(refusal: &Diagnostic, between: &str) -> String {
    format!("{}{between}{}", refusal.about.as_deref().unwrap_or_default(), refusal.message)
}

/// What a plan would change, in short.
pub(crate) fn differences(plan: &Plan) -> Vec<String> {
    let steps = plan.steps.iter().filter(|step| step.action.verb().is_some());
    let steps = steps.map(|step| format!("{} {}", step.address, serde_json::json!(step.action)));
    let refusals = plan.refusals.iter().map(|one| refused(one, " refused: "));
    steps.chain(refusals).collect()
}

/// A spec from its text.
pub(crate) fn text(text: &str) -> Loaded {
    let source = copilot_infra::diagnostic::SourceFile::new("generated.yaml", text);
    manifest::parse_offline(&source, stack::lint).unwrap_or_else(|error| panic!("{error:?}\n{text}"))
}

/// Runs a test on a paused clock and a thread with room for the whole tool, whose futures are large.
pub(crate) fn deep(test: impl AsyncFnOnce() + Send + 'static) {
    std::thread::scope(|scope| join(roomy(scope, || on_a_clock(test()))));
}

/// Runs a test that talks to another process: in real time, on a thread with room for the whole tool.
pub(crate) fn deep_outside(test: impl AsyncFnOnce() + Send + 'static) {
    let clock = || tokio::runtime::Builder::new_current_thread().enable_all().build();
    std::thread::scope(|scope| join(roomy(scope, || clock().expect("a runtime starts").block_on(test()))));
}

/// Runs `cell` for every number below `cells`, on all cores and each on a clock of its own, so that none knows
/// of another; returns what they found in order.
pub(crate) fn spread<T: Send>(cells: usize, cell: impl AsyncFn(usize) -> T + Sync) -> Vec<T> {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let work = || {
        let mut found = Vec::new();
        loop {
            let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            if at >= cells {
                return found;
            }
            found.push((at, on_a_clock(cell(at))));
        }
    };
    let cores = std::thread::available_parallelism().map_or(2, NonZeroUsize::get);
    let mut all: Vec<(usize, T)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| roomy(scope, work)).collect();
        threads.into_iter().flat_map(join).collect()
    });
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, found)| found).collect()
}

/// Whether to try all there is, however long it takes.
pub(crate) fn soak() -> bool {
    std::env::var_os("WORLD_SOAK").is_some()
}

fn on_a_clock<T>(test: impl Future<Output = T>) -> T {
    let clock = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    clock.expect("a runtime starts").block_on(test)
}

fn roomy<'scope, T: Send + 'scope>(
    scope: &'scope std::thread::Scope<'scope, '_>,
    run: impl FnOnce() -> T + Send + 'scope,
) -> std::thread::ScopedJoinHandle<'scope, T> {
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn_scoped(scope, run);
    thread.expect("a thread starts")
}

fn join<T>(thread: std::thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
