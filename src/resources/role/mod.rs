//! IAM roles with everything that is attached to them: one owner, so whatever else is attached is drift.
mod delete;
mod observe;
mod permissions;
mod update;

pub use observe::SESSION;

pub(super) use observe::list_functions_of_roles;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use serde::{Serialize, Serializer};

use crate::{
    aws::{
        Aws, Cx, Error, Result, RetryDecision,
        tags::{STACK, Tags},
    },
    engine::{Live, MaybeKnown, Resource, Verb},
    iam::{Policy, pattern::covers},
};

/// An IAM role.
#[derive(Clone, Debug)]
pub struct Role {
    /// Name of the role, unique in the account whatever the path and the region.
    pub name: String,
    /// Path with a slash at both ends; it names the stack and region that the role belongs to.
    pub path: String,
    /// Managed policies that others may attach: names or ARNs, or patterns of them.
    pub tolerated: Vec<String>,
    /// Whether the spec names a permissions boundary.
    pub bounded: bool,
}

/// Configuration of a role.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Props {
    /// Path of the role; fixed.
    pub path: String,
    /// Description of the role; an empty string for none.
    pub description: String,
    /// Trust policy: who may assume the role.
    pub trust: Policy,
    /// Maximum session duration in seconds, 3600 to 43200; AWS fills in 3600.
    pub max_session_seconds: i32,
    /// ARN of the permissions boundary.
    pub boundary: Option<String>,
    /// Inline policies by name; an empty one is the same as none.
    #[serde(serialize_with = "serialize_non_empty")]
    pub policies: BTreeMap<String, Policy>,
    /// ARNs of attached managed policies.
    pub attached: BTreeSet<String>,
    /// Tags of the role.
    pub tags: Tags,
}

/// Attributes of a role; name and ARN are known before it exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attrs {
    /// Name of the role.
    pub name: String,
    /// ARN of the role.
    pub arn: String,
    /// Unique id of the role, which differs if a role of the same name is created anew.
    pub id: MaybeKnown<String>,
}

/// Name of the only inline policy of a function's role.
pub const ACCESS: &str = "access";
/// Tag of resources that all stacks of an account share; its value names their purpose.
pub const SHARED: &str = "copilot-infra:shared";
/// What the description of a function's role begins with; the name of the function follows.
pub const RUNS: &str = "Runs ";
/// Path that the roles stand below if the spec names none.
pub(super) const HOME: &str = "/copilot-infra/";
/// Longest time IAM takes to show its own changes and to finish conflicting ones.
const SETTLING: Duration = Duration::from_mins(2);
/// Longest time to wait until IAM's answers show a change.
const SHOWN: Duration = Duration::from_secs(20);
/// How long IAM's answers may lack what was put into a new role: `GetRolePolicy` right after `PutRolePolicy` may find
/// nothing (`iam/role_policy.go` of Terraform's AWS provider retries for that reason).
const LAG: Duration = Duration::from_secs(2);

/// Returns the path of a stack's roles in one region, below `home`; roles are global, so the region keeps two regions apart.
#[must_use]
pub fn role_path(home: &str, stack: &str, region: &str) -> String {
    format!("{home}{stack}/{region}/")
}

impl Role {
    /// Returns the role of that name and path, to which nobody else may attach policies.
    #[must_use]
    pub fn new(name: impl Into<String>, path: impl Into<String>) -> Self {
        Self { name: name.into(), path: path.into(), tolerated: Vec::new(), bounded: false }
    }

    /// Returns whether others may attach the managed policy `arn`: by its whole ARN, or by its name alone.
    fn tolerates(&self, arn: &str) -> bool {
        let name = arn.rsplit('/').next().unwrap_or(arn);
        self.tolerated
            .iter()
            .any(|pattern| covers(pattern, if pattern.starts_with("arn:") { arn } else { name }))
    }

    /// Returns the ARN of the role, computed because `GetRole` may show the unique id instead for a while.
    #[must_use]
    pub fn arn(&self, aws: &Aws) -> String {
        format!("arn:{}:iam::{}:role{}{}", aws.partition, aws.account, self.path, self.name)
    }

    fn attrs(&self, aws: &Aws, id: MaybeKnown<String>) -> Attrs {
        Attrs { name: self.name.clone(), arn: self.arn(aws), id }
    }

    /// Decides whether to retry a refused change that may only have come too early.
    fn retry_early_change(&self, cx: &Cx<'_>, error: &Error) -> RetryDecision {
        let young = cx.run.was_modified(&self.arn(cx.aws));
        match error.code() {
            code if code.starts_with("ConcurrentModification") || code == "DeleteConflict" => {
                RetryDecision::After(Duration::from_secs(3))
            }
            // Not visible everywhere yet, or, before its replacement, not gone everywhere yet.
            "NoSuchEntity" | "EntityAlreadyExists" if young => RetryDecision::After(Duration::from_secs(2)),
            _ => RetryDecision::GiveUp,
        }
    }

    /// Decides the same for a change of the trust policy: every principal in it must be visible to IAM.
    fn retry_early_trust_change(&self, cx: &Cx<'_>, trust: &Policy, error: &Error) -> RetryDecision {
        match error {
            Error::Service { message, .. }
                if message.contains("Invalid principal") && names_new_principal(cx, trust) =>
            {
                RetryDecision::After(Duration::from_secs(5))
            }
            _ => self.retry_early_change(cx, error),
        }
    }
}

impl Resource for Role {
    const KIND: &'static str = "iam/role";
    const FIXED: &'static [&'static str] = &["/path"];
    const SHOWS_LATE: bool = true;
    type Props = Props;
    type Attrs = Attrs;

    fn id(&self) -> &str {
        &self.name
    }

    fn tags(props: &mut Props) -> Option<&mut Tags> {
        Some(&mut props.tags)
    }

    fn is_named_after_stack(&self, cx: &Cx<'_>) -> bool {
        self.path.ends_with(&role_path("/", cx.stack, &cx.aws.region))
    }

    fn drop_unmanaged(&self, live: &mut Props, desired: &Props) {
        if desired.boundary.is_none() {
            live.boundary = None;
        }
        live.attached.retain(|arn| desired.attached.contains(arn) || !self.tolerates(arn));
    }

    fn expected(verb: Verb) -> Duration {
        Duration::from_secs(if verb == Verb::Create { 10 } else { 2 })
    }

    fn predicted_attributes(&self, aws: &Aws) -> Attrs {
        self.attrs(aws, MaybeKnown::KnownAfter(format!("id of {}", self.name)))
    }

    async fn observe(&self, cx: &Cx<'_>) -> Result<Option<Live<Self>>> {
        // Something created moments ago may show in one answer and be missing in the next.
        let waiting = format!("IAM to show all of `{}`", self.name);
        cx.poll_until(&waiting, Duration::from_secs(30), Duration::from_secs(2), async || {
            self.observe_once(cx).await
        })
        .await
    }

    async fn observe_for_removal(&self, cx: &Cx<'_>) -> Result<Option<Live<Self>>> {
        let role = self.get_role(cx).await?;
        role.map(|role| self.live_role(cx, role, BTreeMap::new(), BTreeSet::new())).transpose()
    }

    async fn create(&self, cx: &Cx<'_>, to: &Props) -> Result<Live<Self>> {
        let waiting = format!("IAM to accept `{}`", self.name);
        let retry_decision = |error: &Error| self.retry_early_trust_change(cx, &to.trust, error);
        let make = async || match self.send_create(cx, to).await {
            Err(error) if error.code() == "EntityAlreadyExists" => self.adopt(cx, to, error).await,
            Err(error) => Err(error),
            Ok(id) => {
                let (policies, attached) = (BTreeMap::new(), BTreeSet::new());
                Ok(Live::owned(Props { policies, attached, ..to.clone() }, self.attrs(cx.aws, id.into())))
            }
        };
        let live = cx.retry_until_ok(&waiting, SETTLING, retry_decision, make).await?;
        cx.run.mark_modified(self.arn(cx.aws));
        Ok(live)
    }

    async fn update(&self, cx: &Cx<'_>, live: Live<Self>, to: &Props) -> Result<Live<Self>> {
        let young = cx.run.was_modified(&self.arn(cx.aws));
        self.update_role(cx, &live.props, to).await?;
        if young {
            // The resources that need the role take longer to create, so this delay is hardly ever waited for.
            cx.run.note_propagation_delay(LAG);
        } else {
            self.wait_until_visible(cx, to).await?;
        }
        Ok(Live { props: to.clone(), ..live })
    }

    async fn delete(&self, cx: &Cx<'_>, _: &Live<Self>) -> Result<()> {
        self.delete_role(cx).await
    }

    async fn list(cx: &Cx<'_>) -> Result<Vec<Self>> {
        observe::list_roles_of_stack(cx).await
    }
}

impl Role {
    /// Waits until reads show the changes, so that the next plan does too.
    ///
    /// If they never agree, the next plan shows the differences.
    async fn wait_until_visible(&self, cx: &Cx<'_>, to: &Props) -> Result<()> {
        let look = async || {
            let live = cx.uncached(async |cx| self.observe_once(cx).await).await?.flatten();
            Ok(live.filter(|live| self.shows(&live.props, to)).map(drop))
        };
        let waiting = format!("IAM to show the change of `{}`", self.name);
        match cx.poll_until(&waiting, SHOWN, Duration::from_secs(1), look).await {
            Err(Error::TimedOut { .. }) => Ok(()),
            other => other,
        }
    }

    /// Returns whether a live configuration is `to`, apart from what others manage.
    fn shows(&self, live: &Props, to: &Props) -> bool {
        let mut live = live.clone();
        self.drop_unmanaged(&mut live, to);
        live.tags.retain(|key, _| to.tags.contains_key(key));
        live == *to
    }

    /// Adopts the role that an earlier run or another stack created: the stack's own first, or else the shared one.
    async fn adopt(&self, cx: &Cx<'_>, to: &Props, error: Error) -> Result<Live<Self>> {
        let found = cx.uncached(async |cx| self.observe(cx).await).await?;
        let Some(live) = found else { return Err(error) };
        let same = |key| live.props.tags.get(key) == to.tags.get(key);
        if live.props.path == to.path && same(STACK) && same(SHARED) {
            return Ok(live);
        }
        Err(Error::ConcurrentModification(format!(
            "the role `{}` was made by another owner meanwhile",
            self.name
        )))
    }
}

/// Returns whether a policy names a principal that was created or changed in this run.
fn names_new_principal(cx: &Cx<'_>, trust: &Policy) -> bool {
    let named =
        trust.statements().values().filter_map(|statement| statement.pointer("/Principal/AWS")?.as_array());
    named.flatten().filter_map(serde_json::Value::as_str).any(|arn| cx.run.was_modified(arn))
}

/// Serializes policies without those that have no statements, which have no effect.
fn serialize_non_empty<S: Serializer>(
    policies: &BTreeMap<String, Policy>,
    out: S,
) -> std::result::Result<S::Ok, S::Error> {
    out.collect_map(policies.iter().filter(|(_, policy)| !policy.is_empty()))
}
