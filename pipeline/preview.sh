#!/usr/bin/env bash
# What a pipeline does with previews (docs/previews.md):
#
#   pipeline/preview.sh deploy NAME [--set PATH=VALUE]...   create or update a preview, and print its URL
#   pipeline/preview.sh destroy NAME                        destroy a preview
#   pipeline/preview.sh expire                              destroy the previews that have expired
#
# It needs the AWS variables. The settings file is $SETTINGS, or webapp.yaml. Nobody reviews the plan of a preview.
set -euo pipefail
umask 077

usage() { sed -n 's/^#   //p' "$0" >&2; exit 1; }
task=${1-}
case $task in
deploy) [ $# -ge 2 ] || usage ;;
destroy) [ $# = 2 ] || usage ;;
expire) [ $# = 1 ] || usage ;;
*) usage ;;
esac
name=${2-} given=("${@:3}")
[ "$task" = expire ] || [ -n "$name" ] || usage # without a name it would be about other stacks
for ((i = 0; i < ${#given[@]}; i += 2)); do
  { [ "${given[i]}" = --set ] && [ $((i + 1)) -lt ${#given[@]} ]; } || usage
done

cd "$(dirname "$0")/.."
outdir=${CDKTF_OUTDIR:-cdktf.out}
mkdir -p "$outdir"
outdir=$(cd "$outdir" && pwd)
go build -o .tools/webapp . # takes no time where it is up to date

# Writes a preview's stack, and prints the stack's name.
write() {
  local name=$1
  shift
  .tools/webapp synth --settings "${SETTINGS:-webapp.yaml}" --outdir "$outdir" --preview "$name" "$@" >&2 || return
  tr -d '[:space:]' <"$outdir/manifest.json" | grep -o '"synthesizedStackPath":"stacks/[A-Za-z0-9_-]*/' | cut -d / -f 2
}

# Destroys a preview.
destroy() {
  local stack
  stack=$(write "$1") && begin "$stack" && tf destroy -input=false -no-color -auto-approve -lock-timeout=10m >&2
}

# Prepares Terraform for a stack.
begin() {
  folder=$outdir/stacks/$1
  tf init -input=false -no-color -lockfile=readonly >&2 || return
  if [ -n "${CI-}" ] && [ -z "${LOCAL_STATE-}" ] && grep -q '"type": "local"' "$folder/.terraform/terraform.tfstate"; then
    echo "the state of $1 is a file of this machine, which a pipeline must not use; give the stack a remote one" >&2
    return 1
  fi
}

# For a command before a release, an apply calls the program by its name. There may be another Terraform beside it.
terraform=$(type -P terraform) || { echo "terraform is not on the PATH" >&2; exit 1; }
tf() { PATH=$PWD/.tools:$PATH "$terraform" -chdir="$folder" "$@"; }

case $task in
deploy)
  stack=$(write "$name" ${given[@]+"${given[@]}"})
  begin "$stack"
  tf apply -input=false -no-color -auto-approve -lock-timeout=10m >&2
  tf output -no-color -raw ServiceURL
  echo
  ;;
destroy)
  destroy "$name"
  ;;
expire)
  # The security group of its tasks is among the first that a preview has, and the last that it loses.
  stack=$(write pr-1)
  prefix=${stack%pr-1} today=$(date -u +%F) failed=
  found=$(aws ec2 describe-security-groups --filters Name=tag-key,Values=Preview --output text --query "SecurityGroups[].[
    Tags[?Key=='Name']|[0].Value, Tags[?Key=='Preview']|[0].Value, Tags[?Key=='Expires']|[0].Value]")
  # Previews of other applications may be in the account.
  expired=$(while IFS=$'\t' read -r group name expires; do
    if [[ $group == "$prefix$name"* && $expires < $today ]]; then echo "$name"; fi
  done <<<"$found" | sort -u)
  for name in $expired; do
    echo "$name has expired" >&2
    destroy "$name" || failed+=" $name"
  done
  if [ -n "$failed" ]; then
    echo "could not destroy:$failed" >&2
    exit 1
  fi
  ;;
esac
