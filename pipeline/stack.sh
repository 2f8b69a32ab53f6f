#!/usr/bin/env bash
# What a pipeline does with one synthesized stack. The workflows in pipeline/github call it, and so can any other CI:
#
#   pipeline/stack.sh plan STACK [--set PATH=VALUE]...            say what an apply would do; exit with 2 if that stops or
#                                                                 loses something
#   pipeline/stack.sh deploy STACK DIGEST [--set PATH=VALUE]...   apply, if that is what was reviewed; exit with 3 if it
#                                                                 is not
#   pipeline/stack.sh drift STACK                                 exit with 2 if an apply would do anything at all
#
# Run `make synth` before it, and set the AWS variables. The results are in cdktf.out/plans/STACK: summary.md, digest,
# and plan.txt, which is what Terraform prints. The plan itself is not kept, since it holds secret values in clear text.
# To agree to a danger, add its address to pipeline/allow/STACK.txt, one address a line.
#
# With --set, a setting such as container.image gets another value than in the settings file ($SETTINGS, webapp.yaml
# without it). Once deployed, the value is an output in the stack's state, where later plans find it.
set -euo pipefail
umask 077 # what is planned is nobody else's to read

usage() { sed -n 's/^#   //p' "$0" >&2; exit 1; }
task=${1-} stack=${2-} reviewed=
case $task in
plan) [ $# -ge 2 ] || usage; shift 2 ;;
deploy) [ $# -ge 3 ] || usage; reviewed=$3; shift 3 ;;
drift) [ $# = 2 ] || usage; shift 2 ;;
*) usage ;;
esac
given=("$@")
while [ $# -gt 0 ]; do
  { [ $# -ge 2 ] && [ "$1" = --set ]; } || usage
  shift 2
done
if [ "$task" = deploy ] && ! [[ $reviewed =~ ^[0-9a-f]{64}$ ]]; then
  echo "\"$reviewed\" is not the digest of a reviewed plan; copy it from the end of the plan's summary" >&2
  exit 1
fi

project=$(cd "$(dirname "$0")/.." && pwd)
outdir=${CDKTF_OUTDIR:-$project/cdktf.out}
if ! [ -f "$outdir/manifest.json" ]; then
  echo "there are no stacks in $outdir; write them with: make synth" >&2
  exit 1
fi
outdir=$(cd "$outdir" && pwd)
# Folders of stacks that the settings no longer have may still be there. The manifest names those of the last synthesis.
stacks=$(tr -d '[:space:]' <"$outdir/manifest.json" | grep -o '"synthesizedStackPath":"stacks/[A-Za-z0-9_-]*/' | cut -d / -f 2) || true
if ! [[ $stack =~ ^[A-Za-z0-9_-]+$ ]] || ! grep -qx -e "$stack" <<<"$stacks"; then
  echo "found no stack $stack in $outdir, which has: ${stacks//$'\n'/, }; write the stacks with: make synth" >&2
  exit 1
fi
folder=$outdir/stacks/$stack plans=$outdir/plans/$stack
rm -rf "$plans"
mkdir -p "$plans"
# The plan holds values in clear, and what is in the output's folder gets uploaded.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
case ${ALLOW-} in
"") allow=pipeline/allow/$stack.txt ;; # within the project, as the summary names it
/*) allow=$ALLOW ;;
*) allow=$PWD/$ALLOW ;;
esac
cd "$project"
go build -o .tools/webapp . # takes no time where it is up to date

# For a command before a release, an apply calls the program by its name. There may be another Terraform beside it.
terraform=$(type -P terraform) || { echo "terraform is not on the PATH" >&2; exit 1; }
tf() { PATH=$project/.tools:$PATH "$terraform" -chdir="$folder" "$@"; }
tf init -input=false -no-color -lockfile=readonly >&2

# A runner is thrown away, and a state in its files with it: the next run would create everything a second time.
if [ -n "${CI-}" ] && [ -z "${LOCAL_STATE-}" ] && grep -q '"type": "local"' "$folder/.terraform/terraform.tfstate"; then
  echo "the state of $stack is a file of this machine, which a pipeline must not use; give the stack a remote one" >&2
  exit 1
fi

# What was set when the stack was deployed stays so, unless it is set again. Only this stack is written anew: others have
# other values.
tf output -json >"$scratch/outputs.json"
if [ ${#given[@]} -gt 0 ] || grep -q '"Set": {' "$scratch/outputs.json"; then
  .tools/webapp synth --settings "${SETTINGS:-webapp.yaml}" --stack "$stack" --outdir "$scratch/synth" \
    --set-from "$scratch/outputs.json" ${given[@]+"${given[@]}"} >&2
  cp "$scratch/synth/stacks/$stack/cdk.tf.json" "$folder/cdk.tf.json"
fi

# Only who applies takes the lock: whoever plans may read and nothing else.
lock=false
[ "$task" != deploy ] || lock=true
changes=0
tf plan -input=false -no-color -detailed-exitcode -lock="$lock" -lock-timeout=10m -out="$scratch/tfplan" |
  tee "$plans/plan.txt" >&2 || changes=$?
[ "$changes" = 0 ] || [ "$changes" = 2 ] || exit 1

arguments=(--title "$stack" --digest "$plans/digest" --allow "$allow")
# Where there is nothing left to do, a deployment has been done already.
[ "$task" != deploy ] || [ "$changes" = 0 ] || arguments+=(--expect "$reviewed")
verdict=0
tf show -json "$scratch/tfplan" | .tools/webapp review "${arguments[@]}" >"$plans/summary.md" || verdict=$?
cat "$plans/summary.md"

case $task in
plan) exit "$verdict" ;;
drift)
  [ "$verdict" != 1 ] || exit 1
  exit "$changes"
  ;;
deploy)
  [ "$verdict" = 0 ] || exit "$verdict"
  [ "$changes" = 2 ] || exit 0
  tf apply -input=false -no-color -lock-timeout=10m "$scratch/tfplan" >&2
  ;;
esac
