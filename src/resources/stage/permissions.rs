//! The permissions that work on a stage takes.
use super::Stage;
use crate::{
    aws::Operation,
    resources::permissions::{
        CallPermissions, PermissionScope as On, Permissions,
        Purpose::{Apply, Plan},
        Subject,
        When::{Changed, Gone, Made, Set, Taken},
        need, op,
    },
};

const GET: &[&str] = &["apigateway:GET"];
const POST: &[&str] = &["apigateway:POST"];
const PATCH: &[&str] = &["apigateway:PATCH"];
const DELETE: &[&str] = &["apigateway:DELETE"];

#[rustfmt::skip]
const CALLS: &[CallPermissions] = &[
    op(Operation::ApiGatewayGetStages, &[need(Plan, GET, On::ApiLists)], &[]),
    op(Operation::ApiGatewayGetDeployment, &[need(Plan, GET, On::Deployment)], &[]),
    op(Operation::ApiGatewayCreateStage, &[
        need(Apply, &["apigateway:POST", "apigateway:TagResource"], On::StageNew),
    ], &[Made]),
    op(Operation::ApiGatewayUpdateStage, &[need(Apply, PATCH, On::ApisTagged)], &[
        Changed("/auto_deploy"), Changed("/deployment"), Changed("/defaults"), Changed("/routes"),
        Changed("/access_log"), Changed("/variables"), Set("/routes"),
    ]),
    op(Operation::ApiGatewayDeleteStage, &[need(Apply, DELETE, On::ApisTagged)], &[Gone]),
    op(Operation::ApiGatewayDeleteRouteSettings, &[need(Apply, DELETE, On::StageParts)], &[Taken("/routes")]),
    op(Operation::ApiGatewayDeleteAccessLogSettings, &[need(Apply, DELETE, On::StageParts)], &[Taken("/access_log")]),
    op(Operation::ApiGatewayCreateDeployment, &[need(Apply, POST, On::DeploymentNew)], &[Made, Changed("/deployment")]),
    op(Operation::ApiGatewayGetDeployments, &[need(Apply, GET, On::DeploymentNew)], &[]),
    op(Operation::ApiGatewayTagResource, &[need(Apply, POST, On::ApiTags)], &[Changed("")]),
    op(Operation::ApiGatewayUntagResource, &[need(Apply, DELETE, On::ApiTags)], &[Taken("/tags")]),
];

impl Permissions for Stage {
    const CALLS: &'static [CallPermissions] = CALLS;
    const SUBJECT: Subject = Subject::Stage;
}
