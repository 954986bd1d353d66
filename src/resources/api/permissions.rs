//! The permissions that the calls on an API need.
use super::Api;
use crate::{
    aws::Operation,
    resources::permissions::{
        CallPermissions, PermissionScope as On, Permissions,
        Purpose::{Apply, Plan},
        StepCondition::{Changed, Given, Gone, Made, Set, Taken},
        api_operation, permission_need,
    },
};

const GET: &[&str] = &["apigateway:GET"];
const POST: &[&str] = &["apigateway:POST"];
const PATCH: &[&str] = &["apigateway:PATCH"];
const DELETE: &[&str] = &["apigateway:DELETE"];

#[rustfmt::skip]
const CALLS: &[CallPermissions] = &[
    api_operation(Operation::ApiGatewayGetApis, &[permission_need(Plan, GET, On::Apis)], &[]),
    api_operation(Operation::ApiGatewayGetIntegrations, &[permission_need(Plan, GET, On::ApiLists)], &[]),
    api_operation(Operation::ApiGatewayGetAuthorizers, &[permission_need(Plan, GET, On::ApiLists)], &[]),
    api_operation(Operation::ApiGatewayGetRoutes, &[permission_need(Plan, GET, On::ApiLists)], &[]),
    api_operation(Operation::ApiGatewayGetDomainNames, &[permission_need(Plan, GET, On::DomainNames)], &[]),
    api_operation(Operation::ApiGatewayGetApiMappings, &[permission_need(Plan, GET, On::DomainNames)], &[]),
    api_operation(Operation::ApiGatewayGetTags, &[permission_need(Plan, GET, On::ApiTags)], &[]),
    // Not in the service authorization reference, but API Gateway demands it for the creation of anything with tags
    // (github.com/aws-amplify/amplify-cli, issue 12316).
    // The tags of the new API are a second resource of the same call, `/tags/...%2Fv2%2Fapis%2F*`.
    api_operation(Operation::ApiGatewayCreateApi, &[
        permission_need(Apply, &["apigateway:POST", "apigateway:TagResource"], On::ApiNew),
        permission_need(Apply, POST, On::ApiTags),
    ], &[Made]),
    api_operation(Operation::ApiGatewayUpdateApi, &[permission_need(Apply, PATCH, On::ApisTagged)], &[
        Changed("/name"), Changed("/description"), Changed("/selection"), Changed("/key_selection"),
        Changed("/endpoint_disabled"),
    ]),
    api_operation(Operation::ApiGatewayDeleteApi, &[permission_need(Apply, DELETE, On::ApisTagged)], &[Gone]),
    api_operation(Operation::ApiGatewayCreateIntegration, &[permission_need(Apply, POST, On::ApiParts)], &[Set("/integrations")]),
    api_operation(Operation::ApiGatewayUpdateIntegration, &[permission_need(Apply, PATCH, On::ApiPart)], &[Given("/integrations")]),
    api_operation(Operation::ApiGatewayDeleteIntegration, &[permission_need(Apply, DELETE, On::ApiPart)], &[Taken("/integrations")]),
    api_operation(Operation::ApiGatewayCreateAuthorizer, &[permission_need(Apply, POST, On::ApiParts)], &[Set("/authorizers")]),
    api_operation(Operation::ApiGatewayUpdateAuthorizer, &[permission_need(Apply, PATCH, On::ApiPart)], &[Given("/authorizers")]),
    api_operation(Operation::ApiGatewayDeleteAuthorizer, &[permission_need(Apply, DELETE, On::ApiPart)], &[Taken("/authorizers")]),
    api_operation(Operation::ApiGatewayCreateRoute, &[permission_need(Apply, POST, On::ApiParts)], &[Set("/routes")]),
    api_operation(Operation::ApiGatewayUpdateRoute, &[permission_need(Apply, PATCH, On::ApiPart)], &[Given("/routes")]),
    api_operation(Operation::ApiGatewayDeleteRoute, &[permission_need(Apply, DELETE, On::ApiPart)], &[Taken("/routes")]),
    api_operation(Operation::ApiGatewayGetRouteResponses, &[permission_need(Plan, GET, On::RouteResponses)], &[]),
    api_operation(Operation::ApiGatewayCreateRouteResponse, &[permission_need(Apply, POST, On::RouteResponsesNew)], &[Set("/routes")]),
    api_operation(Operation::ApiGatewayDeleteRouteResponse, &[permission_need(Apply, DELETE, On::ApiPart)], &[Taken("/routes")]),
    api_operation(Operation::ApiGatewayTagResource, &[permission_need(Apply, POST, On::ApiTags)], &[Changed("")]),
    api_operation(Operation::ApiGatewayUntagResource, &[permission_need(Apply, DELETE, On::ApiTags)], &[Taken("/tags")]),
];

impl Permissions for Api {
    const CALLS: &'static [CallPermissions] = CALLS;
}
