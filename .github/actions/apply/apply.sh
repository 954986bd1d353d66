#!/usr/bin/env bash
# Applies the saved plan PLAN of the spec FILE, and makes the outputs those of the step.
set -euo pipefail

# Exit code 6: something moved since the plan was made. Run the workflow again for a fresh plan.
copilot-infra apply -f "$FILE" "$PLAN"
outputs="$(copilot-infra outputs -f "$FILE" --format json)"
{
    echo "outputs=$(jq --compact-output . <<< "$outputs")"
    echo "url=$(jq --raw-output '[.[] | select(startswith("wss://"))][0] // ""' <<< "$outputs")"
} >> "$GITHUB_OUTPUT"
