"""Puts the results of one benchmark run into a table: bench/results/replay.md and replay.json."""
import json
import os
import statistics
import sys

WAYS = ("book", "core", "pipeline")


def load(path):
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def yardstick_rate(path):
    """Median over the runs, one JSON line each."""
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        return statistics.median(json.loads(line)["ops_per_s"] for line in file if line.strip())


def row_of(work, name):
    base = os.path.join(work, name)
    row = {"workload": name, "yardstick_ops_per_s": yardstick_rate(base + ".yardstick.json")}
    expected = load(base + ".expected.json")
    hashes = set()
    for way in WAYS:
        result = load(f"{base}.{way}.json")
        row[way] = result
        hashes.add(result["tape_hash"])
    if expected is not None:
        hashes.add(expected["tape_hash"])
    row["same_trades"] = len(hashes) == 1
    return row


def cell(row, way):
    rate = row[way]["ops_per_s"]
    bare = row["yardstick_ops_per_s"]
    ratio = f" ({rate / bare:.2f})" if bare else ""
    return f"{rate / 1e6:.2f}{ratio}"


def table(rows):
    lines = [
        "M operations a second, medians; in brackets the ratio to the yardstick of the same run. Latency through core in ns.",
        "",
        "| workload | yardstick | book | core | pipeline | p50 | p99 | p99.9 | collections | same trades |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|---|",
    ]
    for row in rows:
        bare = row["yardstick_ops_per_s"]
        latency = row["core"]["latency_ns"]
        collections = sum(row[way]["gc_collections"] for way in WAYS)
        lines.append(
            f"| {row['workload']} | {f'{bare / 1e6:.2f}' if bare else '–'} | "
            + " | ".join(cell(row, way) for way in WAYS)
            + f" | {latency['p50']} | {latency['p99']} | {latency['p999']} | {collections} | "
            + f"{'yes' if row['same_trades'] else 'NO'} |"
        )
    journal = rows[0]["pipeline"]["journal"]
    floor = rows[0]["core"]["latency_ns"]["timer_floor"]
    lines += ["", f"Pipeline with journal `{journal}`; reading the clock takes {floor} ns of each latency."]
    return "\n".join(lines) + "\n"


def main():
    work, results, names = sys.argv[1], sys.argv[2], sys.argv[3:]
    rows = [row_of(work, name) for name in names]
    text = table(rows)
    print(text)
    with open(os.path.join(results, "replay.md"), "w", encoding="utf-8") as file:
        file.write(text)
    with open(os.path.join(results, "replay.json"), "w", encoding="utf-8") as file:
        json.dump(rows, file, indent=2)
        file.write("\n")
    return 0 if all(row["same_trades"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
