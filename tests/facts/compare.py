#!/usr/bin/env python3
"""Compares what the tool knows of AWS with the service models of botocore and the schemas of cfn-lint.

    compare.py            with the versions of requirements.txt, as `.ci/run facts` does
    compare.py --newest   with the newest ones, by hand or on a schedule

Every difference needs its reason in reasons.json, which begins with the difference, and every reason there a difference. A fact that was found to have
changed is mended in src/facts, where each one has its source and the day on which it was checked.
"""
import argparse
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parents[1] / "src"
LEAST = 300

# How the clients of the tool are called, and which service of botocore each is for.
CLIENTS = {
    "apis": "apigatewayv2", "bedrock": "bedrock", "cloudformation": "cloudformation", "dynamodb": "dynamodb",
    "gateway": "apigateway", "iam": "iam", "kms": "kms", "lambda": "lambda", "logs": "logs", "sts": "sts",
    "tagging": "resourcegroupstaggingapi",
}
# Methods of every request, which are no members of it.
PLUMBING = {"send", "customize", "into_paginator", "config_override", "items", "page_size", "mutate_request", "clone"}

# Limits of src/facts/limits.json: `service:Shape.member bound` of botocore, or `AWS::Type /path bound` of cfn-lint.
LIMITS = {
    "function_name_length": ["AWS::Lambda::Function /properties/FunctionName maxLength"],
    "function_description_length": ["lambda:CreateFunctionRequest.Description max", "AWS::Lambda::Function /properties/Description maxLength"],
    "function_handler_length": ["lambda:CreateFunctionRequest.Handler max", "AWS::Lambda::Function /properties/Handler maxLength"],
    "function_memory_min": ["lambda:CreateFunctionRequest.MemorySize min", "AWS::Lambda::Function /properties/MemorySize minimum"],
    "function_memory_max": ["lambda:CreateFunctionRequest.MemorySize max", "AWS::Lambda::Function /properties/MemorySize maximum"],
    "function_timeout_max": ["lambda:CreateFunctionRequest.Timeout max", "AWS::Lambda::Function /properties/Timeout maximum"],
    "permission_statement_id_length": ["lambda:AddPermissionRequest.StatementId max"],
    "table_name_max": ["dynamodb:CreateTableInput.TableName max", "AWS::DynamoDB::Table /properties/TableName maxLength"],
    "table_name_min": ["dynamodb:GlobalSecondaryIndex.IndexName min", "AWS::DynamoDB::Table /definitions/GlobalSecondaryIndex/properties/IndexName minLength"],
    "attribute_name_length": ["dynamodb:KeySchemaElement.AttributeName max", "AWS::DynamoDB::Table /definitions/KeySchema/properties/AttributeName maxLength"],
    "index_projected_attributes": ["dynamodb:Projection.NonKeyAttributes max"],
    "gateway_wait_seconds": ["apigatewayv2:CreateIntegrationRequest.TimeoutInMillis max"],
    "log_group_name_length": ["logs:CreateLogGroupRequest.logGroupName max", "AWS::Logs::LogGroup /properties/LogGroupName maxLength"],
    "key_deletion_window_min": ["AWS::KMS::Key /properties/PendingWindowInDays minimum", "kms:ScheduleKeyDeletionRequest.PendingWindowInDays min"],
    "key_deletion_window_max": ["AWS::KMS::Key /properties/PendingWindowInDays maximum", "kms:ScheduleKeyDeletionRequest.PendingWindowInDays max"],
    "key_alias_length": ["kms:CreateAliasRequest.AliasName max", "AWS::KMS::Alias /properties/AliasName maxLength"],
    "role_name_length": ["iam:CreateRoleRequest.RoleName max"],
    "managed_policy_characters": [],
    "tag_key_length": ["iam:Tag.Key max", "dynamodb:Tag.Key max", "kms:Tag.TagKey max", "AWS::KMS::Key /definitions/Tag/properties/Key maxLength"],
    "tag_value_length": ["iam:Tag.Value max", "dynamodb:Tag.Value max", "kms:Tag.TagValue max", "AWS::KMS::Key /definitions/Tag/properties/Value maxLength"],
    "tags": ["iam:CreateRoleRequest.Tags max"],
}
# Patterns of src/manifest/types, and AWS's own for the same text.
PATTERNS = {
    ("function.rs", "name"): ["AWS::Lambda::Function /properties/FunctionName pattern"],
    ("function.rs", "handler"): ["AWS::Lambda::Function /properties/Handler pattern"],
    ("function.rs", "environment"): ["lambda:EnvironmentVariables key"],
    ("table.rs", "name"): ["dynamodb:GlobalSecondaryIndex.IndexName pattern"],
    ("table.rs", "indexes"): ["dynamodb:GlobalSecondaryIndex.IndexName pattern"],
    ("api.rs", "log_group"): ["logs:CreateLogGroupRequest.logGroupName pattern", "AWS::Logs::LogGroup /properties/LogGroupName pattern"],
    ("mod.rs", "alias"): ["kms:CreateAliasRequest.AliasName pattern", "AWS::KMS::Alias /properties/AliasName pattern"],
}
# What stands before a text of ours where AWS's pattern is for the whole.
PREFIXES = {("mod.rs", "alias"): "alias/"}
# Words of the spec, and AWS's for the same.
WORDS = {
    "lambda:CreateFunctionRequest.Architectures": ["x86_64", "arm64"],
    "lambda:TracingConfig.Mode": ["Active", "PassThrough"],
    "lambda:LoggingConfig.LogFormat": ["Text", "JSON"],
    "dynamodb:AttributeDefinition.AttributeType": ["S", "N", "B"],
    "dynamodb:KeySchemaElement.KeyType": ["HASH", "RANGE"],
    "dynamodb:CreateTableInput.BillingMode": ["PAY_PER_REQUEST", "PROVISIONED"],
    "dynamodb:Projection.ProjectionType": ["ALL", "KEYS_ONLY", "INCLUDE"],
    "apigatewayv2:CreateRouteRequest.AuthorizationType": ["NONE", "CUSTOM"],
    "apigatewayv2:RouteSettings.LoggingLevel": ["OFF", "ERROR", "INFO"],
    "apigatewayv2:CreateApiRequest.ProtocolType": ["WEBSOCKET"],
    "apigatewayv2:CreateIntegrationRequest.IntegrationType": ["AWS_PROXY"],
    "apigatewayv2:CreateAuthorizerRequest.AuthorizerType": ["REQUEST"],
    "bedrock:FoundationModelLifecycle.status": ["ACTIVE", "LEGACY"],
    "bedrock:AgreementAvailability.status": ["AVAILABLE", "PENDING", "NOT_AVAILABLE", "ERROR"],
    "bedrock:GetFoundationModelAvailabilityResponse.authorizationStatus": ["AUTHORIZED", "NOT_AUTHORIZED"],
    "bedrock:GetFoundationModelAvailabilityResponse.entitlementAvailability": ["AVAILABLE", "NOT_AVAILABLE"],
    "bedrock:GetFoundationModelAvailabilityResponse.regionAvailability": ["AVAILABLE", "NOT_AVAILABLE"],
    "kms:KeyMetadata.KeyState": ["Enabled", "Disabled", "PendingDeletion"],
    "dynamodb:TableDescription.TableStatus": ["ACTIVE", "CREATING", "UPDATING", "DELETING"],
    "lambda:FunctionConfiguration.State": ["Active", "Pending", "Failed", "Inactive"],
    "lambda:FunctionConfiguration.LastUpdateStatus": ["Successful", "Failed", "InProgress"],
}


class Comparison:
    """Constraints that were compared, and the differences."""

    def __init__(self):
        self.count = 0
        self.differences = {}

    def hold(self, name, ours, theirs):
        self.count += 1
        if ours != theirs:
            self.differences[name] = f"{ours!r} here, {theirs!r} there"


class Models:
    """The service models of botocore and the schemas of cfn-lint."""

    def __init__(self):
        import botocore.loaders

        self.loader = botocore.loaders.Loader()
        self.services = {}
        # It is not imported: only its data is wanted, without what else it needs.
        self.data = Path(importlib.util.find_spec("cfnlint").submodule_search_locations[0]) / "data"
        self.schemas = {}

    def service(self, name):
        if name not in self.services:
            self.services[name] = self.loader.load_service_model(name, "service-2")
        return self.services[name]

    def member(self, path):
        """The shape of `service:Shape.member`."""
        service, rest = path.split(":")
        shape, member = rest.split(".")
        shapes = self.service(service)["shapes"]
        return shapes[shapes[shape]["members"][member]["shape"]]

    def words(self, path):
        """The words that a member may have, or the elements of one that is a list."""
        found = self.member(path)
        if found["type"] == "list":
            found = self.service(path.split(":")[0])["shapes"][found["member"]["shape"]]
        return set(found.get("enum", []))

    def schema(self, kind):
        if kind not in self.schemas:
            names = json.loads((self.data / "schemas/providers/us-east-1.json").read_text())
            self.schemas[kind] = json.loads((self.data / "schemas/resources" / f"{names[kind]}.json").read_text())
        return self.schemas[kind]

    def bound(self, where):
        """A bound, such as `lambda:CreateFunctionRequest.Timeout max`; None where there is none."""
        if where.startswith("AWS::"):
            kind, pointer, key = where.split(" ")
            found = self.schema(kind)
            for part in pointer.strip("/").split("/"):
                found = found[part]
            return found.get(key)
        path, key = where.split(" ")
        if key == "key":
            service, shape = path.split(":")
            shapes = self.service(service)["shapes"]
            return shapes[shapes[shape]["key"]["shape"]].get("pattern")
        return self.member(path).get(key)


def facts(name):
    return json.loads((SOURCE / "facts" / name).read_text())


def compare_limits(models, out):
    ours = facts("limits.json")
    for name, places in LIMITS.items():
        for where in places:
            value = ours[name]["value"]
            if name == "gateway_wait_seconds":
                value *= 1000
            out.hold(f"limit {name}: {where}", value, models.bound(where))


def compare_enums(models, out):
    ours = facts("enums.json")
    theirs = {r for part in models.loader.load_data("endpoints")["partitions"] for r in part["regions"]}
    both(out, "region", set(ours["regions"]["value"]), theirs)
    theirs = models.schema("AWS::Logs::LogGroup")["properties"]["RetentionInDays"]["enum"]
    both(out, "log retention", set(ours["log_retention_days"]["value"]), set(theirs))
    for where, words in WORDS.items():
        known = models.words(where)
        for word in words:
            out.hold(f"word {where}: {word}", True, word in known)


def both(out, what, ours, theirs):
    for one in sorted(ours | theirs):
        out.hold(f"{what} {one}", one in ours, one in theirs)


def compare_runtimes(models, out):
    ours = {one["name"]: one for one in facts("runtimes.json")["value"]}
    theirs = set(models.service("lambda")["shapes"]["Runtime"]["enum"])
    both(out, "runtime", set(ours), theirs)
    ends = json.loads((models.data / "AdditionalSpecs/LmbdRuntimeLifecycle.json").read_text())
    keys = {"deprecated": "deprecated", "no_create": "create-block", "no_update": "update-block", "successor": "successor"}
    for name, end in ends.items():
        for key, their in keys.items():
            theirs = (end.get(their) or None)
            theirs = theirs[:10] if key != "successor" and theirs else theirs
            out.hold(f"runtime {name}: {key}", ours.get(name, {}).get(key), theirs)


def compare_actions(models, out):
    """Every action that is known to the tool is known to cfn-lint, and the other way round for the same service."""
    policies = json.loads((models.data / "AdditionalSpecs/Policies.json").read_text())
    theirs = {name: {action.lower() for action in one.get("Actions", {})} for name, one in policies.items()}
    for line in (SOURCE / "iam/actions.txt").read_text().splitlines():
        service, *actions = line.split()
        if line.startswith("#") or not actions or service not in theirs:
            continue
        for action in actions:
            name = action.split(":")[0]
            out.hold(f"action {service}:{name}", True, name.lower() in theirs[service])


def compare_patterns(models, out):
    for (file, field), places in PATTERNS.items():
        ours = pattern_of(SOURCE / "manifest/types" / file, field)
        for where in places:
            theirs = models.bound(where)
            name = f"pattern {file} {field}: {where}"
            if theirs is None:
                out.hold(name, ours, None)
                continue
            # Characters are compared; lengths are bounds of their own.
            prefix = PREFIXES.get((file, field), "")
            theirs = theirs.replace("\\Z", "$").replace("(?s)", "")
            differs = [c for c in map(chr, range(33, 127)) if bool(re.search(ours, f"aa{c}a")) != bool(re.fullmatch(theirs, f"{prefix}aa{c}a"))]
            out.hold(name, "", "".join(differs))


def pattern_of(file, field):
    """The pattern in the attributes of a field, its keys' pattern for a map."""
    text = file.read_text()
    end = re.search(rf"\n\s+pub {field}: ", text).start()
    start = max(text.rfind(stop, 0, end) for stop in (",\n    /// ", "{\n    /// "))
    found = re.search(r'"pattern"\s*[=:]\s*r?#?"((?:[^"\\]|\\.)*)"', text[start:end])
    return found.group(1)


def compare_calls(models, out):
    """The operations that the tool calls exist, with the members that it sets, and all required ones are set."""
    from botocore import xform_name

    for file in sorted(SOURCE.rglob("*.rs")):
        text = re.sub(r"(?m)^\s*//.*$", "", file.read_text())
        for call in re.finditer(r"\.\s*(%s)\(\)\s*\.\s*([a-z0-9_]+)\(\)" % "|".join(CLIENTS), text):
            service = models.service(CLIENTS[call.group(1)])
            named = {xform_name(name): one for name, one in service["operations"].items()}
            name = f"call {CLIENTS[call.group(1)]}.{call.group(2)}"
            out.hold(name, True, call.group(2) in named)
            if call.group(2) not in named:
                continue
            shape = service["shapes"][named[call.group(2)].get("input", {}).get("shape", "")] if "input" in named[call.group(2)] else {}
            members = {xform_name(member): member for member in shape.get("members", {})}
            required = {xform_name(member) for member in shape.get("required", [])}
            setters = chained(text, call)
            for setter in sorted(setters - PLUMBING):
                out.hold(f"{name} sets {setter}", True, setter in members)
            for member in sorted(required):
                out.hold(f"{name} needs {member}", True, member in setters)


def chained(text, call):
    """The methods called on a request, in the chain and on the variable that it is kept in."""
    found, at = methods(text, call.end())
    line = text[text.rfind(";", 0, call.start()) + 1 : call.start()]
    kept = re.search(r"let (?:mut )?([a-z_0-9]+) =\s*[^=]*$", line)
    if kept:
        rest = text[at : at + 4000]
        rest = rest[: (re.search(r"\n(?:    )?}\n", rest) or re.search(r"$", rest)).start()]
        for later in re.finditer(rf"\b{kept.group(1)}\s*(?=\.)", rest):
            if found & {"send", "into_paginator"}:
                break
            found |= methods(rest, later.end())[0]
    return {name.removeprefix("set_") for name in found}


def methods(text, at):
    """The names of the methods of a chain that begins at a place, up to where it is sent, and where that is."""
    found = set()
    while not found & {"send", "into_paginator"} and (link := re.compile(r"\s*\.\s*([a-z_0-9]+)(?:::<[^>]*>)?\(").match(text, at)):
        found.add(link.group(1))
        depth, at = 1, link.end()
        while depth and at < len(text):
            if text[at] == '"':
                at = re.compile(r'"(?:[^"\\]|\\.)*"').match(text, at).end()
                continue
            depth += {"(": 1, ")": -1}.get(text[at], 0)
            at += 1
    return found, at


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--newest", action="store_true", help="with the newest botocore and cfn-lint, in a venv of its own")
    asked = arguments.parse_args()
    if asked.newest:
        return with_newest()
    models, out = Models(), Comparison()
    for compare in (compare_limits, compare_enums, compare_runtimes, compare_actions, compare_patterns, compare_calls):
        compare(models, out)
    reasons = json.loads((HERE / "reasons.json").read_text())
    wrong = [f"{name}: {how}" for name, how in out.differences.items() if not reasons.get(name, "").startswith(f"{how}: ")]
    wrong += [f"{name}: has a reason, and is no difference" for name in reasons if name not in out.differences]
    if out.count < LEAST:
        wrong.append(f"only {out.count} constraints were compared")
    print("\n".join(wrong), end="\n" if wrong else "")
    print(f"{out.count} constraints compared, {len(out.differences)} differences, {len(reasons)} with a reason")
    return 1 if wrong else 0


def with_newest():
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / ("Scripts" if os.name == "nt" else "bin") / "python"
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "botocore"], check=True)
        subprocess.run([*pip, "--no-deps", "cfn-lint"], check=True)
        subprocess.run([python, "-m", "pip", "list"], check=True)
        return subprocess.run([python, __file__]).returncode


if __name__ == "__main__":
    sys.exit(main())
