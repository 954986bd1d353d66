//! What every kind of resource must do, checked kind by kind on the simulator, and proof that a kind that does
//! not is found out.
use crate::bench::{Bench, REGION};
use copilot_infra::{
    aws::{Cx, Memo, Run, interrupt, tags::Holder},
    engine::{Resource, diff},
};
use copilot_infra_simulator::Switches;
use serde_json::to_value;
use std::time::Duration;

/// The stack that owns what the contract makes.
pub(crate) const STACK: &str = "contract";

/// Runs `work` in a fresh context, as a new start of the tool would.
pub(crate) async fn fresh<T>(bench: &Bench, stack: &str, work: impl AsyncFnOnce(&Cx<'_>) -> T) -> T {
    let (aws, memo, run, (_trigger, interrupt)) = (bench.aws(), Memo::default(), Run::default(), interrupt());
    let cx = Cx { aws: &aws, memo: &memo, run: &run, interrupt: &interrupt, stack, note: &|_| {} };
    Box::pin(work(&cx)).await
}

/// Time for all that lags to arrive.
async fn settle() {
    tokio::time::sleep(Duration::from_mins(1)).await;
}

/// What a check found.
type Checked = Result<(), String>;

fn check(holds: bool, what: &str, found: impl std::fmt::Debug) -> Checked {
    if holds { Ok(()) } else { Err(format!("{what}: {found:?}")) }
}

/// A kind under test: how one of it is named and wished for.
pub(crate) struct Case<R: Resource> {
    pub(crate) resource: R,
    pub(crate) wish: R::Props,
    /// Other wishes that an update reaches, each from the one before.
    pub(crate) changes: Vec<R::Props>,
}

impl<R: Resource> Case<R> {
    /// The whole contract; says which part does not hold.
    pub(crate) async fn holds(&self, bench: &Bench) -> Checked {
        self.absent_at_first(bench).await?;
        self.create_read(bench).await?;
        self.create_create(bench).await?;
        self.listed(bench).await?;
        self.others_see_whose_it_is(bench).await?;
        let mut from = &self.wish;
        for to in &self.changes {
            self.update_read(bench, to).await?;
            from = to;
        }
        self.nothing_to_do(bench, from).await?;
        self.delete_read(bench).await?;
        self.delete_create(bench).await
    }

    async fn seen(&self, bench: &Bench) -> Result<Option<R::Props>, String> {
        let seen = fresh(bench, STACK, async |cx: &Cx<'_>| self.resource.observe(cx).await).await;
        Ok(seen.map_err(|error| format!("observe: {error}"))?.map(|live| live.props))
    }

    async fn absent_at_first(&self, bench: &Bench) -> Checked {
        check(self.seen(bench).await?.is_none(), "read_before_create: it is there", "")
    }

    /// Creates as the engine does, and what is read then is what was wished for; tags say whose it is from the
    /// first moment on.
    async fn create_read(&self, bench: &Bench) -> Checked {
        let made = fresh(bench, STACK, async |cx: &Cx<'_>| {
            let live = self.resource.create(cx, &self.wish).await?;
            settle().await;
            let memo = Memo::default();
            let bare = self.resource.observe(&Cx { memo: &memo, ..*cx }).await?;
            if differs(&live.props, &self.wish) {
                self.resource.update(cx, live, &self.wish).await?;
            }
            Ok::<_, copilot_infra::aws::Error>(bare.map(|live| live.holder))
        });
        let holder = made.await.map_err(|error| format!("create: {error}"))?;
        check(holder == Some(Holder::Ours), "tags_at_create: it is not the stack's", holder)?;
        self.reads(bench, &self.wish, "create_read").await
    }

    async fn reads(&self, bench: &Bench, wish: &R::Props, what: &str) -> Checked {
        settle().await;
        let seen = self.seen(bench).await?.ok_or_else(|| format!("{what}: it is not there"))?;
        check(!differs(&seen, wish), what, diff(&doc(&seen), &doc(wish)))
    }

    /// A second creation takes up the first one's and makes no twin.
    async fn create_create(&self, bench: &Bench) -> Checked {
        let before = bench.sim.inventory(REGION);
        let again = fresh(bench, STACK, async |cx: &Cx<'_>| self.resource.create(cx, &self.wish).await).await;
        let again = again.map_err(|error| format!("create_create: {error}"))?;
        check(again.holder == Holder::Ours, "create_create: it is not the stack's", &again.holder)?;
        let after = bench.sim.inventory(REGION);
        check(before == after, "create_create: it made a twin", &after)
    }

    /// The stack finds it without knowing its name, over pages.
    async fn listed(&self, bench: &Bench) -> Checked {
        let all = fresh(bench, STACK, async |cx: &Cx<'_>| R::list(cx).await).await;
        let all = all.map_err(|error| format!("list: {error}"))?;
        let names: Vec<&str> = all.iter().map(Resource::id).collect();
        check(names.contains(&self.resource.id()), "create_list: it is not listed", names)
    }

    /// To another stack it is somebody else's.
    async fn others_see_whose_it_is(&self, bench: &Bench) -> Checked {
        let seen = fresh(bench, "other", async |cx: &Cx<'_>| self.resource.observe(cx).await).await;
        let holder = seen.map_err(|error| format!("observe: {error}"))?.map(|live| live.holder);
        // An API is found by its tags, so another stack does not even see it.
        let foreign = matches!(&holder, None | Some(Holder::Stack(_)));
        check(foreign, "foreign: another stack takes it for its own", holder)
    }

    async fn update_read(&self, bench: &Bench, to: &R::Props) -> Checked {
        let changed = fresh(bench, STACK, async |cx: &Cx<'_>| {
            let Some(live) = self.resource.observe(cx).await? else { return Ok(false) };
            self.resource.update(cx, live, to).await.map(|_| true)
        });
        let there = changed.await.map_err(|error: copilot_infra::aws::Error| format!("update: {error}"))?;
        check(there, "update_read: it is not there", "")?;
        self.reads(bench, to, "update_read").await
    }

    /// An update to what stands writes nothing.
    async fn nothing_to_do(&self, bench: &Bench, wish: &R::Props) -> Checked {
        bench.sim.begin(copilot_infra_simulator::Script::default());
        let update = fresh(bench, STACK, async |cx: &Cx<'_>| {
            let Some(live) = self.resource.observe(cx).await? else { return Ok(()) };
            self.resource.update(cx, live, wish).await.map(drop)
        });
        update.await.map_err(|error: copilot_infra::aws::Error| format!("update: {error}"))?;
        let writes: Vec<_> =
            bench.sim.records().into_iter().filter(copilot_infra_simulator::Record::took_effect).collect();
        check(writes.is_empty(), "minimal: an update to what stands writes", writes)
    }

    async fn delete(&self, bench: &Bench) -> Checked {
        let deleted = fresh(bench, STACK, async |cx: &Cx<'_>| {
            let Some(live) = self.resource.observe(cx).await? else { return Ok(()) };
            self.resource.delete(cx, &live).await?;
            // Removing what is gone is no error.
            self.resource.delete(cx, &live).await
        });
        let deleted: copilot_infra::aws::Result<()> = deleted.await;
        deleted.map_err(|error| format!("delete_delete: {error}"))?;
        settle().await;
        Ok(())
    }

    async fn delete_read(&self, bench: &Bench) -> Checked {
        self.delete(bench).await?;
        let seen = self.seen(bench).await?;
        check(seen.is_none(), "delete_read: it is still there", seen.map(|seen| doc(&seen)))
    }

    /// What was removed can be made again.
    async fn delete_create(&self, bench: &Bench) -> Checked {
        self.create_read(bench).await?;
        self.delete_read(bench).await
    }
}

fn doc(props: &impl serde::Serialize) -> serde_json::Value {
    to_value(props).unwrap_or_default()
}

fn differs(one: &impl serde::Serialize, other: &impl serde::Serialize) -> bool {
    !diff(&doc(one), &doc(other)).is_empty()
}

/// A world whose lags are over within the contract's pauses.
pub(crate) fn world(seed: u64) -> Bench {
    Bench::new(seed, Switches { ttl_cooldown_minutes: 0, page: 2, ..Switches::default() })
}
