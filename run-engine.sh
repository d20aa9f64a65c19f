#!/usr/bin/env bash
# Builds the engine in Release when needed and runs `hft` with the arguments; without any, the demonstration venue.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

if ! command -v dotnet >/dev/null || ! dotnet --list-sdks | grep -q '^10\.'; then
  echo "run-engine.sh: the .NET 10 SDK is missing: https://dotnet.microsoft.com/download/dotnet/10.0" >&2
  exit 2
fi

program=gateways/server/bin/Release/net10.0/hft

# Building takes seconds even when nothing changed; looking for a newer source takes none.
is_current() {
  [[ -x $program ]] || return 1
  [[ -z $(find . \( -name .git -o -name bin -o -name obj -o -name data -o -name tests \) -prune -o -type f \
    \( -name '*.cs' -o -name '*.csproj' -o -name '*.props' -o -name '*.targets' -o -name '*.xml' -o -name 'appsettings.json' \) \
    -newer "$program" -print -quit) ]]
}

if [[ ${1:-} == build ]] || ! is_current; then
  dotnet build gateways/server/HftEngine.Server.csproj --configuration Release --nologo --verbosity quiet >&2
  # A build that had nothing to do leaves the old time; the next start must not build again.
  touch "$program"
fi

if [[ ${1:-} == build ]]; then
  exit 0
fi

if [[ $# -eq 0 ]]; then
  set -- serve --demo
fi

exec "$program" "$@"
