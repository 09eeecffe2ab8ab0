#!/usr/bin/env bash
# Builds the tools that tools/go.mod pins (tflint, terraform-docs) into build/bin.
set -euo pipefail

if ! command -v go >/dev/null; then
  echo "Go isn't on the PATH: it builds tflint and terraform-docs, which 'make lint' and 'make docs' need." >&2
  exit 1
fi
echo "Building tflint and terraform-docs into build/bin (minutes the first time) …"
GOBIN="$PWD/build/bin" go install -C tools tool
