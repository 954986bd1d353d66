//! The lease on the stack that a command holds while it changes it.
use std::time::Duration;

use crate::{
    aws::Urgency,
    commands::session::Session,
    diagnostic::Failure,
    lease::{
        DynamoStore, Error, HeldLease, Lease, LeaseHolder, LeaseLoss, LeaseTiming, ObservedRecord, Record,
        ReleaseOutcome,
    },
    manifest::types::LeaseMode as Wish,
    ui::Ui,
};

/// Keeps other runs away from the stack, unless leases are disabled.
pub(in crate::commands) struct StackLease<'a> {
    ui: &'a Ui,
    lease: Option<Lease<DynamoStore<'a>>>,
}

/// The lease record from before the stack was read. A failed read of it counts only once there is something to change.
pub(in crate::commands) struct LeaseBaseline(Option<Result<ObservedRecord, Error>>);

/// A lease that this run holds.
pub(in crate::commands) struct LeaseGuard<'a> {
    ui: &'a Ui,
    held: HeldLease<'a, DynamoStore<'a>>,
}

/// Maximum time to spend on releasing the lease.
const RELEASE: Duration = Duration::from_secs(10);
/// Maximum time to spend on it after the second signal.
const HURRIED: Duration = Duration::from_secs(1);

impl<'a> StackLease<'a> {
    /// Returns the lease for `command`, which is not taken yet.
    pub(in crate::commands) fn new(session: &'a Session<'_>, command: &str, no_lease: bool) -> Self {
        let ui = session.ui();
        let spec = &session.loaded.spec;
        let off = no_lease || spec.lease.as_ref().is_some_and(|args| args.value == Wish::Off);
        let lease = (!off).then(|| {
            let tags =
                spec.tags.iter().map(|(key, value)| (key.value.clone(), value.value.clone())).collect();
            let store = DynamoStore::new(&session.aws, &spec.stack.value, tags, |text| ui.print_status(text));
            Lease::new(
                store,
                LeaseTiming::default(),
                LeaseHolder::current_process(&session.aws.caller, command),
                session.run.write_deadline.clone(),
            )
        });
        Self { ui, lease }
    }

    /// Returns whether the run will take a lease.
    pub(in crate::commands) fn is_enabled(&self) -> bool {
        self.lease.is_some()
    }

    /// Waits until nobody else holds the lease, so that what is read afterwards stays valid.
    pub(in crate::commands) async fn wait_until_free(&self) -> Result<LeaseBaseline, Failure> {
        let Some(lease) = &self.lease else { return Ok(LeaseBaseline(None)) };
        let tell = |record: &Record| {
            let holder = record.holder.as_ref().map(ToString::to_string).unwrap_or_default();
            self.ui.print_status(&format!(
                "the lease of the stack is held by {holder}; watching whether that run is alive"
            ));
        };
        tokio::select! {
            clear = lease.wait_until_free(tell) => match clear {
                Err(error @ Error::Held(_)) => Err(error.into()),
                other => Ok(LeaseBaseline(Some(other))),
            },
            () = self.ui.interrupt.wait_for_urgency(Urgency::Finish) => Err(self.stopped()),
        }
    }

    /// Acquires the lease.
    pub(in crate::commands) async fn acquire(
        &'a self,
        clear: LeaseBaseline,
    ) -> Result<Option<LeaseGuard<'a>>, Failure> {
        let (Some(lease), Some(seen)) = (&self.lease, clear.0) else { return Ok(None) };
        let seen = seen?;
        let held = tokio::select! {
            held = lease.acquire(&seen) => held?,
            () = self.ui.interrupt.wait_for_urgency(Urgency::Now) => return Err(self.stopped()),
        };
        let hold = LeaseGuard { ui: self.ui, held };
        if self.ui.interrupt.is_raised() {
            hold.release(true).await;
            return Err(self.stopped());
        }
        Ok(Some(hold))
    }

    fn stopped(&self) -> Failure {
        self.ui.interrupted()
    }
}

impl LeaseGuard<'_> {
    /// Renews the lease; returns only when it is lost.
    pub(in crate::commands) async fn renew_until_lost(&self) -> LeaseLoss {
        self.held.renew_until_lost().await
    }

    /// Releases the lease; `hurried` after the second signal.
    pub(in crate::commands) async fn release(&self, hurried: bool) {
        let patience = if hurried { HURRIED } else { RELEASE };
        if let ReleaseOutcome::Stays(why) = self.held.release(patience).await {
            let seconds = LeaseTiming::default().ttl.as_secs();
            self.ui.print_error(&format!(
                "warning: the lease of the stack was not given back: {why}; it runs out by itself within {seconds} seconds"
            ));
        }
    }
}
