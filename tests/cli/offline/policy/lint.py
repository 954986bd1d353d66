"""Reads named policies as JSON on stdin and prints every finding of parliament that is not known to be wrong."""

import json
import re
import sys

from parliament import analyze_policy_string

# Actions that AWS asks for and that its service authorization reference does not list.
UNLISTED = {"apigateway:TagResource", "lambda:PutResourcePolicy", "lambda:DeleteResourcePolicy"}
# These take a permission on the alias and one on the key; only the key's hangs on a tag, so they are two statements.
TWO_RESOURCES = {"kms:CreateAlias", "kms:DeleteAlias"}


def is_wrong(finding):
    detail = finding.detail
    if finding.issue == "UNKNOWN_ACTION":
        return finding.location.get("string") in UNLISTED
    if finding.issue == "UNKNOWN_CONDITION_FOR_ACTION":
        # The reference lists it with the resource type `key`, where parliament does not look.
        return re.fullmatch(r"Unknown condition kms:ResourceAliases for action kms:\w+", detail)
    if finding.issue == "RESOURCE_MISMATCH":
        actions = {one["action"] for one in detail}
        # The reference lists a table and a stream for these, and parliament knows of the stream alone.
        if actions <= {f"dynamodb:{verb}ResourcePolicy" for verb in ("Get", "Put", "Delete")}:
            return True
        # Ids of models have colons in them, where parliament expects the next part of an ARN.
        return actions <= TWO_RESOURCES or all(action.startswith("bedrock:InvokeModel") for action in actions)
    return False


for name, policy in json.load(sys.stdin).items():
    for finding in analyze_policy_string(json.dumps(policy)).findings:
        if not is_wrong(finding):
            print(f"{name}: {finding.issue}: {finding.title}: {finding.detail}")
