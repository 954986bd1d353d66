//! The models of a stack at its apply: whether a new stack can use them, and what its account has to do first.
use super::session::Session;
use crate::{
    diagnostic::{Diagnostic, ExitCode, Failure, Severity},
    doctor::missing_model_access,
    engine::{Plan, Verb},
    stack::called_models,
};

/// Refuses the first apply of a stack whose models are legacy or at their end.
///
/// An account that has not called a legacy model lately gets no answer from it (Bedrock guide, "Model lifecycle
/// (Legacy)": "new customers cannot start using a Legacy model"). An emulator knows no lives of models.
pub(super) fn require_living_models(session: &Session<'_>, plan: &Plan) -> Result<(), Failure> {
    if session.invocation.emulator().is_some() || !is_first_apply(plan) {
        return Ok(());
    }
    let old = aged_models(&session.loaded.warnings);
    if old.is_empty() {
        return Ok(());
    }
    Err(Failure::in_source(ExitCode::Policy, session.loaded.source.clone(), old))
}

/// Returns whether a plan makes everything anew, as that of a stack that does not exist does.
fn is_first_apply(plan: &Plan) -> bool {
    plan.steps.iter().all(|step| step.action.verb() == Some(Verb::Create))
}

fn aged_models(warnings: &[Diagnostic]) -> Vec<Diagnostic> {
    let old = warnings.iter().filter(|one| one.rule() == Some("old-model"));
    old.map(|one| Diagnostic {
        severity: Severity::Error,
        message: format!("{}; a new stack cannot begin with it", one.message),
        ..one.clone()
    })
    .collect()
}

/// Says what an administrator has to do before the models of the stack can be called; nothing where that is unknown.
pub(super) async fn print_missing_access(session: &Session<'_>) {
    if session.invocation.emulator().is_some() {
        return;
    }
    let Ok(inputs) = session.checked_inputs().await else { return };
    let calls = called_models(&session.loaded, inputs, &session.aws);
    for missing in missing_model_access(&session.cx(), &calls).await {
        session.ui().print_status(&missing);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{diagnostic::SourceFile, manifest};

    #[test]
    fn models_at_their_end_are_refused_unless_they_are_accepted() {
        let refused = |model: &str, rest: &str| {
            let text = format!(
                "version: 1\nstack: demo\nfunctions:\n  chat:\n    handler: websocket-handler.messageHandler\n    access: {{ models: [{model}] }}\n{rest}"
            );
            let loaded = manifest::parse_offline(&SourceFile::new("copilot.yaml", text), |_, _| Vec::new());
            aged_models(&loaded.unwrap().warnings).into_iter().map(|one| one.message).collect::<Vec<_>>()
        };
        let old = "us.anthropic.claude-opus-4-1-20250805-v1:0";
        assert!(refused(old, "")[0].ends_with("a new stack cannot begin with it"));
        let suppressed =
            "suppress: [{ rule: old-model, reason: the account uses it, until: \"2999-12-31\" }]\n";
        assert!(refused(old, suppressed).is_empty());
        assert!(refused("us.anthropic.claude-sonnet-5-5", "").is_empty());
    }
}
