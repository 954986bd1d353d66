//! The permissions that work on an API takes.
use super::Api;
use crate::{
    aws::Operation,
    resources::permissions::{
        CallPermissions, PermissionScope as On, Permissions,
        Purpose::{Apply, Plan},
        When::{Changed, Given, Gone, Made, Set, Taken},
        need, op,
    },
};

const GET: &[&str] = &["apigateway:GET"];
const POST: &[&str] = &["apigateway:POST"];
const PATCH: &[&str] = &["apigateway:PATCH"];
const DELETE: &[&str] = &["apigateway:DELETE"];

#[rustfmt::skip]
const CALLS: &[CallPermissions] = &[
    op(Operation::ApiGatewayGetApis, &[need(Plan, GET, On::Apis)], &[]),
    op(Operation::ApiGatewayGetIntegrations, &[need(Plan, GET, On::ApiLists)], &[]),
    op(Operation::ApiGatewayGetAuthorizers, &[need(Plan, GET, On::ApiLists)], &[]),
    op(Operation::ApiGatewayGetRoutes, &[need(Plan, GET, On::ApiLists)], &[]),
    op(Operation::ApiGatewayGetTags, &[need(Plan, GET, On::ApiTags)], &[]),
    // Not in the reference, and yet asked for by API Gateway when what it makes has tags
    // (github.com/aws-amplify/amplify-cli, issue 12316).
    op(Operation::ApiGatewayCreateApi, &[need(Apply, &["apigateway:POST", "apigateway:TagResource"], On::ApiNew)], &[Made]),
    op(Operation::ApiGatewayUpdateApi, &[need(Apply, PATCH, On::ApisTagged)], &[
        Changed("/description"), Changed("/selection"), Changed("/endpoint_disabled"),
    ]),
    op(Operation::ApiGatewayDeleteApi, &[need(Apply, DELETE, On::ApisTagged)], &[Gone]),
    op(Operation::ApiGatewayCreateIntegration, &[need(Apply, POST, On::ApiParts)], &[Set("/integrations")]),
    op(Operation::ApiGatewayUpdateIntegration, &[need(Apply, PATCH, On::ApiPart)], &[Given("/integrations")]),
    op(Operation::ApiGatewayDeleteIntegration, &[need(Apply, DELETE, On::ApiPart)], &[Taken("/integrations")]),
    op(Operation::ApiGatewayCreateAuthorizer, &[need(Apply, POST, On::ApiParts)], &[Set("/authorizers")]),
    op(Operation::ApiGatewayUpdateAuthorizer, &[need(Apply, PATCH, On::ApiPart)], &[Given("/authorizers")]),
    op(Operation::ApiGatewayDeleteAuthorizer, &[need(Apply, DELETE, On::ApiPart)], &[Taken("/authorizers")]),
    op(Operation::ApiGatewayCreateRoute, &[need(Apply, POST, On::ApiParts)], &[Set("/routes")]),
    op(Operation::ApiGatewayUpdateRoute, &[need(Apply, PATCH, On::ApiPart)], &[Given("/routes")]),
    op(Operation::ApiGatewayDeleteRoute, &[need(Apply, DELETE, On::ApiPart)], &[Taken("/routes")]),
    op(Operation::ApiGatewayTagResource, &[need(Apply, POST, On::ApiTags)], &[Changed("")]),
    op(Operation::ApiGatewayUntagResource, &[need(Apply, DELETE, On::ApiTags)], &[Taken("/tags")]),
];

impl Permissions for Api {
    const CALLS: &'static [CallPermissions] = CALLS;
}
