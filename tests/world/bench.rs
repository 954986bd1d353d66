//! The tool on the simulator: each command with clients and memory of its own, as if the binary was started anew.
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use copilot_infra::{
    aws::{Aws, Cx, Interrupt, Memo, Run, Trigger, interrupt, retries, timeouts},
    engine::{self, Consent, Event, Outcome, Plan, Reading, Report, Unread, Work},
    resources::TIERS,
    spec::{self, Loaded},
    stack::{Listener, Packages, Stack, compose, inputs},
};
use copilot_infra_simulator::{ACCOUNT, Fault, Script, Simulator, Switches};
use std::{num::NonZeroUsize, path::Path};

/// The region of every world.
pub(crate) const REGION: &str = "us-east-1";

/// What a run is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Make it as the spec says.
    Apply,
    /// Remove it, data included.
    Destroy,
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

/// A world, and the tool in it.
pub(crate) struct Bench {
    /// The world.
    pub(crate) sim: Simulator,
    config: SdkConfig,
    interrupt: Interrupt,
    /// Without it the interrupt would count as never raised, and nobody could raise it.
    _trigger: Trigger,
}

impl Bench {
    /// An empty world.
    pub(crate) fn new(seed: u64, switches: Switches) -> Self {
        Self::on(seed, Simulator::new(seed, switches))
    }

    /// The tool in a world that stands as this one does.
    pub(crate) fn fork(&self, seed: u64) -> Self {
        Self::on(seed, self.sim.fork())
    }

    fn on(seed: u64, sim: Simulator) -> Self {
        fastrand::seed(seed);
        let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(sim.http_client())
            .region(Region::from_static(REGION))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .retry_config(retries())
            .timeout_config(timeouts())
            .build();
        let (trigger, interrupt) = interrupt();
        Self { sim, config, interrupt, _trigger: trigger }
    }

    /// Clients for doing things by hand.
    pub(crate) fn aws(&self) -> Aws {
        Aws::new(self.config.clone(), REGION.to_owned(), ACCOUNT.to_owned())
    }

    /// Runs `work` as one start of the binary.
    async fn session<T>(
        &self,
        spec: &Loaded,
        work: impl AsyncFnOnce(&Cx<'_>, Stack) -> T,
    ) -> Result<T, String> {
        let (aws, memo, run) = (self.aws(), Memo::default(), Run::default());
        let stack = &spec.spec.stack;
        let cx = Cx { aws: &aws, memo: &memo, run: &run, interrupt: &self.interrupt, stack, note: &|_| {} };
        let inputs = inputs::resolve(&cx, &spec.spec).await;
        let inputs = inputs.map_err(|all| format!("inputs: {}", all[0].error))?;
        let code = Packages::make(spec, None, Listener { note: &|_| {}, output: &|_| {} })
            .await
            .map_err(|found| found.message)?;
        let stack = compose(spec, inputs, &aws, &code);
        Ok(work(&cx, stack).await)
    }

    /// The plan of an apply.
    pub(crate) async fn plan(&self, spec: &Loaded) -> Result<Plan, String> {
        let plan = self.session(spec, async |cx, stack| {
            let reading = Reading::take(stack.graph, TIERS, cx).await?;
            Ok::<_, Unread>(reading.changes(cx.aws, &Consent::default()).plan)
        });
        Box::pin(plan).await?.map_err(|error| error.to_string())
    }

    /// Runs a command to its end, or to its death.
    pub(crate) async fn run(&self, command: Command, spec: &Loaded, script: Script) -> End {
        self.sim.begin(script);
        tokio::select! {
            // Boxed, since the whole tool is more than a test thread has room for.
            end = Box::pin(self.whole(command, spec)) => end,
            () = self.sim.death() => End::Died,
        }
    }

    async fn whole(&self, command: Command, spec: &Loaded) -> End {
        let consent = Consent { delete_data: command == Command::Destroy, ..Consent::default() };
        let end = self.session(spec, async |cx, stack| {
            let reading = match Reading::take(stack.graph, TIERS, cx).await {
                Ok(reading) => reading,
                Err(error) => return End::Failed(error.to_string()),
            };
            let work = match command {
                Command::Apply => reading.changes(cx.aws, &consent),
                Command::Destroy => reading.removal(&consent),
            };
            carry_out(cx, work).await
        });
        end.await.unwrap_or_else(End::Failed)
    }

    /// Runs a command without faults and insists that it succeeds.
    pub(crate) async fn must(&self, command: Command, spec: &Loaded) {
        let end = self.run(command, spec, Script::default()).await;
        assert!(end.is_good(), "{command:?} failed: {end:?}\n{}", self.story());
    }

    /// Insists that there is nothing left to do.
    pub(crate) async fn settled(&self, spec: &Loaded) -> Result<(), String> {
        self.sim.begin(Script::default());
        let plan = self.plan(spec).await?;
        let open = differences(&plan);
        if open.is_empty() { Ok(()) } else { Err(format!("the plan is not empty: {}", open.join("; "))) }
    }

    /// The last calls, for a failure's message.
    pub(crate) fn story(&self) -> String {
        let records = self.sim.records();
        let lines = records.iter().enumerate().filter(|(_, it)| it.is_write() || it.fault.is_some());
        let lines = lines.map(|(at, it)| {
            let fault = it.fault.map(|fault| format!(" !{fault:?}")).unwrap_or_default();
            let refused = it.refused.map(|code| format!(" -> {code}")).unwrap_or_default();
            format!("  {at:4} {:8.3}s {} {}{fault}{refused}", f64_of(it.at) / 1000.0, it.operation, it.about)
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

fn f64_of(number: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of a run")]
    let number = number as f64;
    number
}

async fn carry_out(cx: &Cx<'_>, work: Work) -> End {
    if let Some(refusal) = work.plan.refusals.first() {
        return End::Failed(format!("refused: {}: {}", refusal.address, refusal.reason));
    }
    if work.plan.steps.iter().all(|step| step.action.verb().is_none()) {
        return End::Nothing;
    }
    let parallel = NonZeroUsize::new(10).expect("ten is not zero");
    let report = engine::apply(work, cx, parallel, &|_: &Event<'_>| {}).await;
    if report.is_complete() { End::Done } else { End::Partial(failures(&report)) }
}

fn failures(report: &Report) -> Vec<String> {
    let failed = report.steps.iter().filter_map(|(step, outcome)| match outcome {
        Outcome::Failed(error) => Some(format!("{}: {error}", step.address)),
        _ => None,
    });
    failed.collect()
}

/// What a plan would change, in short.
pub(crate) fn differences(plan: &Plan) -> Vec<String> {
    let steps = plan.steps.iter().filter(|step| step.action.verb().is_some());
    let steps = steps.map(|step| format!("{} {}", step.address, serde_json::json!(step.action)));
    let refusals = plan.refusals.iter().map(|one| format!("{} refused: {}", one.address, one.reason));
    steps.chain(refusals).collect()
}

/// The spec in a file below the repository.
pub(crate) fn file(path: &str) -> Loaded {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    spec::load(&path).unwrap_or_else(|error| panic!("{}: {error:?}", path.display()))
}

/// A spec from its text.
pub(crate) fn text(text: &str) -> Loaded {
    let source = spec::Source { name: "generated.yaml".to_owned(), text: text.to_owned() };
    spec::parse(source).unwrap_or_else(|error| panic!("{error:?}\n{text}"))
}

/// Faults that a run by itself cannot be expected to survive: the next run must.
pub(crate) fn ends_runs(fault: Fault) -> bool {
    matches!(fault, Fault::DieBefore | Fault::DieAfter | Fault::Denied | Fault::Expired)
}

/// Runs a test on a paused clock and a thread with room for the whole tool, whose futures are large.
pub(crate) fn deep(test: impl AsyncFnOnce() + Send + 'static) {
    let run = || {
        let clock = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
        clock.expect("a runtime starts").block_on(test());
    };
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(run).expect("a thread starts");
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}
