#!/usr/bin/env bash
# Opens, edits or closes the issue called TITLE, by whether DRIFT is true; BODY is the file with its text.
set -euo pipefail

issue="$(gh issue list --state open --search "in:title \"$TITLE\"" --json number --jq '.[0].number // empty')"
if [ "$DRIFT" = true ] && [ -n "$issue" ]; then
    gh issue edit "$issue" --body-file "$BODY"
elif [ "$DRIFT" = true ]; then
    gh issue create --title "$TITLE" --body-file "$BODY"
elif [ -n "$issue" ]; then
    gh issue close "$issue" --comment "No drift any more."
fi
