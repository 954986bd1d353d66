//! The lease of the stack around a command that changes it.
use std::time::Duration;

use super::session::Session;
use crate::{
    aws::Urgency,
    diagnostic::Failure,
    lease::{Dynamo, Error, Held, Holder, Lease, Lost, Record, Release, Seen, Terms},
    manifest::types::Lease as Wish,
    world::World,
};

/// Keeps other runs out, unless leases are switched off.
pub(super) struct Guard<'a> {
    world: &'a World,
    lease: Option<Lease<Dynamo<'a>>>,
}

/// What stood before the stack was read. A failure to look counts only once there is something to change.
pub(super) struct Clear(Option<Result<Seen, Error>>);

/// A lease that is held.
pub(super) struct Hold<'a> {
    world: &'a World,
    held: Held<'a, Dynamo<'a>>,
}

/// Longest time that giving the lease back takes.
const RELEASE: Duration = Duration::from_secs(10);
/// The same after the second signal.
const HURRIED: Duration = Duration::from_secs(1);

impl<'a> Guard<'a> {
    /// The guard of `command`.
    pub(super) fn new(world: &'a World, session: &'a Session<'_>, command: &str, no_lease: bool) -> Self {
        let spec = &session.loaded.spec;
        let off = no_lease || spec.lease.as_ref().is_some_and(|wish| wish.value == Wish::Off);
        let lease = (!off).then(|| {
            let store = Dynamo::new(&session.aws, &spec.stack.value, |text| world.say(text));
            Lease::new(store, Terms::default(), Holder::this(&session.aws.caller, command))
        });
        Self { world, lease }
    }

    /// Whether a lease will be taken.
    pub(super) fn is_on(&self) -> bool {
        self.lease.is_some()
    }

    /// Waits until nobody else works on the stack, so that what is read afterwards holds.
    pub(super) async fn clear(&self) -> Result<Clear, Failure> {
        let Some(lease) = &self.lease else { return Ok(Clear(None)) };
        let tell = |record: &Record| {
            let holder = record.holder.as_ref().map(ToString::to_string).unwrap_or_default();
            self.world.say(&format!(
                "the lease of the stack is held by {holder}; watching whether that run is alive"
            ));
        };
        tokio::select! {
            clear = lease.clear(tell) => match clear {
                Err(error @ Error::Held(_)) => Err(error.into()),
                other => Ok(Clear(Some(other))),
            },
            () = self.world.interrupt.reached(Urgency::Finish) => Err(self.stopped()),
        }
    }

    /// Takes the lease.
    pub(super) async fn take(&'a self, clear: Clear) -> Result<Option<Hold<'a>>, Failure> {
        let (Some(lease), Some(seen)) = (&self.lease, clear.0) else { return Ok(None) };
        let seen = seen?;
        let held = tokio::select! {
            held = lease.take(&seen) => held?,
            () = self.world.interrupt.reached(Urgency::Now) => return Err(self.stopped()),
        };
        let hold = Hold { world: self.world, held };
        if self.world.interrupt.is_raised() {
            hold.release(true).await;
            return Err(self.stopped());
        }
        Ok(Some(hold))
    }

    fn stopped(&self) -> Failure {
        self.world.interrupted()
    }
}

impl Hold<'_> {
    /// Keeps the lease alive; returns only when it is lost.
    pub(super) async fn keep(&self) -> Lost {
        self.held.keep().await
    }

    /// Gives the lease back; `hurried` after the second signal.
    pub(super) async fn release(&self, hurried: bool) {
        let patience = if hurried { HURRIED } else { RELEASE };
        if let Release::Stays(why) = self.held.release(patience).await {
            let seconds = Terms::default().lasts.as_secs();
            self.world.complain(&format!(
                "warning: the lease of the stack was not given back: {why}; it runs out by itself within {seconds} seconds"
            ));
        }
    }
}
