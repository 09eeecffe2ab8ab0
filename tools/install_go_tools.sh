#!/usr/bin/env bash
# Builds the tools that tools/go.mod pins (tflint, terraform-docs) into build/bin. From their versions Go finds the
# one version of each module that they need, and checks each against its public checksum database.
set -euo pipefail

if ! command -v go >/dev/null; then
  echo "Go isn't on the PATH: it builds tflint and terraform-docs, which 'make lint' and 'make docs' need." >&2
  exit 1
fi
echo "Building tflint and terraform-docs into build/bin (minutes the first time) …"
mkdir -p build/go-tools
cp tools/go.mod build/go-tools # Go writes all that it found beside it
GOBIN="$PWD/build/bin" go install -C build/go-tools -mod=mod tool
