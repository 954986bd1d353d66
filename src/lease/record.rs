//! Record of a lease, as it is stored.
use std::time::{Duration, SystemTime};

use super::LeaseHolder;

/// Record of one stack's lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Holder of the lease; none once it was released.
    pub holder: Option<LeaseHolder>,
    /// Number of this grant: higher than that of every grant before.
    pub token: u64,
    /// Random id of this grant, by which its holder knows its own writes.
    pub grant: String,
    /// How often it was renewed; with `grant` it names one state of the record.
    pub renewals: u64,
    /// When it was granted, by the holder's clock; for people.
    pub since: SystemTime,
    /// When it was last renewed, by the holder's clock; for people.
    pub renewed: SystemTime,
    /// How long it holds others up without a renewal.
    pub ttl: Duration,
}

impl Record {
    /// Returns a grant to `holder` that follows `before`.
    ///
    /// The token starts from the clock, so that it keeps rising even after the table has dropped a record that
    /// nobody used for months.
    pub(super) fn grant(
        before: Option<&Self>,
        holder: LeaseHolder,
        lasts: Duration,
        now: SystemTime,
    ) -> Self {
        let clock = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let clock = u64::try_from(clock.as_millis()).unwrap_or_default();
        let next = before.map_or(0, |before| before.token.saturating_add(1));
        Self {
            holder: Some(holder),
            token: clock.max(next),
            grant: format!("{:032x}", fastrand::u128(..)),
            renewals: 0,
            since: now,
            renewed: now,
            ttl: lasts,
        }
    }

    /// Returns the same grant, renewed.
    pub(super) fn renew(&self, now: SystemTime) -> Self {
        Self { renewals: self.renewals.saturating_add(1), renewed: now, ..self.clone() }
    }

    /// Returns the same grant, released.
    pub(super) fn released(&self, now: SystemTime) -> Self {
        Self { holder: None, ..self.renew(now) }
    }

    /// Returns whether `other` is the same state of the same grant.
    pub(super) fn is_same_state(&self, other: &Self) -> bool {
        self.grant == other.grant && self.renewals == other.renewals && self.holder == other.holder
    }

    /// Returns when the lease expires if it is not renewed, by the holder's clock; for people.
    #[must_use]
    pub fn expires_at(&self) -> SystemTime {
        self.renewed.checked_add(self.ttl).unwrap_or(self.renewed)
    }
}
