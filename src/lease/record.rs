//! What is written about a lease.
use std::time::{Duration, SystemTime};

use super::LeaseHolder;

/// The lease of one stack as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Who holds it; nobody once it was given back.
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
    /// A grant to `holder` that follows `before`.
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

    /// The same grant, renewed.
    pub(super) fn renew(&self, now: SystemTime) -> Self {
        Self { renewals: self.renewals + 1, renewed: now, ..self.clone() }
    }

    /// The same grant, given back.
    pub(super) fn released(&self, now: SystemTime) -> Self {
        Self { holder: None, ..self.renew(now) }
    }

    /// Whether `other` is the same state of the same grant.
    pub(super) fn is_same_state(&self, other: &Self) -> bool {
        self.grant == other.grant && self.renewals == other.renewals && self.holder == other.holder
    }

    /// When it runs out if it is not renewed, by the holder's clock; for people.
    #[must_use]
    pub fn expires_at(&self) -> SystemTime {
        self.renewed + self.ttl
    }
}
