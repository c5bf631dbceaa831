#!/bin/sh
# What a pipeline runs before a change is merged. Lint needs no cluster; the dry run asks one, and changes nothing in it.
#   ./check.sh              lint
#   ./check.sh --server     lint, and a dry run with the account of the current context
set -eu
cd "$(dirname "$0")"

for overlay in types/*/kustomization.yaml; do
    overlay=$(dirname "$overlay")
    echo "== lint $overlay"
    kubectl kustomize "$overlay" | kubectl handoff lint -f - --strict
done

[ "${1:-}" = --server ] || exit 0
for overlay in types/staging types/production requests; do
    echo "== dry run $overlay"
    kubectl kustomize "$overlay" | kubectl apply --server-side --dry-run=server -f -
done
