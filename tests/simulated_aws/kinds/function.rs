//! A function under the contract.
use std::sync::Arc;

use copilot_infra::{
    aws::Aws,
    package::{self, Package},
    resources::{
        function::{self, Function},
        role as roles,
    },
};

use super::{key::key, role::role};
use crate::contract::{Case, Place, STACK, tags};

async fn package(template: &str) -> Arc<Package> {
    Arc::new(package::pack_shipped_template(template, &|_| {}).await.expect("it ships"))
}

/// A function, with the role that it runs as and another one, and a key.
pub(crate) async fn function(place: &Place) -> Case<Function> {
    let role = role().stand(place).await;
    let key = key().stand(place).await;
    let code = package("websocket-handlers").await;
    let wish = function::Props {
        status: function::Status::default(),
        role: role.arn,
        role_id: Some(role.id.clone()),
        handler: Some("index.handler".into()),
        runtime: "nodejs24.x".into(),
        architecture: "x86_64".into(),
        memory: 128,
        timeout: 3,
        description: "Runs".into(),
        environment: [("MODE".to_owned(), "one".to_owned().into())].into(),
        key: None,
        tracing: "passthrough".into(),
        log_group: format!("/aws/lambda/{STACK}-it"),
        log_format: "text".into(),
        reserved_concurrency: Some(5),
        code_sha256: code.digests.contents.clone(),
        code_record: Some(code.digests.clone()),
        attachments: function::Attachments::default(),
        qualified: function::QualifiedConfigs::default(),
        tags: tags(&[("a", "1")]),
    };
    let other = other_role(place).await;
    let changes = vec![
        function::Props { handler: Some("other.handler".into()), ..wish.clone() },
        function::Props { runtime: "nodejs22.x".into(), ..wish.clone() },
        function::Props { architecture: "arm64".into(), ..wish.clone() },
        function::Props { memory: 256, ..wish.clone() },
        function::Props { timeout: 9, ..wish.clone() },
        function::Props { description: String::new(), ..wish.clone() },
        function::Props { environment: [].into(), ..wish.clone() },
        function::Props { key: Some(key.arn), ..wish.clone() },
        function::Props { role: other.arn, role_id: Some(other.id), ..wish.clone() },
        function::Props { tracing: "active".into(), ..wish.clone() },
        function::Props { log_group: "/elsewhere".into(), ..wish.clone() },
        function::Props { log_format: "json".into(), ..wish.clone() },
        function::Props { reserved_concurrency: None, ..wish.clone() },
        function::Props { tags: tags(&[("b", "2")]), ..wish.clone() },
    ];
    Case {
        changes,
        // What went wrong is never wished for, and other code needs another package.
        fixed: &["failed_update", "code_sha256"],
        ..Case::of(Function::new(format!("{STACK}-it"), code), wish)
    }
}

async fn other_role(place: &Place) -> roles::Attrs {
    let mut case = role();
    case.resource.name = format!("{STACK}-other-us-east-1");
    case.stand(place).await
}

/// Somebody gives it more memory.
pub(crate) async fn spoil(aws: &Aws) {
    let call = aws.lambda().update_function_configuration().function_name(format!("{STACK}-it"));
    call.memory_size(3000).send().await.expect("it is there");
}
