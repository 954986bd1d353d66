//! Asks IAM's policy simulator, in questions that it takes.
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use aws_sdk_iam::types::ContextEntry;
use futures_util::future::join_all;

use super::{
    MissingPermission, RequiredPermission,
    principal::principals_of_caller,
    request_context::context_entries,
    results::{SimulationResults, missing_permissions, read_evaluation},
};
use crate::{
    aws::{Cx, Error, Result, tags::Tags},
    iam::actions,
};

/// The outcome of the preflight.
#[derive(Debug)]
pub enum SimulationAnswer {
    /// Nobody can be asked about: the caller is neither a role nor a user.
    NoPrincipal(String),
    /// IAM was asked.
    Answered {
        /// Permissions that are proved to be missing.
        missing: Vec<MissingPermission>,
        /// Actions that IAM could not be asked about.
        unanswered: Vec<UnansweredQuestion>,
    },
}

/// Actions that IAM could not be asked about.
#[derive(Debug)]
pub struct UnansweredQuestion {
    /// Actions, such as `dynamodb:CreateTable`.
    pub actions: Vec<String>,
    /// What IAM said.
    pub error: Error,
}

impl fmt::Display for UnansweredQuestion {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "IAM could not be asked about {}: {}", self.actions.join(", "), self.error)
    }
}

/// One question: whether all actions are allowed on all resources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Question {
    in_second_context: bool,
    actions: BTreeSet<String>,
    resources: BTreeSet<String>,
}

/// Most results of one page (IAM API reference, `SimulatePrincipalPolicy`).
const RESULTS: i32 = 1000;
/// What IAM says of a list of actions that it does not evaluate together.
const APART: &str = "require different authorization information";

/// Asks whether the caller may do all of `wanted`.
pub async fn ask_iam(
    cx: &Cx<'_>,
    wanted: &[RequiredPermission],
    tags: &Tags,
    alias: Option<&str>,
) -> SimulationAnswer {
    let mut principals = principals_of_caller(cx).await.into_iter().peekable();
    let contexts = [false, true].map(|second| context_entries(cx, tags, alias, second));
    let questions = group_into_questions(wanted);
    while let Some(principal) = principals.next() {
        let ask = |question: &Question| {
            let context = &contexts[usize::from(question.in_second_context)];
            Asking {
                cx,
                principal: &principal,
                context,
                known: SimulationResults::new(),
                unanswered: Vec::new(),
            }
            .ask(question.clone())
        };
        let answers = join_all(questions.iter().map(ask)).await;
        let (known, unanswered): (Vec<_>, Vec<_>) = answers.into_iter().unzip();
        let known: SimulationResults = known.into_iter().flatten().collect();
        let unanswered = merge_failures(unanswered.into_iter().flatten());
        let is_unknown = known.is_empty() && unanswered.iter().any(|one| one.error.is_not_found());
        if !is_unknown || principals.peek().is_none() {
            return SimulationAnswer::Answered { missing: missing_permissions(wanted, &known), unanswered };
        }
    }
    SimulationAnswer::NoPrincipal(cx.aws.caller.clone())
}

/// Tells the same failure once, of all actions that met it.
fn merge_failures(all: impl Iterator<Item = UnansweredQuestion>) -> Vec<UnansweredQuestion> {
    let mut merged: Vec<UnansweredQuestion> = Vec::new();
    for one in all {
        match merged.iter_mut().find(|other| other.error.is_same_failure(&one.error)) {
            Some(other) => other.actions.extend(one.actions),
            None => merged.push(one),
        }
    }
    merged
}

/// Groups permissions by service; actions that the service authorization reference does not list are asked about on their
/// own, for IAM refuses a list of both kinds (see [`APART`]). `*` stands apart from ARNs: its results have another form
/// (IAM API reference, `ResourceSpecificResult`).
fn group_into_questions(wanted: &[RequiredPermission]) -> Vec<Question> {
    let mut groups: BTreeMap<(bool, &str, bool), Question> = BTreeMap::new();
    for one in wanted {
        let is_listed = !actions::resolve(&one.action).is_empty();
        let service = one.action.split(':').next().unwrap_or_default();
        let group =
            (one.in_second_context, if is_listed { service } else { &one.action }, one.resource == "*");
        let question = groups.entry(group).or_default();
        question.in_second_context = one.in_second_context;
        question.actions.insert(one.action.clone());
        question.resources.insert(one.resource.clone());
    }
    groups.into_values().collect()
}

/// One question under way, with what has been learnt.
struct Asking<'a> {
    cx: &'a Cx<'a>,
    principal: &'a str,
    context: &'a [ContextEntry],
    known: SimulationResults,
    unanswered: Vec<UnansweredQuestion>,
}

impl Asking<'_> {
    /// Asks the question, in parts where IAM does not take it whole.
    async fn ask(mut self, question: Question) -> (SimulationResults, Vec<UnansweredQuestion>) {
        let mut open = vec![question];
        while let Some(next) = open.pop() {
            if let Err(error) = self.read_all_pages(&next).await {
                match split_question(&next, &error) {
                    Some(parts) => open.extend(parts),
                    None => self
                        .unanswered
                        .push(UnansweredQuestion { actions: next.actions.into_iter().collect(), error }),
                }
            }
        }
        (self.known, self.unanswered)
    }

    /// Reads every page of the answer; what came before a page that fails stays known.
    async fn read_all_pages(&mut self, question: &Question) -> Result<()> {
        let mut marker = None;
        loop {
            let call = self
                .cx
                .aws
                .iam()
                .simulate_principal_policy()
                .policy_source_arn(self.principal)
                .set_action_names(Some(question.actions.iter().cloned().collect()))
                .set_resource_arns(Some(question.resources.iter().cloned().collect()))
                .set_context_entries(Some(self.context.to_vec()))
                .max_items(RESULTS)
                .set_marker(marker);
            let page = self.cx.read(call.send()).await?;
            for result in page.evaluation_results() {
                let told = read_evaluation(result).into_iter().map(|(resource, allowed)| {
                    let key = (question.in_second_context, result.eval_action_name().to_owned(), resource);
                    (key, allowed)
                });
                self.known.extend(told);
            }
            marker = page.marker.filter(|marker| page.is_truncated && !marker.is_empty());
            if marker.is_none() {
                return Ok(());
            }
        }
    }
}

/// Splits a question whose actions IAM does not evaluate together, by the groups that its refusal names; into single
/// actions where it names none.
///
/// The text is "Invalid Input Actions: [a,b] and [c] require different authorization information."
/// (github.com/aws-cloudformation/rain, `cft/forecast`).
fn split_question(question: &Question, error: &Error) -> Option<Vec<Question>> {
    let Error::Service { message, .. } = error else { return None };
    if !message.contains(APART) || question.actions.len() < 2 {
        return None;
    }
    let mut rest = question.actions.clone();
    let mut groups: Vec<BTreeSet<String>> = Vec::new();
    for list in message.split('[').skip(1).filter_map(|text| text.split_once(']')) {
        let named: BTreeSet<String> = list.0.split(',').filter_map(|name| rest.take(name.trim())).collect();
        groups.push(named);
    }
    groups.push(rest);
    groups.retain(|group| !group.is_empty());
    if groups.len() < 2 {
        groups = question.actions.iter().map(|action| BTreeSet::from([action.clone()])).collect();
    }
    Some(groups.into_iter().map(|actions| Question { actions, ..question.clone() }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(second: bool, action: &str, resource: &str) -> RequiredPermission {
        RequiredPermission {
            in_second_context: second,
            action: action.into(),
            resource: resource.into(),
            step: "x".into(),
        }
    }

    fn set(words: &[&str]) -> BTreeSet<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn questions_go_by_service_and_leave_out_what_no_reference_lists() {
        let all = [
            wanted(false, "dynamodb:CreateTable", "arn:t"),
            wanted(false, "dynamodb:TagResource", "arn:t"),
            wanted(false, "kms:CreateGrant", "arn:k"),
            wanted(true, "kms:CreateKey", "*"),
            wanted(true, "kms:TagResource", "arn:k"),
            wanted(true, "apigateway:POST", "arn:a"),
            wanted(true, "apigateway:TagResource", "arn:a"),
        ];
        let questions = group_into_questions(&all);
        let mut asked: Vec<_> = questions.iter().map(|one| one.actions.clone()).collect();
        asked.sort();
        let expected = [
            &["apigateway:POST"][..],
            &["apigateway:TagResource"],
            &["dynamodb:CreateTable", "dynamodb:TagResource"],
            &["kms:CreateGrant"],
            &["kms:CreateKey"],
            &["kms:TagResource"],
        ];
        assert_eq!(asked, expected.map(set));
    }

    fn refused(message: &str) -> Error {
        Error::Service {
            operation: "iam:SimulatePrincipalPolicy",
            code: "InvalidInput".into(),
            message: message.into(),
            request_id: None,
            status: 400,
        }
    }

    fn parts(actions: &[&str], message: &str) -> Option<Vec<BTreeSet<String>>> {
        let question = Question { actions: set(actions), ..Question::default() };
        let parts = split_question(&question, &refused(message))?;
        Some(parts.into_iter().map(|part| part.actions).collect())
    }

    #[test]
    fn a_refused_list_is_asked_again_by_the_groups_that_iam_names() {
        let names = ["a:B", "a:C", "a:D", "a:E"];
        let text = "Invalid Input Actions: [a:C,a:B] and [a:D] require different authorization information.";
        assert_eq!(parts(&names, text), Some(vec![set(&["a:B", "a:C"]), set(&["a:D"]), set(&["a:E"])]));
        assert_eq!(parts(&["a:C", "a:D"], text), Some(vec![set(&["a:C"]), set(&["a:D"])]));
        // Groups that do not divide it would be asked for ever.
        let all = "[a:B,a:C,a:D,a:E] and [] require different authorization information";
        assert_eq!(parts(&names, all), Some(names.map(|one| set(&[one])).to_vec()));
        assert_eq!(parts(&["a:B"], text), None);
        assert_eq!(parts(&names, "Invalid Input Action: a:B"), None);
    }
}
