#!/usr/bin/env bash
# Replays generated order flow through book, core and pipeline; prints a table and keeps it under bench/results.
#   ./run-bench.sh [NAME …] [--quick] [--workloads DIR] [--yardstick FILE] [--cpu N] [--journal none|os|sync]
# NAME is one of maker_s1 maker_s100 taker_s1 taker_s100 deep_s1 deep_s100; all of them without any. Only by name:
# sparse_s1 sparse_s100 (deep, prices a million ticks apart) and drift_s1 (maker, prices rise by half a tick a record).
# --workloads takes files NAME.bin from DIR instead of generating them. --yardstick is a bare book to compare with, a
# program or its C++ source: called as FILE WORKLOAD RUNS it prints one JSON line with ops_per_s for each run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

fail() {
  echo "run-bench.sh: $1" >&2
  exit 2
}

names=() quick=0 yardstick="" workloads="" cpu="" journal=none runs=5
while [[ $# -gt 0 ]]; do
  case $1 in
    --quick) quick=1 runs=3 ;;
    --yardstick) yardstick=${2:?"--yardstick needs a file"}; shift ;;
    --workloads) workloads=${2:?"--workloads needs a folder"}; shift ;;
    --cpu) cpu=${2:?"--cpu needs a number"}; shift ;;
    --journal) journal=${2:?"--journal needs a mode"}; shift ;;
    --*) fail "$1 is unknown" ;;
    *) names+=("$1") ;;
  esac
  shift
done
[[ ${#names[@]} -gt 0 ]] || names=(maker_s1 maker_s100 taker_s1 taker_s100 deep_s1 deep_s100)

command -v python3 >/dev/null || fail "python3 is missing: apt-get install python3"
./run-engine.sh build
hft=gateways/server/bin/Release/net10.0/hft
work=bench/.work
mkdir -p "$work" bench/results

bare=""
if [[ -n $yardstick ]]; then
  [[ -f $yardstick ]] || fail "--yardstick $yardstick: there is no such file"
  bare=$yardstick
  if [[ $yardstick == *.cpp ]]; then
    command -v g++ >/dev/null || fail "g++ is missing: apt-get install g++"
    bare=$work/yardstick
    g++ -O3 -march=native -std=c++17 "$yardstick" -o "$bare"
  fi
  [[ $bare == */* ]] || bare=./$bare
fi

# The second CPU by default: the first one serves most interrupts.
[[ -n $cpu ]] || cpu=$(($(nproc) > 1 ? 1 : 0))

generate() {
  local name=$1 mix=${1%%_*} symbols=${1##*_s} records=4000000 warm seed spread=1 drift=0
  case $name in
    deep_*) records=3000000 warm=1000000 ;;
    sparse_*) mix=deep records=3000000 warm=1000000 spread=1000003 ;;
    drift_s1) mix=maker warm=10000 drift=500 ;;
    *_s1) warm=10000 ;;
    *) warm=100000 ;;
  esac
  case $name in
    maker_s1) seed=11 ;; maker_s100) seed=12 ;; taker_s1) seed=13 ;;
    taker_s100) seed=14 ;; deep_s1 | sparse_s1) seed=15 ;; deep_s100 | sparse_s100) seed=16 ;; drift_s1) seed=17 ;;
    *) fail "$name is no workload" ;;
  esac
  if [[ $quick -eq 1 ]]; then
    records=$((records / 8)) name=quick_$name
  fi
  file=$work/$name.bin
  if [[ ! -f $file.expected ]]; then
    "$hft" workload "$mix" "$file" --symbols "$symbols" --records "$records" --warm "$warm" --seed "$seed" \
      --spread "$spread" --drift "$drift" >"$file.making"
    mv "$file.making" "$file.expected"
  fi
}

for name in "${names[@]}"; do
  if [[ -n $workloads ]]; then
    file=$workloads/$name.bin
    [[ -f $file ]] || fail "there is no $file"
  else
    generate "$name"
  fi
  echo "== $name" >&2
  rm -f "$work/$name".*.json
  if [[ -n $bare ]]; then
    taskset -c "$cpu" "$bare" "$file" "$runs" >"$work/$name.yardstick.json"
  fi
  "$hft" replay --workload "$file" --through book --pin "$cpu" --repeat "$runs" --json "$work/$name.book.json" >&2
  "$hft" replay --workload "$file" --through core --pin "$cpu" --repeat "$runs" --latency \
    --hlog "bench/results/$name.hlog" --json "$work/$name.core.json" >&2
  "$hft" replay --workload "$file" --through pipeline --journal "$journal" --repeat "$runs" --json "$work/$name.pipeline.json" >&2
  [[ -f $file.expected ]] && cp "$file.expected" "$work/$name.expected.json"
done

exec python3 bench/table.py "$work" bench/results "${names[@]}"
