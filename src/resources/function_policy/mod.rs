//! The resource policy of a function: who may invoke it. The stack owns the whole policy.
mod aliases;
mod permissions;

use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use super::function;
use crate::{
    aws::{Aws, Cx, Error, NotFoundExt, Operation, Result, RetryDecision, require_field, tags::Owner},
    engine::{Live, Resource},
    facts::LIMITS,
    iam::{Policy, arn::is_account_id},
    resources::policy::{self, known_text},
};

/// The resource policy of a function.
#[derive(Clone, Debug)]
pub struct FunctionPolicy {
    /// Name of the function.
    pub function: String,
}

/// Configuration of a function's resource policy.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Props {
    /// The statements, by `Sid`.
    pub statements: Policy,
}

/// Attributes of a function's resource policy: none.
pub type Attrs = ();

/// Longest time a changed policy takes to become visible.
const PROPAGATION: Duration = Duration::from_mins(2);
/// Longest time a function that was just created may stay invisible.
const UNSEEN: Duration = Duration::from_mins(1);

impl Resource for FunctionPolicy {
    const KIND: &'static str = "lambda/permission";
    const CHILD: bool = true;
    const SHOWS_LATE: bool = true;
    const CHANGES_ONCE_MADE: bool = true;
    type Props = Props;
    type Attrs = Attrs;

    fn id(&self) -> &str {
        &self.function
    }

    fn is_named_after_stack(&self, _: &Cx<'_>) -> bool {
        true // it is never listed
    }

    fn predicted_attributes(&self, _: &Aws) -> Attrs {}

    async fn observe(&self, cx: &Cx<'_>) -> Result<Option<Live<Self>>> {
        let name = &self.function;
        // A missing policy looks like a missing function, so the function is read first.
        let found = function::get_function_memoized(cx, name).await?;
        let Some(function) = found.as_ref() else { return Ok(None) };
        let (statements, warning) =
            tokio::try_join!(get_policy(cx, name, None), aliases::policy_warnings(cx, name))?;
        // The function itself tells whether CloudFormation's tag on it is a remnant.
        let owner = match function::owner_of_function(cx, name, function)? {
            Owner::Contested(_) => Owner::ThisStack,
            owner => owner,
        };
        Ok(Some(Live { owner, warning, ..Live::owned(Props { statements }, ()) }))
    }

    async fn create(&self, _: &Cx<'_>, _: &Props) -> Result<Live<Self>> {
        // The policy comes into being with the function, and is empty because the function did not exist at plan
        // time.
        Ok(Live::owned(Props { statements: Policy::default() }, ()))
    }

    async fn update(&self, cx: &Cx<'_>, live: Live<Self>, to: &Props) -> Result<Live<Self>> {
        apply_policy(cx, &self.function, &live.props.statements, &to.statements).await?;
        Ok(Live::owned(to.clone(), ()))
    }

    async fn delete(&self, cx: &Cx<'_>, live: &Live<Self>) -> Result<()> {
        apply_policy(cx, &self.function, &live.props.statements, &Policy::default()).await
    }

    async fn list(_: &Cx<'_>) -> Result<Vec<Self>> {
        Ok(Vec::new()) // it stands and falls with its function
    }
}

/// Returns the live policy of a function or of one of its aliases; empty if it has none, or if there is no such function.
async fn get_policy(cx: &Cx<'_>, name: &str, alias: Option<&str>) -> Result<Policy> {
    let call = cx.aws.lambda().get_policy().function_name(name).set_qualifier(alias.map(str::to_owned));
    let answer = cx.read(call.send()).await.not_found_to_none()?;
    let text = answer
        .map(|answer| require_field(Operation::LambdaGetPolicy, "Policy", answer.policy))
        .transpose()?;
    match text.filter(|text| !text.trim().is_empty()) {
        Some(text) => policy::read(&text),
        None => Ok(Policy::default()),
    }
}

/// A planned call on a function's policy.
#[derive(Debug, PartialEq)]
enum PolicyCall<'a> {
    Add(&'a str),
    Remove(&'a str),
    /// Replaces the whole policy.
    Put,
}

/// Plans the calls that turn one policy into another, in an order that withholds no permission longer than necessary.
///
/// What is taken out goes first only if the policy has no room for both.
fn plan_calls<'a>(live: &'a Policy, to: &'a Policy) -> Vec<PolicyCall<'a>> {
    let both = Policy::new(live.statements().values().chain(to.statements().values()).cloned());
    let fits = both.document().to_string().len() <= *LIMITS.function_policy_bytes;
    let (live, to) = (live.statements(), to.statements());
    if live.keys().any(|sid| !is_statement_id(sid)) {
        // `RemovePermission` cannot name this statement.
        return vec![PolicyCall::Put];
    }
    let missing = to.keys().filter(|sid| !live.contains_key(*sid)).map(|sid| PolicyCall::Add(sid));
    let other = to.iter().filter(|(sid, statement)| live.get(*sid).is_some_and(|it| it != *statement));
    let other = other.flat_map(|(sid, _)| [PolicyCall::Remove(sid), PolicyCall::Add(sid)]);
    let extra = live.keys().filter(|sid| !to.contains_key(*sid)).map(|sid| PolicyCall::Remove(sid));
    if fits {
        missing.chain(other).chain(extra).collect()
    } else {
        extra.chain(other).chain(missing).collect()
    }
}

/// Returns whether a statement id can be named in a call (Lambda API reference, `RemovePermission`).
fn is_statement_id(sid: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=100).contains(&sid.len()) && sid.bytes().all(fits)
}

/// Updates one policy to another, one call at a time: parallel calls lose statements.
async fn apply_policy(cx: &Cx<'_>, name: &str, live: &Policy, to: &Policy) -> Result<()> {
    let text = known_text(to)?;
    let arn = function::function_arn(cx.aws, name);
    for step in plan_calls(live, to) {
        match step {
            PolicyCall::Add(sid) => {
                let statement = to.statements().get(sid).unwrap_or(&Value::Null);
                add_permission(cx, name, sid, &InvokePermission::parse(&arn, sid, statement)?).await?;
            }
            PolicyCall::Remove(sid) => remove_permission(cx, name, sid).await?,
            PolicyCall::Put if to.is_empty() => delete_policy(cx, name, &arn).await?,
            PolicyCall::Put => put_policy(cx, name, &arn, &text).await?,
        }
    }
    let look = async || Ok((get_policy(cx, name, None).await? == *to).then_some(()));
    cx.poll_until(&format!("the policy of `{name}` to show"), PROPAGATION, Duration::from_secs(1), look).await
}

/// A policy statement as parameters of `AddPermission`.
#[derive(Debug, PartialEq)]
struct InvokePermission {
    action: String,
    principal: String,
    source_arn: Option<String>,
    source_account: Option<String>,
}

impl InvokePermission {
    /// Parses a canonical statement about the function `arn`.
    ///
    /// # Errors
    /// `AddPermission` would turn it into a different statement.
    fn parse(arn: &str, sid: &str, statement: &Value) -> Result<Self> {
        let one = |at: &str| {
            let list = statement.pointer(at)?.as_array()?;
            list.first()?.as_str().filter(|_| list.len() == 1).map(str::to_owned)
        };
        let grant = Self {
            action: one("/Action").unwrap_or_default(),
            principal: one("/Principal/Service")
                .or_else(|| account_of_root(&one("/Principal/AWS")?).map(str::to_owned))
                .unwrap_or_default(),
            source_arn: one("/Condition/ArnLike/AWS:SourceArn"),
            source_account: one("/Condition/StringEquals/AWS:SourceAccount"),
        };
        let made = Policy::new([grant.statement(arn, sid)]);
        if made.statements().get(sid) == Some(statement) {
            return Ok(grant);
        }
        Err(Error::InvalidState(format!(
            "`lambda:AddPermission` cannot say the statement `{sid}`: {statement}"
        )))
    }

    /// Returns the statement that Lambda makes of these parameters (Lambda guide, "Viewing resource-based IAM
    /// policies").
    fn statement(&self, arn: &str, sid: &str) -> Value {
        let mut condition = json!({});
        if let Some(source) = &self.source_arn {
            condition["ArnLike"] = json!({ "AWS:SourceArn": source });
        }
        if let Some(account) = &self.source_account {
            condition["StringEquals"] = json!({ "AWS:SourceAccount": account });
        }
        let kind = if is_account_id(&self.principal) { "AWS" } else { "Service" };
        json!({ "Sid": sid, "Effect": "Allow", "Principal": { kind: self.principal },
            "Action": self.action, "Resource": arn, "Condition": condition })
    }
}

/// Returns the account whose root `arn` names: Lambda takes the id and stores the ARN.
fn account_of_root(arn: &str) -> Option<&str> {
    let account = arn.strip_suffix(":root")?.rsplit(':').next()?;
    is_account_id(account).then_some(account)
}

async fn add_permission(cx: &Cx<'_>, name: &str, sid: &str, grant: &InvokePermission) -> Result<()> {
    let unseen = |error: &Error| {
        if error.is_not_found() {
            RetryDecision::After(Duration::from_secs(2))
        } else {
            RetryDecision::GiveUp
        }
    };
    let attempt = async || {
        let call = cx.aws.lambda().add_permission().function_name(name).statement_id(sid);
        let call = call
            .action(&grant.action)
            .principal(&grant.principal)
            .set_source_arn(grant.source_arn.clone())
            .set_source_account(grant.source_account.clone());
        match cx.write(call.send()).await {
            // Created by a request whose answer was lost; the final read shows whether it is the right one.
            Err(error) if error.has_code_and_text("ResourceConflictException", "already exist") => Ok(()),
            sent => sent.map(drop),
        }
    };
    let waiting = format!("`{name}` to be seen");
    cx.retry_until_ok(&waiting, UNSEEN, unseen, async || function::retry_while_busy(cx, name, &attempt).await)
        .await
}

async fn remove_permission(cx: &Cx<'_>, name: &str, sid: &str) -> Result<()> {
    function::retry_while_busy(cx, name, async || {
        let call = cx.aws.lambda().remove_permission().function_name(name).statement_id(sid).send();
        cx.write(call).await.not_found_to_none().map(drop)
    })
    .await
}

async fn put_policy(cx: &Cx<'_>, name: &str, arn: &str, text: &str) -> Result<()> {
    function::retry_while_busy(cx, name, async || {
        let call = cx.aws.lambda().put_resource_policy().resource_arn(arn).policy(text).send();
        cx.write(call).await.map(drop)
    })
    .await
}

async fn delete_policy(cx: &Cx<'_>, name: &str, arn: &str) -> Result<()> {
    function::retry_while_busy(cx, name, async || {
        let call = cx.aws.lambda().delete_resource_policy().resource_arn(arn).send();
        cx.write(call).await.not_found_to_none().map(drop)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:x";

    fn statement(sid: &str, source: &str) -> Value {
        json!({ "Sid": sid, "Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": ARN,
            "Principal": { "Service": "apigateway.amazonaws.com" },
            "Condition": { "ArnLike": { "AWS:SourceArn": source },
                "StringEquals": { "AWS:SourceAccount": "123456789012" } } })
    }

    #[test]
    fn additions_come_first_and_removals_last() {
        let live = Policy::new([statement("A", "a"), statement("B", "b"), statement("C", "c")]);
        let to = Policy::new([statement("B", "other"), statement("C", "c"), statement("D", "d")]);
        let wanted =
            [PolicyCall::Add("D"), PolicyCall::Remove("B"), PolicyCall::Add("B"), PolicyCall::Remove("A")];
        assert_eq!(plan_calls(&live, &to), wanted);
        assert_eq!(plan_calls(&to, &to), []);
    }

    #[test]
    fn removals_come_first_where_there_is_no_room_for_both() {
        let many =
            |start: &str| Policy::new((0..40).map(|at| statement(&format!("{start}{at}"), &"x".repeat(100))));
        let (live, to) = (many("A"), many("B"));
        let steps = plan_calls(&live, &to);
        let first = steps.iter().position(|step| matches!(step, PolicyCall::Add(_)));
        assert_eq!((first, steps.len()), (Some(40), 80));
    }

    #[test]
    fn a_statement_that_cannot_be_named_goes_with_the_whole_policy() {
        let nameless = Policy::new([statement("A", "a"), statement("", "b")]);
        assert_eq!(plan_calls(&nameless, &Policy::default()), [PolicyCall::Put]);
        let twins = Policy::new([statement("A", "a"), statement("A", "b")]);
        assert_eq!(plan_calls(&twins, &Policy::new([statement("A", "a")])), [PolicyCall::Put]);
    }

    #[test]
    fn a_statement_is_read_back_into_the_call_that_made_it() {
        let policy = Policy::new([statement("A", "a")]);
        let grant = InvokePermission::parse(ARN, "A", &policy.statements()["A"]).unwrap();
        let wanted = InvokePermission {
            action: "lambda:InvokeFunction".into(),
            principal: "apigateway.amazonaws.com".into(),
            source_arn: Some("a".into()),
            source_account: Some("123456789012".into()),
        };
        assert_eq!(grant, wanted);
    }

    #[test]
    fn an_account_is_sent_by_its_id() {
        let policy = Policy::new([json!({ "Sid": "A", "Effect": "Allow", "Action": "lambda:InvokeFunction",
            "Resource": ARN, "Principal": { "AWS": "arn:aws:iam::210987654321:root" } })]);
        let grant = InvokePermission::parse(ARN, "A", &policy.statements()["A"]).unwrap();
        assert_eq!((grant.principal.as_str(), grant.source_account), ("210987654321", None));
    }

    #[test]
    fn nothing_of_a_statement_is_dropped_silently() {
        let mut strict = statement("A", "a");
        strict["Condition"]["Bool"] = json!({ "aws:SecureTransport": "true" });
        let policy = Policy::new([strict]);
        assert!(InvokePermission::parse(ARN, "A", &policy.statements()["A"]).is_err());
    }
}
