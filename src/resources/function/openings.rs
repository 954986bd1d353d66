//! What others may do through what is attached to a function or stands beside it.
use crate::resources::exposures::Opening;

/// The members that let others at a function, or at what it does.
pub(super) const OPENINGS: &[Opening] = &[
    // An external extension in a layer runs beside the function with its credentials (Lambda guide, "Lambda Extensions API").
    Opening {
        member: "/layers",
        allows: "a layer runs code of its owner with the function's role, which reads the tables and decrypts with the key",
        shown_by: "aws lambda get-function-configuration --function-name {} --query Layers",
    },
    Opening {
        member: "/vpc",
        allows: "what the function sends goes through a network of somebody's choice",
        shown_by: "aws lambda get-function-configuration --function-name {} --query VpcConfig",
    },
    Opening {
        member: "/file_systems",
        allows: "whoever has the file system may change what the function loads, and read what it writes",
        shown_by: "aws lambda get-function-configuration --function-name {} --query FileSystemConfigs",
    },
    Opening {
        member: "/dead_letter_target",
        allows: "whoever reads the target gets the events of failed invocations",
        shown_by: "aws lambda get-function-configuration --function-name {} --query DeadLetterConfig",
    },
    Opening {
        member: "/function_urls",
        allows: "a URL invokes the function past the API, its authorizer and its throttle",
        shown_by: "aws lambda list-function-url-configs --function-name {}",
    },
    Opening {
        member: "/event_invoke_configs",
        allows: "whoever reads the destinations gets the results of asynchronous invocations",
        shown_by: "aws lambda list-function-event-invoke-configs --function-name {}",
    },
];
