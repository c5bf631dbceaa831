#!/usr/bin/env bash
# The image without a container engine: dev/release.sh makes the program, and buildah puts it into the last stage of the
# Dockerfile. Nothing is fetched but crates, since that stage begins with nothing.
# Usage: dev/image.sh FOLDER    which gets `oci`, an OCI layout to be pushed or loaded, and `build/out/handoff`, the program
set -euo pipefail

mkdir -p "${1:?name the folder for the image}"
folder=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."

command -v buildah >/dev/null || {
    echo "buildah is missing: apt-get install buildah, or build the Dockerfile with docker or podman" >&2
    exit 1
}
dev/release.sh "$folder/build/out"

# `handoff 0.1.0 (0123456789ab)`
read -r _ version commit < <("$folder/build/out/handoff" --version)
commit=${commit//[()]/}
# Of the same commit comes the same image, whenever that is.
stamp=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}

# Its own storage: what else buildah has is not touched, and nothing of this is left in it.
storage=$(mktemp -d)
buildah() {
    command buildah --root "$storage/root" --runroot "$storage/run" --storage-driver vfs "$@"
}
trap 'rm -rf "$storage"' EXIT
sed -n '/^FROM scratch$/,$p' Dockerfile >"$storage/Dockerfile"
rm -rf "$folder/oci"
buildah build --quiet --identity-label=false --isolation chroot --format oci --timestamp "$stamp" --build-arg COMMIT="$commit" \
    --build-context "build=$folder/build" --file "$storage/Dockerfile" --tag "handoff:$version" "$storage" >/dev/null
buildah push --quiet "handoff:$version" "oci:$folder/oci:$version"
echo "handoff:$version of commit $commit is in $folder/oci: skopeo copy oci:$folder/oci:$version docker://REGISTRY/handoff:$version"
