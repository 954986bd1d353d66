//! The permissions that the calls on a stage need.
use super::Stage;
use crate::{
    aws::Operation,
    resources::permissions::{
        CallPermissions, PermissionScope as On, Permissions,
        Purpose::{Apply, Plan},
        StepCondition::{Changed, Gone, Made, Set, Taken},
        Subject, api_operation, permission_need,
    },
};

const GET: &[&str] = &["apigateway:GET"];
const POST: &[&str] = &["apigateway:POST"];
const PATCH: &[&str] = &["apigateway:PATCH"];
const DELETE: &[&str] = &["apigateway:DELETE"];

#[rustfmt::skip]
const CALLS: &[CallPermissions] = &[
    api_operation(Operation::ApiGatewayGetStages, &[permission_need(Plan, GET, On::ApiLists)], &[]),
    api_operation(Operation::ApiGatewayGetDeployment, &[permission_need(Plan, GET, On::Deployment)], &[]),
    api_operation(Operation::ApiGatewayCreateStage, &[
        permission_need(Apply, &["apigateway:POST", "apigateway:TagResource"], On::StageNew),
    ], &[Made]),
    api_operation(Operation::ApiGatewayUpdateStage, &[permission_need(Apply, PATCH, On::ApisTagged)], &[
        Changed("/auto_deploy"), Changed("/deployment"), Changed("/defaults"), Changed("/routes"),
        Changed("/access_log"), Changed("/variables"), Set("/routes"),
    ]),
    api_operation(Operation::ApiGatewayDeleteStage, &[permission_need(Apply, DELETE, On::ApisTagged)], &[Gone]),
    api_operation(Operation::ApiGatewayDeleteRouteSettings, &[permission_need(Apply, DELETE, On::StageParts)], &[Taken("/routes")]),
    api_operation(Operation::ApiGatewayDeleteAccessLogSettings, &[permission_need(Apply, DELETE, On::StageParts)], &[Taken("/access_log")]),
    api_operation(Operation::ApiGatewayCreateDeployment, &[permission_need(Apply, POST, On::DeploymentNew)], &[Made, Changed("/deployment")]),
    api_operation(Operation::ApiGatewayGetDeployments, &[permission_need(Apply, GET, On::DeploymentNew)], &[]),
    api_operation(Operation::ApiGatewayTagResource, &[permission_need(Apply, POST, On::ApiTags)], &[Changed("")]),
    api_operation(Operation::ApiGatewayUntagResource, &[permission_need(Apply, DELETE, On::ApiTags)], &[Taken("/tags")]),
];

impl Permissions for Stage {
    const CALLS: &'static [CallPermissions] = CALLS;
    const SUBJECT: Subject = Subject::Stage;
}
