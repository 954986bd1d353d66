//! Pushes new code to a live function, and nothing else.
use std::sync::Arc;

use super::{Function, Props, observe, request, tags_with_records};
use crate::{
    aws::{Cx, Error, Result},
    package::Package,
};

/// Outcome of a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushOutcome {
    /// The function already had the code.
    Unchanged,
    /// The new code is live.
    Live,
}

/// Sends `package` to the function called `name` unless its code digest already matches, and waits until it is live.
///
/// That takes one read, two calls, the second of which records what was sent, and the reads until Lambda has settled.
///
/// # Errors
/// The function is missing or not the stack's; Lambda refuses the code or gives it up.
pub async fn push_code(cx: &Cx<'_>, name: &str, package: Arc<Package>) -> Result<PushOutcome> {
    let Some(now) = observe::get_function_now(cx, name).await? else {
        return Err(Error::InvalidState(format!(
            "there is no function `{name}` yet: run `copilot-infra apply`"
        )));
    };
    let function = Function::new(name.to_owned(), package);
    let live = observe::live_function(cx, &function, &now)?;
    if !live.owner.has_stack_tag() {
        return Err(Error::InvalidState(format!(
            "the function `{name}` is not this stack's; its code is left alone"
        )));
    }
    let digests = function.require_code()?.digests.clone();
    if live.props.code_sha256 == digests.contents {
        return Ok(PushOutcome::Unchanged);
    }
    let wanted =
        Props { code_sha256: digests.contents.clone(), code_record: Some(digests), ..live.props.clone() };
    let revision = request::revision_id(&now);
    request::update_code(cx, &function, request::Revised { from: &live.props, to: &wanted, revision })
        .await?;
    let (from, to) = (tags_with_records(&live.props)?, tags_with_records(&wanted)?);
    request::set_tags(cx, &live.attrs.arn, name, &from, &to).await?;
    Ok(PushOutcome::Live)
}
