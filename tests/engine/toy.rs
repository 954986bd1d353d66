//! A cloud of rows in memory, and kinds of resources that live in it.
use std::{cell::RefCell, collections::BTreeMap, num::NonZeroUsize, sync::Arc, time::Duration};

use copilot_infra::{
    aws::{
        Aws, Cx, Error, Memo, Result, RunState, Trigger, interrupt_pair,
        tags::{Owner, Tags},
    },
    engine::{
        Consent, ExecutablePlan, Graph, Handle, Live, MaybeKnown, NodeLabel, Report, Resource, ResourceKind,
        Snapshot, StepEvent, apply_plan,
    },
};
use serde::Serialize;

/// One stored resource.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) kind: &'static str,
    pub(crate) shape: u32,
    pub(crate) size: u32,
    pub(crate) secret: String,
    /// What it was given of others.
    pub(crate) link: String,
    /// What the cloud makes up when it is made.
    pub(crate) serial: usize,
    pub(crate) holder: Owner,
    pub(crate) stuck: Option<String>,
}

impl Row {
    /// A row of a stack's own.
    pub(crate) fn ours(kind: &'static str, shape: u32, size: u32) -> Self {
        let (secret, link) = ("hush".into(), String::new());
        Self { kind, shape, size, secret, link, serial: 0, holder: Owner::ThisStack, stuck: None }
    }
}

/// The cloud of the current test, and what happened in it.
#[derive(Default)]
pub(crate) struct Cloud {
    pub(crate) rows: BTreeMap<String, Row>,
    /// Tags by name.
    pub(crate) tags: BTreeMap<String, Tags>,
    /// Names whose create, update or delete fails.
    pub(crate) broken: Vec<String>,
    /// Names that cannot be read.
    pub(crate) unreadable: Vec<String>,
    /// Names that were read.
    pub(crate) reads: Vec<String>,
    /// Every call that changed something.
    pub(crate) writes: Vec<String>,
    /// Whether an update gives a resource a new serial, which no plan can know.
    pub(crate) restless: bool,
    made: usize,
    busy: usize,
    pub(crate) busiest: usize,
}

thread_local!(static CLOUD: RefCell<Cloud> = RefCell::default());

/// Looks at, or changes, the cloud of this test.
pub(crate) fn cloud<T>(look: impl FnOnce(&mut Cloud) -> T) -> T {
    CLOUD.with_borrow_mut(look)
}

async fn write(call: String, name: &str, change: impl FnOnce(&mut Cloud)) -> Result<()> {
    cloud(|cloud| {
        cloud.busy += 1;
        cloud.busiest = cloud.busiest.max(cloud.busy);
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    cloud(|cloud| {
        cloud.busy -= 1;
        if cloud.broken.iter().any(|broken| broken == name) {
            return Err(Error::InvalidState(format!("{call} fails")));
        }
        cloud.writes.push(call);
        change(cloud);
        Ok(())
    })
}

/// A toy resource of one of the natures below.
#[derive(Clone, Debug)]
pub(crate) struct Toy<const NATURE: u8>(pub String);

const PLAIN: u8 = 0;
const DATA: u8 = 1;
const CHILD: u8 = 2;
const SHARED: u8 = 3;

/// What a toy offers to others.
pub(crate) type Serial = MaybeKnown<String>;
/// One that can be made again.
pub(crate) type Plain = Toy<PLAIN>;
/// One that holds data.
pub(crate) type Data = Toy<DATA>;
/// One that vanishes with its parent.
pub(crate) type Child = Toy<CHILD>;
/// One that belongs to the whole account.
pub(crate) type Shared = Toy<SHARED>;

/// How a toy is set up; its shape is fixed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Props {
    pub(crate) shape: u32,
    pub(crate) size: u32,
    pub(crate) secret: String,
    pub(crate) link: MaybeKnown<String>,
    pub(crate) tags: Tags,
}

pub(crate) const TIERS: &[&[ResourceKind]] = &[
    &[ResourceKind::of::<Data>(), ResourceKind::of::<Shared>()],
    &[ResourceKind::of::<Plain>()],
    &[ResourceKind::of::<Child>()],
];

impl<const NATURE: u8> Toy<NATURE> {
    fn live(row: &Row, tags: Tags) -> Live<Self> {
        let (secret, link) = (row.secret.clone(), row.link.clone().into());
        let props = Props { shape: row.shape, size: row.size, secret, link, tags };
        let attrs = MaybeKnown::Known(format!("serial {}", row.serial));
        let warning = row.stuck.as_ref().map(|why| format!("it is stuck: {why}"));
        Live {
            owner: row.holder.clone(),
            blocked_by: row.stuck.clone(),
            warning,
            ..Live::owned(props, attrs)
        }
    }
}

impl<const NATURE: u8> Resource for Toy<NATURE> {
    const KIND: &'static str = match NATURE {
        DATA => "toy/data",
        CHILD => "toy/child",
        SHARED => "toy/shared",
        _ => "toy/plain",
    };
    const FIXED: &'static [&'static str] = &["/shape"];
    const HOLDS_DATA: bool = NATURE == DATA;
    const SHARED: bool = NATURE == SHARED;
    const CHILD: bool = NATURE == CHILD;
    const REDACTED: &'static [&'static str] = &["/tags"];
    type Props = Props;
    type Attrs = Serial;

    fn id(&self) -> &str {
        &self.0
    }
    /// Toys of others that carry the stack's tag are called after nobody.
    fn is_named_after_stack(&self, _: &Cx<'_>) -> bool {
        !self.0.starts_with("their")
    }
    fn predicted_attributes(&self, _: &Aws) -> Serial {
        MaybeKnown::KnownAfter(format!("{}.serial", self.0))
    }
    fn tags(props: &mut Props) -> Option<&mut Tags> {
        (NATURE != CHILD).then_some(&mut props.tags)
    }

    async fn observe(&self, _: &Cx<'_>) -> Result<Option<Live<Self>>> {
        cloud(|cloud| {
            if cloud.unreadable.contains(&self.0) {
                Err(Error::InvalidState(format!("`{}` cannot be read", self.0)))
            } else {
                cloud.reads.push(self.0.clone());
                let tags = cloud.tags.get(&self.0).cloned().unwrap_or_default();
                Ok(cloud.rows.get(&self.0).map(|row| Self::live(row, tags)))
            }
        })
    }

    async fn create(&self, cx: &Cx<'_>, to: &Props) -> Result<Live<Self>> {
        (cx.on_wait)("room");
        // Made by a call whose answer was lost: taken up as it stands.
        if let Some(live) = self.observe(cx).await? {
            return Ok(live);
        }
        let serial = cloud(|cloud| {
            cloud.made += 1;
            cloud.made
        });
        let row = Row { serial, secret: to.secret.clone(), ..Row::ours(Self::KIND, to.shape, 0) };
        let live = Self::live(&row, to.tags.clone());
        let name = self.0.clone();
        write(format!("create {name}"), &self.0, |cloud| {
            cloud.tags.insert(name.clone(), to.tags.clone());
            cloud.rows.insert(name, row);
        })
        .await?;
        Ok(live)
    }

    async fn update(&self, _: &Cx<'_>, live: Live<Self>, to: &Props) -> Result<Live<Self>> {
        let link = to.link.require_known()?.clone();
        let mut attrs = live.attrs.clone();
        write(format!("update {}", self.0), &self.0, |cloud| {
            cloud.tags.insert(self.0.clone(), to.tags.clone());
            if let Some(row) = cloud.rows.get_mut(&self.0) {
                (row.size, row.secret, row.link) = (to.size, to.secret.clone(), link);
                row.holder = Owner::ThisStack;
                if cloud.restless {
                    row.serial += 1;
                    attrs = MaybeKnown::Known(format!("serial {}", row.serial));
                }
            }
        })
        .await?;
        Ok(Live { props: to.clone(), attrs, ..live })
    }

    async fn delete(&self, _: &Cx<'_>, _: &Live<Self>) -> Result<()> {
        write(format!("delete {}", self.0), &self.0, |cloud| drop(cloud.rows.remove(&self.0))).await
    }

    async fn list(_: &Cx<'_>) -> Result<Vec<Self>> {
        let of_kind = |(name, row): (&String, &Row)| (row.kind == Self::KIND).then(|| Self(name.clone()));
        Ok(cloud(|cloud| cloud.rows.iter().filter_map(of_kind).collect()))
    }
}

/// Adds a toy of size 1 that comes after `after`.
pub(crate) fn add<const NATURE: u8>(
    graph: &mut Graph,
    toy: Toy<NATURE>,
    after: &[Handle<Serial>],
) -> Handle<Serial> {
    add_as(graph, NodeLabel::default(), toy, after, 1, 1)
}

/// Adds a toy with everything said.
pub(crate) fn add_as<const NATURE: u8>(
    graph: &mut Graph,
    label: NodeLabel,
    toy: Toy<NATURE>,
    after: &[Handle<Serial>],
    shape: u32,
    size: u32,
) -> Handle<Serial> {
    let after = after.iter().map(|handle| handle.edge()).collect();
    let label = NodeLabel { address: toy.0.clone(), ordered_after: after, ..label };
    graph.add(label, toy, (), move |()| props(shape, size, String::new().into()))
}

/// How a toy is wanted, with what it is given of others.
pub(crate) fn props(shape: u32, size: u32, link: Serial) -> Props {
    Props { shape, size, secret: "hush".into(), link, tags: Tags::new() }
}

/// The word for everything.
pub(crate) fn all() -> Consent {
    Consent { delete_data: true, ..Consent::default() }
}

/// A run against the toy cloud.
pub(crate) struct Bench {
    pub(crate) aws: Aws,
    memo: Memo,
    run: RunState,
    pub(crate) trigger: Arc<Trigger>,
    interrupt: copilot_infra::aws::Interrupt,
    pub(crate) parallel: usize,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let config = aws_config::SdkConfig::builder().build();
        let (trigger, interrupt) = interrupt_pair();
        Self {
            aws: Aws::new(config, "us-east-1".into(), "123456789012".into()),
            memo: Memo::default(),
            run: RunState::default(),
            trigger: Arc::new(trigger),
            interrupt,
            parallel: 16,
        }
    }

    pub(crate) fn cx(&self) -> Cx<'_> {
        Cx {
            aws: &self.aws,
            memo: &self.memo,
            run: &self.run,
            interrupt: &self.interrupt,
            stack: "toys",
            role_home: "/",
            on_wait: &|_| {},
        }
    }

    pub(crate) async fn read(&self, graph: Graph) -> Result<Snapshot> {
        Snapshot::capture(graph, TIERS, &self.cx()).await.map_err(|unread| unread.error)
    }

    pub(crate) async fn plan(&self, graph: Graph) -> ExecutablePlan {
        self.read(graph).await.unwrap().plan_changes(&self.aws, &Consent::default())
    }

    pub(crate) async fn plan_with_data(&self, graph: Graph) -> ExecutablePlan {
        self.read(graph).await.unwrap().plan_changes(&self.aws, &all())
    }

    pub(crate) async fn carry_out(
        &self,
        work: ExecutablePlan,
        watch: &dyn copilot_infra::engine::Observer,
    ) -> Report {
        let parallel = NonZeroUsize::new(self.parallel).unwrap();
        apply_plan(work, &self.cx(), parallel, watch).await
    }

    pub(crate) async fn apply(&self, graph: Graph) -> Report {
        self.carry_out(self.plan(graph).await, &|_: &StepEvent<'_>| {}).await
    }
}
