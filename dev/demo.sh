#!/usr/bin/env bash
# The walk of `make demo`: people with plain kubectl, each as the user they are. Every step is checked; the first that
# does not go as it says ends the demo with an error. It runs inside `handoff-dev with --operator …`.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -n "${HANDOFF_TEST_DIR:-}" ] || { echo "run \`make demo\`: it starts the control plane that this walk needs" >&2; exit 1; }

bold='' dim='' off=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$'\e[1m' dim=$'\e[2m' off=$'\e[0m'; fi

title() { printf '\n%s== %s%s\n' "$bold" "$*" "$off"; }
shown() {
  local word line=''
  for word in "${@:2}"; do
    case $word in *[\ \{\}\"\;\*]*) line+=" '$word'" ;; *) line+=" $word" ;; esac
  done
  printf '\n%s%s $ kubectl%s%s\n' "$dim" "$1" "$line" "$off"
}
# as WHO ARGS…: shows the command and runs it.
as() { shown "$@"; kubectl --context "$1" "${@:2}"; }
# refused WHO WORDS ARGS…: the API server must refuse, and say WORDS.
refused() {
  local who=$1 words=$2 said; shift 2
  shown "$who" "$@"
  if said=$(kubectl --context "$who" "$@" 2>&1); then echo "demo: this was to be refused, and was not: $said" >&2; exit 1; fi
  case $said in *"$words"*) printf '%s\n' "$said" ;; *) echo "demo: refused, but without the words \"$words\": $said" >&2; exit 1 ;; esac
}
# until_shows OBJECT PATH VALUE: quietly waits.
until_shows() {
  kubectl --context alice wait --for=create "$1" --timeout=60s >/dev/null
  kubectl --context alice wait --for="jsonpath={$2}=$3" "$1" --timeout=60s >/dev/null ||
    { kubectl --context alice get "$1" -o yaml >&2; exit 1; }
}
confirmed='{"spec":{"decision":{"result":"Confirmed"}}}'
errored='{"spec":{"decision":{"result":"Errored","message":"ABERG exists already as a user of company 2"}}}'
retry='{"spec":{"recovery":{"action":"Retry","comment":"company 2 has released it"}}}'
erp=erp-account.aberg mainframe=mainframe-user.u001042 badge=building-badge.aberg

title "Gita, who keeps the ResourceTypes, applies them from Git"
as gita apply -f samples/types
for type in erp-account mainframe-user building-badge vendor-portal laptop; do
  kubectl --context gita wait --for=condition=Ready "rtype/$type" --timeout=60s >/dev/null
done
as gita get rtype

title "Create: Anna Berg joins, Alice asks for what she needs"
as alice apply -f samples/requests/joiner.yaml
for request in erp-account mainframe-user building-badge vendor-portal laptop; do
  until_shows "areq/aberg-$request" .status.provisioningState Transmitted
done

title "Bob sees the work, with everything that he needs to do it"
as bob get porder
as bob get porder $mainframe.1 -o 'jsonpath={.spec.ticket.title}{"\n"}{.spec.ticket.instructions}{"\n"}'
as bob get porder $mainframe.1 -o 'jsonpath={range .spec.changes[*]}{.property}: {.proposed}{"\n"}{end}'

title "He does it on the mainframe and says so"
as bob patch porder $mainframe.1 --type=merge -p "$confirmed"
until_shows areq/aberg-mainframe-user .status.provisioningState Executed
as alice get areq aberg-mainframe-user

title "A second, different answer is refused, and so is a decision by somebody who may only look"
refused bob 'the decision is final' patch porder $mainframe.1 --type=merge -p "$errored"
refused mallory 'forbidden' patch porder $badge.1 --type=merge -p "$confirmed"

title "An error: Carol cannot create the ERP account; Dave has it tried again"
as carol patch porder $erp.1 --type=merge -p "$errored"
until_shows porder/$erp.1 .status.state Errored
as alice get areq aberg-erp-account
as dave patch porder $erp.1 --type=merge -p "$retry"
until_shows porder/$erp.2 .status.state Transmitted
as carol get porder $erp.2 -o 'jsonpath=attempt {.spec.attempt}{"\n"}{.spec.ticket.instructions}{"\n"}'

title "What was decided stays decided"
refused dave 'final' patch porder $erp.1 --type=merge -p '{"spec":{"recovery":{"action":"Abandon"}}}'

title "Many at once: Bob confirms all that is with people"
as bob get porder --field-selector status.state=Transmitted -o name
mapfile -t waiting < <(kubectl --context bob get porder --field-selector status.state=Transmitted -o name)
as bob patch --type=merge -p "$confirmed" "${waiting[@]}"
for request in erp-account building-badge vendor-portal laptop; do
  until_shows "areq/aberg-$request" .status.provisioningState Executed
done
as alice get areq

title "Update: Anna moves to purchasing. Orders show what she has and what she shall have"
as alice apply -f samples/requests/mover.yaml
until_shows porder/$erp.3 .status.state Transmitted
as bob get porder $erp.3 -o 'jsonpath={range .spec.changes[*]}{.property}: {.current} -> {.proposed}{"\n"}{end}'
for request in mainframe-user building-badge vendor-portal; do
  until_shows "areq/aberg-$request-purchasing" .status.provisioningState Transmitted
done
mapfile -t waiting < <(kubectl --context bob get porder --field-selector status.state=Transmitted -o name)
as bob patch --type=merge -p "$confirmed" "${waiting[@]}"
for request in erp-account mainframe-user building-badge vendor-portal; do
  until_shows "areq/aberg-$request-purchasing" .status.provisioningState Executed
done

title "Delete: Anna leaves"
as alice apply -f samples/requests/leaver.yaml
for request in erp-account building-badge vendor-portal laptop; do
  until_shows "areq/aberg-$request-leaves" .status.provisioningState Transmitted
done
mapfile -t waiting < <(kubectl --context bob get porder --field-selector status.state=Transmitted -o name)
as bob patch --type=merge -p "$confirmed" "${waiting[@]}"
for request in erp-account building-badge vendor-portal laptop; do
  until_shows "areq/aberg-$request-leaves" .status.provisioningState Executed
done

title "The record: every order, who did what, and when"
as alice get porder
as alice get porder $erp.1 -o 'jsonpath={range .status.history[*]}{.time} {.state} {.reason}{"\n"}{end}'

title "That was it. Everything is stopped and removed; \`make up\` leaves one running for you."
