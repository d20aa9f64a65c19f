#!/usr/bin/env bash
# Kills the real server under load again and again: tests/kill-loop.sh [KILLS per durability mode, 1000].
# The same test as in run-tests.sh; a failure prints the seed of its pauses.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
dotnet build tests/Server.Tests --configuration Release --nologo --verbosity quiet >&2
HFT_KILLS=${1:-1000} exec dotnet test tests/Server.Tests --configuration Release --no-build --nologo \
  --filter "FullyQualifiedName~KillTests" --logger "console;verbosity=normal"
