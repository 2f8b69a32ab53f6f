#!/usr/bin/env bash
# Writes a stack's plan as a comment on a pull request, and replaces the comment of an earlier plan:
#
#   pipeline/github/comment.sh PULL_REQUEST STACK
#
# It needs GH_TOKEN and GITHUB_REPOSITORY.
set -euo pipefail
pull=$1 stack=$2
marker="<!-- plan of $stack -->"
summary=$(dirname "$0")/../../cdktf.out/plans/$stack/summary.md
[ -f "$summary" ] || exit 0 # there is no plan; the step before has said why
comments=repos/$GITHUB_REPOSITORY/issues/$pull/comments
earlier=$(gh api "$comments" --paginate \
  --jq ".[] | select(.user.login == \"github-actions[bot]\" and (.body | startswith(\"$marker\"))) | .id" | tail -n 1)
body=$(printf '%s\n%s\n' "$marker" "$(cat "$summary")")
if [ -n "$earlier" ]; then
  gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$earlier" -f body="$body" --silent
else
  gh api --method POST "$comments" -f body="$body" --silent
fi
