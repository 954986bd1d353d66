//! What can go wrong with one call, and which calls it happens to.
use crate::reply::{Refusal, refusal};
use std::collections::BTreeMap;

/// What goes wrong with one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The caller dies before its request reaches the service.
    DieBefore,
    /// The caller dies after the service has done what it was asked for.
    DieAfter,
    /// The connection breaks before the request reaches the service.
    ResetBefore,
    /// The service does it, and the connection breaks before the answer comes.
    LostReply,
    /// The service answers 500 and has done nothing.
    ErrorBefore,
    /// The service answers 500 although it has done it.
    ErrorAfter,
    /// The service asks for a slower pace.
    Throttle,
    /// The service does it, but its answer never comes: the caller runs into its timeout.
    Timeout,
    /// The answer breaks off in the middle.
    Truncated,
    /// The answer takes a minute.
    Slow,
    /// The caller may not do this.
    Denied,
    /// The caller may not do this, nor any call of the same operation, for so many seconds.
    DeniedFor(u64),
    /// The caller's credentials have run out.
    Expired,
    /// A read shows what stood before the latest changes, as late as the service ever does.
    Stale,
}

impl Fault {
    /// Those after which the same command must get through without being told to try again.
    pub const PASSING: [Self; 9] = [
        Self::ResetBefore,
        Self::LostReply,
        Self::ErrorBefore,
        Self::ErrorAfter,
        Self::Throttle,
        Self::Timeout,
        Self::Truncated,
        Self::Slow,
        Self::Stale,
    ];
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::DieBefore,
        Self::DieAfter,
        Self::ResetBefore,
        Self::LostReply,
        Self::ErrorBefore,
        Self::ErrorAfter,
        Self::Throttle,
        Self::Timeout,
        Self::Truncated,
        Self::Slow,
        Self::Denied,
        Self::DeniedFor(60),
        Self::Expired,
        Self::Stale,
    ];

    /// Whether the service still does what it is asked for.
    #[must_use]
    pub fn takes_effect(self) -> bool {
        matches!(
            self,
            Self::DieAfter
                | Self::LostReply
                | Self::ErrorAfter
                | Self::Timeout
                | Self::Truncated
                | Self::Slow
                | Self::Stale
        )
    }
}

/// Which calls go wrong, and how.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// By position of the call, counted from the last [`crate::Simulator::begin`].
    pub at: BTreeMap<usize, Fault>,
    /// By operation such as `kms:CreateKey`, the n-th call of which, counted from 0, goes wrong.
    pub on: Vec<(String, usize, Fault)>,
    /// Share of calls, 0 to 1, that go wrong by chance.
    pub chance: f64,
    /// What goes wrong by chance.
    pub kinds: Vec<Fault>,
    /// Operations that are refused whenever they are asked for.
    pub refusals: Vec<Words>,
}

/// What a service says to every call of one operation.
#[derive(Clone, Debug)]
pub struct Words {
    /// Operation such as `kms:CreateKey`.
    pub operation: &'static str,
    /// HTTP status.
    pub status: u16,
    /// The service's code.
    pub code: &'static str,
    /// The service's words.
    pub message: &'static str,
}

impl Script {
    /// One fault at one position.
    #[must_use]
    pub fn one(at: usize, fault: Fault) -> Self {
        Self { at: BTreeMap::from([(at, fault)]), ..Self::default() }
    }

    /// Faults of these kinds by chance.
    #[must_use]
    pub fn random(chance: f64, kinds: &[Fault]) -> Self {
        Self { chance, kinds: kinds.to_vec(), ..Self::default() }
    }

    /// What the service says to every call of `operation`, if it is one of those.
    pub(crate) fn words(&self, operation: &str) -> Option<Refusal> {
        let words = self.refusals.iter().find(|words| words.operation == operation)?;
        Some(refusal(words.status, words.code, words.message))
    }

    /// What happens to the call at `position`, the `nth` of its operation.
    pub(crate) fn strike(
        &self,
        position: usize,
        operation: &str,
        nth: usize,
        rng: &mut fastrand::Rng,
    ) -> Option<Fault> {
        let named = || self.on.iter().find(|(name, n, _)| name == operation && *n == nth).map(|it| it.2);
        self.at.get(&position).copied().or_else(named).or_else(|| {
            let strikes = self.chance > 0.0 && rng.f64() < self.chance;
            if strikes { rng.choice(&self.kinds).copied() } else { None }
        })
    }
}
