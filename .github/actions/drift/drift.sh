#!/usr/bin/env bash
# Looks for drift of the spec FILE, and leaves what it finds in drift.md.
set -euo pipefail

folder="$RUNNER_TEMP/copilot-drift"
mkdir -p "$folder"
code=0
copilot-infra plan -f "$FILE" --drift-only --detailed-exitcode --format markdown > "$folder/drift.md" || code=$?
cat "$folder/drift.md" >> "$GITHUB_STEP_SUMMARY"
case "$code" in
0) echo "drift=false" >> "$GITHUB_OUTPUT" ;;
2) echo "drift=true" >> "$GITHUB_OUTPUT" ;;
*) exit "$code" ;;
esac
