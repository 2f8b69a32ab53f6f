#!/usr/bin/env bash
# Writes a comment on a pull request, and replaces the earlier one about the same:
#
#   pipeline/github/comment.sh PULL_REQUEST ABOUT FILE
#
# It needs GH_TOKEN and GITHUB_REPOSITORY.
set -euo pipefail
pull=$1 marker="<!-- $2 -->" text=$3
[ -f "$text" ] || exit 0 # there is nothing to tell; the step before has said why
comments=repos/$GITHUB_REPOSITORY/issues/$pull/comments
earlier=$(gh api "$comments" --paginate \
  --jq ".[] | select(.user.login == \"github-actions[bot]\" and (.body | startswith(\"$marker\"))) | .id" | tail -n 1)
body=$(printf '%s\n%s\n' "$marker" "$(cat "$text")")
if [ -n "$earlier" ]; then
  gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$earlier" -f body="$body" --silent
else
  gh api --method POST "$comments" -f body="$body" --silent
fi
