//! What every kind of resource must do, checked kind by kind on the simulator and on the local cloud, and proof
//! that a kind that does not is found out.
use std::{collections::BTreeSet, time::Duration};

use copilot_infra::{
    aws::{
        Aws, Cx, Memo, RunState, interrupt_pair,
        tags::{self, ADDRESS, Owner, Tags},
    },
    engine::{Live, Resource, diff},
};
use copilot_infra_simulator::{Record, Script, Simulator, Switches};
use serde_json::to_value;

use crate::bench::{REGION, clients};

/// The stack that owns what the contract makes.
pub(crate) const STACK: &str = "contract";

/// The owner's tags and some more.
pub(crate) fn tags(extra: &[(&str, &str)]) -> Tags {
    let owner = [(tags::STACK, STACK), (ADDRESS, "it")];
    owner.iter().chain(extra).map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// Where the contract is checked: on the simulator, or in the local cloud, which lags less and tells less.
pub(crate) struct Place {
    aws: Aws,
    simulator: Option<Simulator>,
    gaps: &'static [Gap],
}

/// What a place is known to do otherwise than AWS.
pub(crate) struct Gap {
    /// The kind that it touches.
    pub(crate) kind: &'static str,
    /// The member of the wish, or the check, that is left out.
    pub(crate) without: &'static str,
}

impl Place {
    /// A simulated world whose lags are over within the contract's pauses.
    pub(crate) fn simulated(seed: u64) -> Self {
        let switches = Switches { ttl_cooldown_minutes: 0, page: 2, ..Switches::default() };
        let simulator = Simulator::new(seed, switches);
        Self { aws: clients(&simulator), simulator: Some(simulator), gaps: &[] }
    }

    /// An empty account of the local cloud.
    pub(crate) fn local(aws: Aws, gaps: &'static [Gap]) -> Self {
        Self { aws, simulator: None, gaps }
    }

    /// Clients for doing things by hand.
    pub(crate) fn aws(&self) -> &Aws {
        &self.aws
    }

    /// Time for all that lags to arrive.
    async fn settle(&self) {
        let time = if self.simulator.is_some() { Duration::from_mins(1) } else { Duration::from_millis(100) };
        tokio::time::sleep(time).await;
    }

    fn lacks(&self, kind: &str, what: &str) -> bool {
        self.gaps.iter().any(|gap| gap.kind == kind && gap.without == what)
    }

    /// Everything that stands, where that can be told.
    fn inventory(&self) -> Option<Vec<String>> {
        self.simulator.as_ref().map(|sim| sim.inventory(REGION))
    }

    /// Counts writes anew.
    fn begin(&self) {
        if let Some(sim) = &self.simulator {
            sim.begin(Script::default());
        }
    }

    /// What was written since, where that can be told.
    fn writes(&self) -> Vec<Record> {
        let records = self.simulator.as_ref().map(Simulator::records).unwrap_or_default();
        records.into_iter().filter(Record::took_effect).collect()
    }
}

/// Runs `work` in a fresh context, as a new start of the tool would.
pub(crate) async fn fresh<T>(aws: &Aws, stack: &str, work: impl AsyncFnOnce(&Cx<'_>) -> T) -> T {
    let (memo, run, (_trigger, interrupt)) = (Memo::default(), RunState::default(), interrupt_pair());
    let (interrupt, role_home) = (&interrupt, "/copilot-infra/");
    let cx = Cx { aws, memo: &memo, run: &run, interrupt, stack, role_home, on_wait: &|_| {} };
    Box::pin(work(&cx)).await
}

/// What a check found.
pub(crate) type Checked = Result<(), String>;

fn check(holds: bool, what: &str, found: impl std::fmt::Debug) -> Checked {
    if holds { Ok(()) } else { Err(format!("{what}: {found:?}")) }
}

/// A kind under test: how one of it is named and wished for.
pub(crate) struct Case<R: Resource> {
    pub(crate) resource: R,
    pub(crate) wish: R::Props,
    /// Other wishes that an update reaches, each from the one before.
    pub(crate) changes: Vec<R::Props>,
    /// Members of the wish that no update is meant to change, besides those that the kind itself names.
    pub(crate) fixed: &'static [&'static str],
    /// What is seen where there is none, for a kind that comes with its parent.
    pub(crate) empty: Option<R::Props>,
}

/// A kind for which nobody can change anything.
pub(crate) type Nobody = fn(&Aws) -> std::future::Ready<()>;

impl<R: Resource> Case<R> {
    /// One thing with one wish.
    pub(crate) fn of(resource: R, wish: R::Props) -> Self {
        Self { resource, wish, changes: Vec::new(), fixed: &[], empty: None }
    }

    /// Makes it, for others that need it.
    pub(crate) async fn stand(&self, place: &Place) -> R::Attrs {
        let made = fresh(place.aws(), STACK, async |cx: &Cx<'_>| {
            let live = self.resource.create(cx, &self.wish).await?;
            let differs = differs(&live.props, &self.wish);
            if differs { self.resource.update(cx, live, &self.wish).await } else { Ok(live) }
        });
        let made: copilot_infra::aws::Result<Live<R>> = made.await;
        place.settle().await;
        made.expect("what others need is made").attrs
    }

    /// The whole contract; says which part does not hold. `spoil` changes it as somebody else would.
    pub(crate) async fn holds(&self, place: &Place, spoil: Option<impl AsyncFn(&Aws)>) -> Checked {
        self.covers_every_member()?;
        self.absent_at_first(place).await?;
        self.create_read(place).await?;
        self.create_create(place).await?;
        self.listed(place).await?;
        self.others_see_whose_it_is(place).await?;
        if !place.lacks(R::KIND, "create_refuses") {
            self.others_cannot_take_it(place).await?;
        }
        let mut from = &self.wish;
        let known = |to: &&R::Props| {
            members(&doc(&self.wish), &doc(to)).iter().all(|member| !place.lacks(R::KIND, member))
        };
        for to in self.changes.iter().filter(known) {
            self.update_read(place, to).await?;
            from = to;
        }
        self.nothing_to_do(place, from).await?;
        if let Some(spoil) = spoil {
            self.found_and_mended(place, from, spoil).await?;
        }
        if R::SHARED {
            return self.stays(place).await;
        }
        self.delete_read(place).await?;
        if !place.lacks(R::KIND, "update_without_create") {
            self.update_without_create(place).await?;
        }
        self.delete_create(place).await
    }

    async fn seen(&self, place: &Place) -> Result<Option<R::Props>, String> {
        let seen = fresh(place.aws(), STACK, async |cx: &Cx<'_>| self.resource.observe(cx).await).await;
        let seen = seen.map_err(|error| format!("observe: {error}"))?.map(|live| live.props);
        Ok(seen.filter(|seen| self.empty.as_ref().is_none_or(|empty| differs(seen, empty))))
    }

    /// The case itself is whole: each member that can change is changed by one of its changes.
    fn covers_every_member(&self) -> Checked {
        let before = doc(&self.wish);
        let changed: BTreeSet<String> =
            self.changes.iter().flat_map(|to| members(&before, &doc(to))).collect();
        let fixed = |name: &str| {
            let pointer = format!("/{name}");
            R::FIXED.contains(&&*pointer) || self.fixed.contains(&name)
        };
        let all = before.as_object().into_iter().flat_map(|it| it.keys());
        let open: Vec<_> = all.filter(|name| !fixed(name) && !changed.contains(*name)).collect();
        check(open.is_empty(), "update of every member: none of these is ever changed", open)
    }

    async fn absent_at_first(&self, place: &Place) -> Checked {
        check(self.seen(place).await?.is_none(), "read_before_create: it is there", "")
    }

    /// Creates as the engine does, and what is read then is what was wished for; tags say whose it is from the
    /// first moment on.
    async fn create_read(&self, place: &Place) -> Checked {
        let made = fresh(place.aws(), STACK, async |cx: &Cx<'_>| {
            let live = self.resource.create(cx, &self.wish).await?;
            place.settle().await;
            let memo = Memo::default();
            let bare = self.resource.observe(&Cx { memo: &memo, ..*cx }).await?;
            if differs(&live.props, &self.wish) {
                self.resource.update(cx, live, &self.wish).await?;
            }
            Ok::<_, copilot_infra::aws::Error>(bare.map(|live| live.owner))
        });
        let holder = made.await.map_err(|error| format!("create: {error}"))?;
        let ours = holder == Some(Owner::ThisStack) || R::SHARED;
        check(ours, "tags_at_create: it is not the stack's", holder)?;
        self.reads(place, &self.wish, "create_read").await
    }

    async fn reads(&self, place: &Place, wish: &R::Props, what: &str) -> Checked {
        place.settle().await;
        let seen = self.seen(place).await?.ok_or_else(|| format!("{what}: it is not there"))?;
        check(!differs(&seen, wish), what, diff(&doc(&seen), &doc(wish)))
    }

    /// A second creation takes up the first one's and makes no twin.
    async fn create_create(&self, place: &Place) -> Checked {
        let before = place.inventory();
        let again =
            fresh(place.aws(), STACK, async |cx: &Cx<'_>| self.resource.create(cx, &self.wish).await).await;
        let again = again.map_err(|error| format!("create_create: {error}"))?;
        check(again.owner == Owner::ThisStack, "create_create: it is not the stack's", &again.owner)?;
        let after = place.inventory();
        check(before == after, "create_create: it made a twin", &after)
    }

    /// The stack finds it without knowing its name, over pages.
    async fn listed(&self, place: &Place) -> Checked {
        let all = fresh(place.aws(), STACK, async |cx: &Cx<'_>| R::list(cx).await).await;
        let all = all.map_err(|error| format!("list: {error}"))?;
        let names: Vec<&str> = all.iter().map(Resource::id).collect();
        // A child goes with its parent, and what is shared never goes.
        let listed = names.contains(&self.resource.id()) || R::CHILD || R::SHARED;
        check(listed, "create_list: it is not listed", names)
    }

    /// To another stack it is somebody else's.
    async fn others_see_whose_it_is(&self, place: &Place) -> Checked {
        let seen = fresh(place.aws(), "other", async |cx: &Cx<'_>| self.resource.observe(cx).await).await;
        let holder = seen.map_err(|error| format!("observe: {error}"))?.map(|live| live.owner);
        // An API is found by its tags, so another stack does not even see it.
        let foreign = matches!(&holder, None | Some(Owner::OtherStack(_))) || R::SHARED;
        check(foreign, "foreign: another stack takes it for its own", holder)
    }

    /// Another stack's creation neither takes it nor touches it.
    async fn others_cannot_take_it(&self, place: &Place) -> Checked {
        if R::SHARED || self.empty.is_some() {
            return Ok(()); // it is everybody's, or comes with a parent that is not theirs
        }
        let before = place.inventory();
        let mut theirs = self.wish.clone();
        if let Some(all) = R::tags(&mut theirs) {
            all.insert(tags::STACK.to_owned(), "other".to_owned());
        }
        let taken = fresh(place.aws(), "other", async |cx: &Cx<'_>| {
            let made = self.resource.create(cx, &theirs).await;
            made.is_ok_and(|live| live.owner == Owner::ThisStack)
        });
        let taken = taken.await;
        place.settle().await;
        let after = place.inventory();
        // An API is found by its tags: another stack gets one of its own beside it.
        let count = |all: &[String], line: &String| all.iter().filter(|it| *it == line).count();
        let (Some(before), Some(after)) = (before, after) else {
            // What another stack's came to stand beside cannot be told here: then ours must be as it was.
            return self.reads(place, &self.wish, "create_refuses").await;
        };
        let untouched = before.iter().all(|line| count(&after, line) >= count(&before, line));
        check(untouched, "create_refuses: another stack changed it", &after)?;
        let beside = after.len() > before.len();
        check(!taken || beside, "create_refuses: another stack took it", &after)
    }

    /// A change by somebody else is seen, and the next update mends it.
    async fn found_and_mended(&self, place: &Place, wish: &R::Props, spoil: impl AsyncFn(&Aws)) -> Checked {
        spoil(place.aws()).await;
        place.settle().await;
        let seen = self.seen(place).await?.ok_or("out_of_band: it is not there any more")?;
        check(differs(&seen, wish), "out_of_band: a change is not seen", doc(&seen))?;
        self.update_read(place, wish).await
    }

    /// What is shared stays, whoever removes it.
    async fn stays(&self, place: &Place) -> Checked {
        self.delete(place).await?;
        check(self.seen(place).await?.is_some(), "shared: it is gone", "")
    }

    /// An update of what is gone fails, or makes it again; it never claims what it has not done.
    async fn update_without_create(&self, place: &Place) -> Checked {
        self.create_read(place).await?;
        let to = self.changes.last().unwrap_or(&self.wish);
        let updated = fresh(place.aws(), STACK, async |cx: &Cx<'_>| {
            let Some(live) = self.resource.observe(cx).await? else { return Ok(()) };
            self.resource.delete(cx, &live).await?;
            place.settle().await;
            let memo = Memo::default();
            self.resource.update(&Cx { memo: &memo, ..*cx }, live, to).await.map(drop)
        });
        let updated: copilot_infra::aws::Result<()> = updated.await;
        place.settle().await;
        match (updated, self.seen(place).await?) {
            (Ok(()), None) => Err("update_without_create: it claims success and nothing stands".into()),
            (Ok(()), Some(seen)) => {
                check(!differs(&seen, to), "update_without_create: it stands otherwise", doc(&seen))?;
                self.delete_read(place).await
            }
            (Err(_), None) => Ok(()),
            (Err(error), Some(_)) => Err(format!("update_without_create: half of it stands: {error}")),
        }
    }

    async fn update_read(&self, place: &Place, to: &R::Props) -> Checked {
        let changed = fresh(place.aws(), STACK, async |cx: &Cx<'_>| {
            let Some(live) = self.resource.observe(cx).await? else { return Ok(false) };
            self.resource.update(cx, live, to).await.map(|_| true)
        });
        let there = changed.await.map_err(|error: copilot_infra::aws::Error| format!("update: {error}"))?;
        check(there, "update_read: it is not there", "")?;
        let only_tags = members(&doc(&self.wish), &doc(to)).iter().eq(["tags"]);
        let what = if only_tags { "update_tags" } else { "update_read" };
        self.reads(place, to, what).await
    }

    /// An update to what stands writes nothing.
    async fn nothing_to_do(&self, place: &Place, wish: &R::Props) -> Checked {
        place.begin();
        let update = fresh(place.aws(), STACK, async |cx: &Cx<'_>| {
            let Some(live) = self.resource.observe(cx).await? else { return Ok(()) };
            self.resource.update(cx, live, wish).await.map(drop)
        });
        update.await.map_err(|error: copilot_infra::aws::Error| format!("update: {error}"))?;
        let writes = place.writes();
        check(writes.is_empty(), "minimal: an update to what stands writes", writes)
    }

    async fn delete(&self, place: &Place) -> Checked {
        let deleted = fresh(place.aws(), STACK, async |cx: &Cx<'_>| {
            let Some(live) = self.resource.observe(cx).await? else { return Ok(()) };
            self.resource.delete(cx, &live).await?;
            // Removing what is gone is no error.
            self.resource.delete(cx, &live).await
        });
        let deleted: copilot_infra::aws::Result<()> = deleted.await;
        deleted.map_err(|error| format!("delete_delete: {error}"))?;
        place.settle().await;
        Ok(())
    }

    async fn delete_read(&self, place: &Place) -> Checked {
        self.delete(place).await?;
        let seen = self.seen(place).await?;
        check(seen.is_none(), "delete_read: it is still there", seen.map(|seen| doc(&seen)))
    }

    /// What was removed can be made again.
    async fn delete_create(&self, place: &Place) -> Checked {
        self.create_read(place).await?;
        self.delete_read(place).await
    }
}

fn doc(props: &impl serde::Serialize) -> serde_json::Value {
    to_value(props).unwrap_or_default()
}

/// The members of two documents that are not the same.
fn members(one: &serde_json::Value, other: &serde_json::Value) -> BTreeSet<String> {
    let changes = diff(one, other);
    let first = |at: &str| at.split('/').nth(1).unwrap_or_default().to_owned();
    changes.iter().map(|change| first(&change.pointer)).collect()
}

fn differs(one: &impl serde::Serialize, other: &impl serde::Serialize) -> bool {
    !diff(&doc(one), &doc(other)).is_empty()
}
