#!/usr/bin/env bash
# Makes build/venv with the packages that requirements.txt pins by hash, from the first Python that is new enough.
# BASE_PYTHON names another one: BASE_PYTHON=python3.14 make check
set -euo pipefail

candidates="${BASE_PYTHON:-python3.13 python3.12 python3.11 python3}"
for python in $candidates; do
  if "$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "Installing the packages of requirements.txt for $("$python" --version) into build/venv …"
    "$python" -m venv --clear build/venv
    if build/venv/bin/python -m pip install --quiet --disable-pip-version-check \
      --require-hashes --only-binary :all: --requirement requirements.txt; then
      exit 0
    fi
    echo "pip could not install the packages that requirements.txt pins (see above); is the package index reachable?" >&2
    exit 1
  fi
done
echo "Python 3.11 or newer with the module venv isn't on the PATH (tried $candidates)." >&2
exit 1
