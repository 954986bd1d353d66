//! A kind that breaks the contract in one way after the other: each is found out by the check that is for it.
use copilot_infra::{
    aws::{Aws, Cx, Result},
    engine::{Live, Resource},
    resources::log_group::{LogGroup, Props},
};

use crate::{
    bench::deep,
    contract::{Case, Place},
    kinds::log_group,
};

/// How it is broken.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// It is always there.
    Ghost,
    /// It forgets the tags of the creation.
    Untagged,
    /// It does not bring what differs.
    Lazy,
    /// It fails when it stands already.
    Fussy,
    /// It is never listed.
    Hidden,
    /// It takes everything for its own.
    Greedy,
    /// It writes what stands already.
    Busy,
    /// It does not remove.
    Sticky,
    /// It takes what another stack has made.
    Taker,
    /// It leaves tags as they are.
    Tagless,
    /// It does not see a retention of three days.
    Blind,
    /// It claims to have changed what is gone.
    Boaster,
}

thread_local! {
    /// How the kind of this thread is broken; `list` has no other way to know.
    static FAULT: std::cell::Cell<Fault> = const { std::cell::Cell::new(Fault::Ghost) };
}

fn is(check: impl Fn(Fault) -> bool) -> bool {
    FAULT.with(|fault| check(fault.get()))
}

#[derive(Clone)]
struct Broken(LogGroup);

impl Broken {
    fn wrap(live: Live<LogGroup>) -> Live<Self> {
        let Live { props, attrs, owner: mut holder, blocked_by: stuck, warning, takes_over, refusal } = live;
        let mut props = props;
        if is(|fault| matches!(fault, Fault::Blind)) && props.retention_days == Some(3) {
            props.retention_days = None;
        }
        if is(|fault| matches!(fault, Fault::Greedy)) {
            holder = copilot_infra::aws::tags::Owner::ThisStack;
        }
        Live { props, attrs, owner: holder, blocked_by: stuck, warning, takes_over, refusal }
    }

    fn unwrap(live: &Live<Self>) -> Live<LogGroup> {
        Live::owned(live.props.clone(), ())
    }
}

impl Resource for Broken {
    const KIND: &'static str = "test/broken";
    type Props = Props;
    type Attrs = ();

    fn id(&self) -> &str {
        self.0.id()
    }

    fn is_named_after_stack(&self, cx: &Cx<'_>) -> bool {
        self.0.is_named_after_stack(cx)
    }

    fn predicted_attributes(&self, _: &Aws) {}

    async fn observe(&self, cx: &Cx<'_>) -> Result<Option<Live<Self>>> {
        let live = self.0.observe(cx).await?.map(Self::wrap);
        Ok(match live {
            None if is(|fault| matches!(fault, Fault::Ghost)) => {
                Some(Live::owned(log_group::log_group("").wish, ()))
            }
            live => live,
        })
    }

    async fn create(&self, cx: &Cx<'_>, to: &Props) -> Result<Live<Self>> {
        if is(|fault| matches!(fault, Fault::Taker)) {
            return Ok(self.0.create(cx, to).await.map_or_else(|_| Live::owned(to.clone(), ()), Self::wrap));
        }
        if is(|fault| matches!(fault, Fault::Fussy)) && self.0.observe(cx).await?.is_some() {
            return Err(copilot_infra::aws::Error::InvalidState("it is there already".into()));
        }
        let untagged = is(|fault| matches!(fault, Fault::Untagged));
        let tags = if untagged { [("x".to_owned(), "y".to_owned())].into() } else { to.tags.clone() };
        Ok(Self::wrap(self.0.create(cx, &Props { tags, ..to.clone() }).await?))
    }

    async fn update(&self, cx: &Cx<'_>, live: Live<Self>, to: &Props) -> Result<Live<Self>> {
        if is(|fault| matches!(fault, Fault::Lazy)) {
            return Ok(live);
        }
        if is(|fault| matches!(fault, Fault::Boaster)) {
            return Ok(self.0.update(cx, Self::unwrap(&live), to).await.map_or(live, Self::wrap));
        }
        let mut from = Self::unwrap(&live);
        if is(|fault| matches!(fault, Fault::Tagless)) {
            from.props.tags.clone_from(&to.tags);
        }
        if is(|fault| matches!(fault, Fault::Busy)) {
            from.props.retention_days = Some(1);
        }
        Ok(Self::wrap(self.0.update(cx, from, to).await?))
    }

    async fn delete(&self, cx: &Cx<'_>, live: &Live<Self>) -> Result<()> {
        if is(|fault| matches!(fault, Fault::Sticky)) {
            return Ok(());
        }
        self.0.delete(cx, &Self::unwrap(live)).await
    }

    async fn list(cx: &Cx<'_>) -> Result<Vec<Self>> {
        let all = LogGroup::list(cx).await?;
        Ok(if is(|fault| matches!(fault, Fault::Hidden)) {
            Vec::new()
        } else {
            all.into_iter().map(Self).collect()
        })
    }
}

#[test]
fn a_kind_that_breaks_the_contract_is_found_out() {
    deep(async || {
        let faults = [
            (Fault::Ghost, "read_before_create"),
            (Fault::Untagged, "tags_at_create"),
            (Fault::Lazy, "create_read"),
            (Fault::Fussy, "create_create"),
            (Fault::Hidden, "create_list"),
            (Fault::Greedy, "foreign"),
            (Fault::Busy, "minimal"),
            (Fault::Sticky, "delete_read"),
            (Fault::Taker, "create_refuses"),
            (Fault::Tagless, "update_tags"),
            (Fault::Blind, "out_of_band"),
            (Fault::Boaster, "update_without_create"),
        ];
        for (fault, check) in faults {
            FAULT.with(|cell| cell.set(fault));
            let place = Place::simulated(9);
            let Case { resource, wish, changes, fixed, empty } = log_group::with_key(&place).await;
            let case = Case { resource: Broken(resource), wish, changes, fixed, empty };
            let found = case.holds(&place, Some(log_group::spoil)).await;
            let found = found.expect_err("it is broken");
            assert!(found.starts_with(check), "{fault:?} was found by another check: {found}");
        }
    });
}
