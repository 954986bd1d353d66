#!/usr/bin/env bash
# Plans the spec FILE. Leaves plan.md, copilot.sarif and, if SAVE is true, plan.json in a folder that is an output.
set -euo pipefail

folder="$RUNNER_TEMP/copilot-plan"
rm -rf "$folder"
mkdir -p "$folder"
echo "folder=$folder" >> "$GITHUB_OUTPUT"
# Findings end this command with a code of their own; the plan below meets the same ones.
copilot-infra validate -q -f "$FILE" --format sarif > "$folder/copilot.sarif" || true

options=(--detailed-exitcode --format markdown)
if [ "$SAVE" = true ]; then options+=(--out "$folder/plan.json"); fi
if [ "$BUILD" = false ]; then options+=(--no-build); fi
code=0
# Mistakes in the spec, and what AWS refuses, are annotated at their lines.
copilot-infra plan -f "$FILE" "${options[@]}" > "$folder/plan.md" || code=$?
# A plan that may not be carried out is worth reading too.
if [ -s "$folder/plan.md" ]; then cat "$folder/plan.md" >> "$GITHUB_STEP_SUMMARY"; else rm "$folder/plan.md"; fi
if [ ! -s "$folder/copilot.sarif" ]; then rm "$folder/copilot.sarif"; fi
case "$code" in
0) echo "changes=false" >> "$GITHUB_OUTPUT" ;;
2) echo "changes=true" >> "$GITHUB_OUTPUT" ;;
*) exit "$code" ;;
esac
