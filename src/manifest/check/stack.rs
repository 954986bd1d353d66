//! The stack as a whole: its region, its resources, its outputs.
use super::RuleContext;
use crate::{
    diagnostic::suggest,
    facts::ENUMS,
    manifest::{template::Reference, types::LeaseMode},
};

pub(super) fn check_stack(context: &mut RuleContext<'_>) {
    let spec = context.spec;
    if let Some(region) = spec.region.as_ref().filter(|region| !is_known_region(region)) {
        let hint = suggest::hint(region, ENUMS.regions.iter().map(String::as_str), "regions are");
        let message = format!("`{}` is no region AWS was known to have", region.value);
        context.report("unknown-region", region.span, message, hint);
    }
    if !context.ids.is_written(&["account"]) {
        let message = "the spec may be applied to any account";
        context.report(
            "no-account",
            spec.stack.span,
            message,
            "add `account: \"…\"` with your own id, in quotes",
        );
    }
    if let Some(lease) = spec.lease.filter(|lease| lease.value == LeaseMode::Off) {
        let message = "nothing keeps two runs from changing the stack at once";
        context.report("no-lease", lease.span, message, "take it out: by default a run works alone");
    }
    let sections = ["tables", "functions", "api", "key"];
    if sections.iter().all(|section| !context.ids.has_any(section)) {
        let hint = "describe tables, functions or an API; to remove a stack use `copilot-infra destroy`";
        context.report("nothing-to-make", spec.stack.span, "the spec describes no resource", hint);
    }
    check_unused_inputs(context);
    for (name, value) in spec.outputs.iter().filter(|(_, value)| value.literal().is_some()) {
        let message = format!("the output `{}` is the same text whatever is applied", name.value);
        context.report("constant-output", value.span, message, "refer to something, or take it out");
    }
}

fn is_known_region(region: &str) -> bool {
    ENUMS.regions.iter().any(|known| known == region)
}

fn check_unused_inputs(context: &mut RuleContext<'_>) {
    for (name, _) in context.spec.inputs.iter() {
        let named =
            |reference: &Reference| matches!(reference, Reference::Input(input) if *input == name.value);
        if !context.ids.references.iter().any(named) {
            let message = format!("nothing uses the input `{}`", name.value);
            let hint = format!("refer to it as `${{inputs.{}}}`, or take it out", name.value);
            context.report("unused-input", name.span, message, hint);
        }
    }
}
