//! CloudWatch log groups: retention, deletion protection, key and tags.
use std::time::Duration;

use aws_sdk_cloudwatchlogs::types::LogGroup as DescribedLogGroup;
use find::{describe_log_groups, lookup_prefix};
use serde::Serialize;
use serde_json::Value;
use update::{
    retry_until_key_accepted, retry_while_busy, set_deletion_protection, set_key, set_retention, set_tags,
};

use crate::{
    aws::{
        Aws, Cx, Error, NotFoundExt, Result,
        tags::{self, Owner, Tags, owner_of_tags},
    },
    engine::{Exposure, LeafChange, Live, MaybeKnown, RemovalClass, Resource},
    resources::{api, exposures::closed_exposures, side_read::join_warnings},
};

mod find;
mod permissions;
mod subscriptions;
mod update;

pub(super) use find::list_functions_of_groups;
pub use subscriptions::{SubscriptionFilter, SubscriptionFilters};

/// A CloudWatch log group.
#[derive(Clone, Debug)]
pub struct LogGroup {
    name: LogGroupName,
    /// Whether the spec lets it go with its source; none for a group that has left the spec, whose tag tells.
    expendable: Option<bool>,
}

/// The name of a log group, given or derived.
#[derive(Clone, Debug)]
enum LogGroupName {
    Given(String),
    /// API Gateway's execution log, `API-Gateway-Execution-Logs_<api id>/<stage>` (API Gateway guide,
    /// "Set up CloudWatch logging"): the id is only known once the API exists.
    Execution {
        api: String,
        stage: String,
        label: String,
    },
}

/// Configuration of a log group.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Props {
    /// Name of the log group; fixed.
    pub name: MaybeKnown<String>,
    /// Retention in days; none to keep events for ever.
    pub retention_days: Option<i32>,
    /// Whether CloudWatch Logs refuses to delete the log group.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub deletion_protection: bool,
    /// ARN of the KMS key that encrypts the log group.
    pub key: Option<MaybeKnown<String>>,
    /// Subscription filters. A desired group has none: each sends its events elsewhere.
    #[serde(skip_serializing_if = "SubscriptionFilters::is_empty")]
    pub subscription_filters: SubscriptionFilters,
    /// Tags of the log group.
    pub tags: Tags,
}

/// Attributes of a log group: none, because its name is computed where it is needed.
pub type Attrs = ();

/// Prefix of API Gateway's execution logs.
const EXECUTION: &str = "API-Gateway-Execution-Logs_";
/// Longest retry of parallel changes to one group, which AWS refuses.
const BUSY: Duration = Duration::from_mins(1);

impl LogGroup {
    /// Returns the log group called `name`.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: LogGroupName::Given(name.into()), expendable: None }
    }

    /// Returns the execution log of a stage of the API called `api`.
    #[must_use]
    pub fn execution(api: &str, stage: &str) -> Self {
        let label = format!("{EXECUTION}<id of {api}>/{stage}");
        let name = LogGroupName::Execution { api: api.to_owned(), stage: stage.to_owned(), label };
        Self { name, expendable: None }
    }

    /// Returns the log group as the spec wants it: whether it goes with its source.
    #[must_use]
    pub fn expendable(self, expendable: bool) -> Self {
        Self { expendable: Some(expendable), ..self }
    }

    /// Returns the group with its name, if it is there.
    async fn find_described(&self, cx: &Cx<'_>) -> Result<Option<(String, DescribedLogGroup)>> {
        let Some(name) = self.known_name(cx).await? else { return Ok(None) };
        let groups = describe_log_groups(cx, &lookup_prefix(cx, &name)).await?;
        let group = groups.iter().find(|group| group.log_group_name() == Some(&name)).cloned();
        Ok(group.map(|group| (name, group)))
    }

    async fn known_name(&self, cx: &Cx<'_>) -> Result<Option<String>> {
        match &self.name {
            LogGroupName::Given(name) => Ok(Some(name.clone())),
            LogGroupName::Execution { api, stage, .. } => {
                Ok(api::find_api(cx, api).await?.map(|api| execution_name(&api.id, stage)))
            }
        }
    }
}

/// Returns the live group called `name`, without its subscription filters.
async fn live_group(cx: &Cx<'_>, name: String, group: &DescribedLogGroup) -> Result<Live<LogGroup>> {
    let arn = cx.aws.arn("logs", &format!("log-group:{name}"));
    let call = cx.aws.logs().list_tags_for_resource().resource_arn(arn).send();
    let all = cx.read(call).await?.tags.unwrap_or_default();
    let owner = owner_of_tags(cx.stack, all.iter().map(|(key, value)| (key.as_str(), value.as_str())));
    let protected = group.deletion_protection_enabled == Some(true);
    let props = Props {
        name: name.into(),
        retention_days: group.retention_in_days,
        deletion_protection: protected,
        key: group.kms_key_id.clone().map(MaybeKnown::Known),
        subscription_filters: SubscriptionFilters::new(),
        tags: tags::drop_aws_tags(all),
    };
    let stuck = protected.then(|| "its deletion protection is on".to_owned());
    Ok(Live { owner, blocked_by: stuck, ..Live::owned(props, ()) })
}

/// Returns the name of the execution log of a stage.
#[must_use]
pub fn execution_name(api_id: &str, stage: &str) -> String {
    format!("{EXECUTION}{api_id}/{stage}")
}

impl Resource for LogGroup {
    const KIND: &'static str = "logs/log-group";
    const FIXED: &'static [&'static str] = &["/name"];
    const HOLDS_DATA: bool = true;
    const LOSES: Option<&'static str> = Some("the logs in it are lost");
    const SHOWS_LATE: bool = true;
    type Props = Props;
    type Attrs = Attrs;

    fn id(&self) -> &str {
        match &self.name {
            LogGroupName::Given(name) => name,
            LogGroupName::Execution { label, .. } => label,
        }
    }

    fn tags(props: &mut Props) -> Option<&mut Tags> {
        Some(&mut props.tags)
    }

    /// The execution log goes by the id of the API, whatever that is called.
    fn physical_id(live: &Live<Self>) -> Option<String> {
        live.props.name.require_known().ok().cloned()
    }

    fn removal_class(&self, live: &Props) -> RemovalClass {
        let tagged = || live.tags.get(tags::ON_DELETE).is_some_and(|value| value == tags::DELETE);
        match self.expendable.unwrap_or_else(tagged) {
            _ if live.deletion_protection => RemovalClass::Locked,
            true => RemovalClass::Plain,
            false => RemovalClass::Data,
        }
    }

    /// The execution log outlives its API, by whose name it goes here until then.
    fn identity(&self, props: &Props) -> String {
        props.name.require_known().cloned().unwrap_or_default()
    }

    fn is_named_after_stack(&self, cx: &Cx<'_>) -> bool {
        let families = ["/aws/lambda/", "/aws/apigateway/"];
        match &self.name {
            LogGroupName::Given(name) => families
                .iter()
                .filter_map(|family| name.strip_prefix(family))
                .any(|name| super::is_named_after(name, cx.stack)),
            LogGroupName::Execution { api, .. } => super::is_named_after(api, cx.stack),
        }
    }

    /// The name of an execution log is not its id here.
    fn exposures(id: &str, before: &Value, changes: &[LeafChange]) -> Vec<Exposure> {
        let name = before["name"].as_str().unwrap_or(id);
        closed_exposures(subscriptions::OPENINGS, name, changes)
    }

    fn predicted_attributes(&self, _: &Aws) -> Attrs {}

    async fn observe(&self, cx: &Cx<'_>) -> Result<Option<Live<Self>>> {
        let Some((name, group)) = self.find_described(cx).await? else { return Ok(None) };
        // Of what the spec does not ask for no more is read than its removal goes by.
        if self.expendable.is_none() {
            return live_group(cx, name, &group).await.map(Some);
        }
        let derived = subscriptions::derived_data_warning(&name, &group);
        let filters = subscriptions::read_filters(cx, &name);
        let (live, filters) = tokio::try_join!(live_group(cx, name.clone(), &group), filters)?;
        let warning = join_warnings([filters.warning, derived]);
        let props = Props { subscription_filters: filters.found, ..live.props };
        Ok(Some(Live { props, warning, ..live }))
    }

    async fn observe_for_removal(&self, cx: &Cx<'_>) -> Result<Option<Live<Self>>> {
        match self.find_described(cx).await? {
            Some((name, group)) => live_group(cx, name, &group).await.map(Some),
            None => Ok(None),
        }
    }

    async fn create(&self, cx: &Cx<'_>, to: &Props) -> Result<Live<Self>> {
        let (name, key) =
            (to.name.require_known()?, to.key.as_ref().map(MaybeKnown::require_known).transpose()?);
        let create = async || {
            let call = cx.aws.logs().create_log_group().log_group_name(name).set_kms_key_id(key.cloned());
            cx.write(call.set_tags(Some(to.tags.clone().into_iter().collect())).send()).await
        };
        match retry_until_key_accepted(cx, name, key, create).await {
            // Lambda and API Gateway create a log group themselves if they write to it first.
            Err(error) if error.code() == "ResourceAlreadyExistsException" => self.adopt(cx, name).await,
            Err(error) => Err(error),
            Ok(_) => {
                let props = Props { retention_days: None, deletion_protection: false, ..to.clone() };
                Ok(Live::owned(props, ()))
            }
        }
    }

    async fn update(&self, cx: &Cx<'_>, live: Live<Self>, to: &Props) -> Result<Live<Self>> {
        let name = to.name.require_known()?;
        // Tags come first, because the last-applied tag is among them: see `engine::Resource::update`.
        set_tags(cx, name, &live.props.tags, &to.tags).await?;
        let (filters, wanted) = (&live.props.subscription_filters, &to.subscription_filters);
        subscriptions::delete_filters(cx, name, filters, wanted).await?;
        if live.props.deletion_protection != to.deletion_protection {
            set_deletion_protection(cx, name, to.deletion_protection).await?;
        }
        if live.props.key != to.key {
            set_key(cx, name, to.key.as_ref().map(MaybeKnown::require_known).transpose()?).await?;
        }
        if live.props.retention_days != to.retention_days {
            set_retention(cx, name, to.retention_days).await?;
        }
        Ok(Live::owned(to.clone(), ()))
    }

    async fn delete(&self, cx: &Cx<'_>, live: &Live<Self>) -> Result<()> {
        let name = live.props.name.require_known()?;
        retry_while_busy(cx, name, async || {
            let call = cx.aws.logs().delete_log_group().log_group_name(name).send();
            cx.write(call).await.not_found_to_none()
        })
        .await?;
        Ok(())
    }

    async fn list(cx: &Cx<'_>) -> Result<Vec<Self>> {
        find::list_groups_of_stack(cx).await
    }
}

impl LogGroup {
    /// Adopts the group that someone else just created.
    async fn adopt(&self, cx: &Cx<'_>, name: &str) -> Result<Live<Self>> {
        let found = cx.uncached(async |cx| self.observe(cx).await).await?;
        match found {
            Some(live) if matches!(live.owner, Owner::ThisStack | Owner::Unowned) => Ok(live),
            Some(_) => {
                Err(Error::ConcurrentModification(format!("`{name}` was made by another owner meanwhile")))
            }
            None => Err(Error::ConcurrentModification(format!("`{name}` came and went meanwhile"))),
        }
    }
}
