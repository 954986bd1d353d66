#!/usr/bin/env bash
# Writes FOLDER/plan.md into the comment of pull request NUMBER that has its marker, or into a new one.
set -euo pipefail

if [ -s "$FOLDER/copilot.sarif" ]; then echo "sarif=$FOLDER/copilot.sarif" >> "$GITHUB_OUTPUT"; fi
# Where the spec has a mistake there is no plan.
if [ ! -s "$FOLDER/plan.md" ]; then exit 0; fi
# The first line is a marker: what it is, and of which stack. The digest after that differs.
MARKER="$(head -n 1 "$FOLDER/plan.md" | cut -d ' ' -f 1-3)"
export MARKER
found="$(gh api "repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments" --paginate \
    --jq '.[] | select(.user.type == "Bot" and (.body | startswith(env.MARKER + " "))) | .id')"
id="${found%%$'\n'*}"
if [ -n "$id" ]; then
    gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" --field "body=@$FOLDER/plan.md" --silent
else
    gh api --method POST "repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments" --field "body=@$FOLDER/plan.md" --silent
fi
