#!/usr/bin/env bash
# Prints the digest of the reviewed plan, from the comment on the pull request that the commit came from.
#
#   pipeline/github/reviewed.sh COMMIT STACK
#
# If there is none, it prints nothing and exits with 1. It needs GH_TOKEN and GITHUB_REPOSITORY.
set -euo pipefail
commit=$1 stack=$2
marker="<!-- plan of $stack -->"
pull=$(gh api "repos/$GITHUB_REPOSITORY/commits/$commit/pulls" --jq 'map(select(.merged_at != null)) | .[0].number // empty')
if [ -z "$pull" ]; then
  echo "commit $commit came by no pull request, so that nobody has reviewed a plan" >&2
  exit 1
fi
# shellcheck disable=SC2016 # the backquotes are part of the comment
digest=$(gh api "repos/$GITHUB_REPOSITORY/issues/$pull/comments" --paginate \
  --jq ".[] | select(.user.login == \"github-actions[bot]\" and (.body | startswith(\"$marker\"))) | .body" |
  sed -n 's/^Digest of what would be done: `\([0-9a-f]\{64\}\)`.*/\1/p' | tail -n 1)
if [ -z "$digest" ]; then
  echo "pull request $pull has no plan of $stack in its comments" >&2
  exit 1
fi
echo "$digest"
