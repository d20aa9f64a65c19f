#!/usr/bin/env bash
# Runs every test project. --fast: what needs nothing installed; --deep: the full counts; neither: what CI runs.
# How often the repeated tests repeat at each depth stands in tests/TestCounts.cs; HFT_SIM_SEEDS and the like go before.
# --deep leaves its counts and results in tests/results/deep.txt.
# The last line sums up all projects: N passed, N failed, N skipped.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

depth=default
arguments=()
for argument in "$@"; do
  case $argument in
    --fast) depth=fast ;;
    --deep) depth=deep ;;
    *) arguments+=("$argument") ;;
  esac
done

if ! command -v dotnet >/dev/null || ! dotnet --list-sdks | grep -q '^10\.'; then
  echo "run-tests.sh: the .NET 10 SDK is missing: https://dotnet.microsoft.com/download/dotnet/10.0" >&2
  exit 2
fi

# What some tests use beyond .NET: `need FILE|COMMAND PACKAGE…`. What cannot be installed is named; its tests are skipped.
updated=0
need() {
  local what=$1
  shift
  [[ -e $what ]] || command -v "$what" >/dev/null && return
  echo "run-tests.sh: $what is missing" >&2
  if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null; then
    echo "run-tests.sh: install $*; until then its tests are skipped" >&2
    return
  fi
  if [[ $updated -eq 0 ]]; then
    apt-get update >&2 || true
    updated=1
  fi
  apt-get install --yes --no-install-recommends "$@" >&2 ||
    echo "run-tests.sh: $* could not be installed; its tests are skipped" >&2
}
if [[ $depth != fast ]]; then
  need xz xz-utils
  need java default-jre-headless
  need /usr/share/java/hdrhistogram.jar libhdrhistogram-java
  need node nodejs
  need npm npm
  need g++ g++
  need /usr/include/quickfix/Application.h libquickfix-dev
  if command -v npm >/dev/null; then
    npm ci --prefix tests/Peers --no-audit --no-fund >&2 || echo "run-tests.sh: npm ci failed; its tests are skipped" >&2
  fi
fi

export HFT_TEST_DEPTH=$depth
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

dotnet build HftEngine.sln --configuration Release --nologo --verbosity quiet >&2 || exit 1

filter=()
[[ $depth == fast ]] && filter=(--filter "TestCategory!=Slow&TestCategory!=NeedsInstalled")

declare -A broke=()
for project in tests/*.Tests/*.csproj; do
  name=$(basename "$project" .csproj)
  echo "== $name" >&2
  dotnet test "$project" --configuration Release --no-build --nologo --verbosity quiet \
    --logger "console;verbosity=minimal" --logger "trx;LogFileName=$name.trx" --results-directory "$results" \
    "${filter[@]}" "${arguments[@]}" >&2 || broke[$name]=1
done

# A run that broke off leaves no result file, or one with only the tests before the break. Either counts as a failure:
# fewer tests that all passed must not look like a success.
passed=0 failed=0 skipped=0
for project in tests/*.Tests/*.csproj; do
  name=$(basename "$project" .csproj)
  file=$results/$name.trx
  if [[ ! -f $file ]]; then
    failed=$((failed + 1))
    continue
  fi
  counters=$(grep -o '<Counters [^>]*' "$file" | head -1)
  number() { sed -n "s/.*[[:space:]]$1=\"\([0-9]*\)\".*/\1/p" <<<"$counters"; }
  total=$(number total)
  ran=$(number executed)
  ok=$(number passed)
  passed=$((passed + ok))
  failed=$((failed + ran - ok))
  [[ -n ${broke[$name]:-} && $ran -eq $ok ]] && failed=$((failed + 1))
  skipped=$((skipped + total - ran))
done

# What was run how often, as the tests themselves printed it.
if [[ $depth == deep ]]; then
  mkdir -p tests/results
  {
    echo "run-tests.sh --deep, $(date -u +%Y-%m-%d), commit $(git rev-parse --short HEAD 2>/dev/null || echo unknown)"
    for project in tests/*.Tests/*.csproj; do
      name=$(basename "$project" .csproj)
      [[ -f $results/$name.trx ]] || { echo "== $name: no result"; continue; }
      echo "== $name: $(grep -o '<Counters [^>]*' "$results/$name.trx" | head -1 | sed 's/<Counters //')"
      sed 's/<StdOut>/\n/; s/&#x[DA];//g' "$results/$name.trx" \
        | grep -E '^ *(HFT_[A-Z_]+=[0-9]+ \(|[0-9]+ (simulations|kills)|sync|os |(events|image|journal|snapshot) (cut|detected|harmless|refused))' \
        | grep -v 'HFT_SEED' | sed 's/<.*//' || true
    done
    echo "$passed passed, $failed failed, $skipped skipped"
  } >tests/results/deep.txt
fi

echo "$passed passed, $failed failed, $skipped skipped"
[[ $failed -eq 0 ]]
