//! Pushes new code to a live function, and nothing else.
use std::sync::Arc;

use super::{Function, Props, observe, request, tags_with_records};
use crate::{
    aws::{Cx, Error, Result},
    package::Package,
};

/// New code for a live function, compared with what it runs and not sent yet.
pub struct CodePush {
    function: Function,
    arn: String,
    live: Props,
    wanted: Props,
    revision: Option<String>,
}

/// Compares `package` with the code of the function called `name`; none if the function has that code.
///
/// That takes one read.
///
/// # Errors
/// The function is missing or not the stack's.
pub async fn compare_code(cx: &Cx<'_>, name: &str, package: Arc<Package>) -> Result<Option<CodePush>> {
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
        return Ok(None);
    }
    let wanted =
        Props { code_sha256: digests.contents.clone(), code_record: Some(digests), ..live.props.clone() };
    let revision = request::revision_id(&now);
    Ok(Some(CodePush { function, arn: live.attrs.arn, live: live.props, wanted, revision }))
}

impl CodePush {
    /// Sends the code and waits until it is live.
    ///
    /// That takes two calls, the second of which records what was sent, and the reads until Lambda has settled.
    ///
    /// # Errors
    /// Lambda refuses the code or gives it up.
    pub async fn send(self, cx: &Cx<'_>) -> Result<()> {
        let Self { function, arn, live, wanted, revision } = self;
        request::update_code(cx, &function, request::Revised { from: &live, to: &wanted, revision }).await?;
        let (from, to) = (tags_with_records(&live)?, tags_with_records(&wanted)?);
        request::set_tags(cx, &arn, &function.name, &from, &to).await
    }
}
