"""Answers questions about the local cloud with boto3, one JSON line for each.

Asked {"account", "service", "operation", "with"}, it makes that call; asked {"account"} alone, it tells everything
that stands in the account. Answers are {"is": …} or {"error": …}.
"""
import base64
import functools
import io
import json
import os
import sys
import zipfile

import boto3
from botocore.config import Config

URL = sys.argv[1]
# Shared by all stacks of the account, so told apart from their tables.
LEASES = "copilot-infra-leases"
# How far a function has come, which changes by itself.
BUSY = ("State", "LastUpdateStatus")


@functools.lru_cache(maxsize=None)
def client(account, service):
    return boto3.client(
        service,
        endpoint_url=URL,
        region_name="us-east-1",
        aws_access_key_id=account,
        aws_secret_access_key="secret",
        aws_session_token=os.environ["AWS_SESSION_TOKEN"],
        config=Config(retries={"total_max_attempts": 1}),
    )


def policy(document):
    return json.loads(document) if isinstance(document, str) else document


def pages(client, operation, member, **arguments):
    return [one for page in client.get_paginator(operation).paginate(**arguments) for one in page[member]]


def pairs(tags, key="Key", value="Value"):
    return {tag[key]: tag[value] for tag in tags}


def keys(account):
    kms, found = client(account, "kms"), {}
    aliases = {one.get("TargetKeyId"): one["AliasName"] for one in pages(kms, "list_aliases", "Aliases")}
    for one in pages(kms, "list_keys", "Keys"):
        name = one["KeyId"]
        about = kms.describe_key(KeyId=name)["KeyMetadata"]
        alive = about["KeyState"] == "Enabled"
        found[name] = {
            **about,
            "alias": aliases.get(name),
            "rotation": alive and kms.get_key_rotation_status(KeyId=name)["KeyRotationEnabled"],
            "policy": policy(kms.get_key_policy(KeyId=name, PolicyName="default")["Policy"]),
            "tags": pairs(kms.list_resource_tags(KeyId=name)["Tags"], "TagKey", "TagValue"),
        }
    return found


def tables(account):
    dynamodb, found = client(account, "dynamodb"), {}
    for name in pages(dynamodb, "list_tables", "TableNames"):
        if name == LEASES:
            continue
        about = dynamodb.describe_table(TableName=name)["Table"]
        backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        found[name] = {
            **about,
            "ttl": dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"],
            "recovery": backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"],
            "tags": pairs(dynamodb.list_tags_of_resource(ResourceArn=about["TableArn"])["Tags"]),
        }
    return found


def leases(account):
    """The tags of the table of leases, if there is one."""
    dynamodb = client(account, "dynamodb")
    if LEASES not in pages(dynamodb, "list_tables", "TableNames"):
        return None
    arn = dynamodb.describe_table(TableName=LEASES)["Table"]["TableArn"]
    return pairs(dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"])


def roles(account):
    iam, found = client(account, "iam"), {}
    for one in pages(iam, "list_roles", "Roles"):
        name = one["RoleName"]
        names = pages(iam, "list_role_policies", "PolicyNames", RoleName=name)
        inline = {n: iam.get_role_policy(RoleName=name, PolicyName=n)["PolicyDocument"] for n in names}
        about = iam.get_role(RoleName=name)["Role"]
        found[name] = {
            **about,
            "trust": policy(about["AssumeRolePolicyDocument"]),
            "inline": {n: policy(document) for n, document in inline.items()},
            "attached": pages(iam, "list_attached_role_policies", "AttachedPolicies", RoleName=name),
            "tags": pairs(iam.list_role_tags(RoleName=name)["Tags"]),
        }
    return found


def log_groups(account):
    logs = client(account, "logs")
    groups = pages(logs, "describe_log_groups", "logGroups")
    arn = lambda one: one["arn"].removesuffix(":*")
    tags = lambda one: logs.list_tags_for_resource(resourceArn=arn(one))["tags"]
    return {one["logGroupName"]: {**one, "tags": tags(one)} for one in groups}


def functions(account):
    lambda_, found = client(account, "lambda"), {}
    for one in pages(lambda_, "list_functions", "Functions"):
        name = one["FunctionName"]
        about = lambda_.get_function(FunctionName=name)
        try:
            statements = policy(lambda_.get_policy(FunctionName=name)["Policy"] or "{}")
        except lambda_.exceptions.ResourceNotFoundException:
            statements = {}
        settled = {key: value for key, value in about["Configuration"].items() if not key.startswith(BUSY)}
        found[name] = {
            **settled,
            "concurrency": about.get("Concurrency"),
            "policy": statements.get("Statement", []),
            "tags": about.get("Tags", {}),
        }
    return found


def apis(account):
    gateway, found = client(account, "apigatewayv2"), {}
    for one in gateway.get_apis()["Items"]:
        name = one["ApiId"]
        children = {
            kind: gateway.__getattribute__(f"get_{kind}")(ApiId=name)["Items"]
            for kind in ("routes", "integrations", "authorizers", "stages")
        }
        arn = f"arn:aws:apigateway:us-east-1::/apis/{name}"
        found[name] = {**one, **children, "tags": gateway.get_tags(ResourceArn=arn)["Tags"]}
    return found


def everything(account):
    parts = (keys, tables, leases, roles, log_groups, functions, apis)
    setting = client(account, "apigateway").get_account()
    return {part.__name__: part(account) for part in parts} | {"logging_role": setting.get("cloudwatchRoleArn")}


def code(files):
    """Zips files, for calls that send code."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def unpack(arguments):
    if isinstance(arguments, dict):
        if set(arguments) == {"zip of"}:
            return code(arguments["zip of"])
        return {name: unpack(value) for name, value in arguments.items()}
    return [unpack(one) for one in arguments] if isinstance(arguments, list) else arguments


def answer(asked):
    if "service" not in asked:
        return everything(asked["account"])
    service = client(asked["account"], asked["service"])
    result = getattr(service, asked["operation"])(**unpack(asked["with"]))
    result.pop("ResponseMetadata", None)
    return result


def plain(value):
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)


for line in sys.stdin:
    try:
        told = {"is": answer(json.loads(line))}
    except Exception as error:
        told = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(told, default=plain), flush=True)
