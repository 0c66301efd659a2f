"""compare.py OURS.jsonl PEERS.jsonl: medians side by side, as a Markdown table.  Only for `make bench`.

Work and its unit per row: sampled tokens/s of generate (256 rows), trained tokens/s of SFT (64 x 80), seconds of a whole
iteration (64 rollouts x 64 tokens).  A ratio above 1 says that ours is faster.
"""
import json
import statistics
import sys

ROWS = [("generate", "tok/s"), ("sft", "tok/s"), ("grpo", "s per iteration")]
ITERATION_TOKENS = 64 * 64


def ours(path):
    """{(work, megaparameters): [benchmark entries]}"""
    result = {}
    for line in open(path):
        for entry in json.loads(line)["benchmarks"]:
            work, size = entry["name"].split("/")[:2]
            result.setdefault((work, int(size)), []).append(entry)
    return result


def peers(path):
    result = {}
    for line in open(path):
        entry = json.loads(line)
        if "model" not in entry:  # a calibration
            continue
        result.setdefault((entry["what"], int(entry["model"].split("-")[1][:-1])), []).append(entry)
    return result


def median(values):
    return statistics.median(values)


def row(work, unit, size, mine, theirs):
    if work == "grpo":
        a = ITERATION_TOKENS / median(e["tok_per_s"] for e in mine)
        b = median(e["sec_per_step"]["median"] for e in theirs)
        ratio, shown = b / a, "{:.2f}"
    else:
        a = median(e["tok_per_s"] for e in mine)
        b = median(e["tok_per_s"]["median"] for e in theirs)
        ratio, shown = a / b, "{:,.0f}"
    first = median(e["first_s"] for e in mine)
    peak = max(e["peak_mib"] for e in mine)
    first_peer = [e["process_start_to_first_step_s"] for e in theirs if "process_start_to_first_step_s" in e]
    return [f"{work} {size}M", unit, shown.format(a), shown.format(b), f"{ratio:.2f}", f"{first:.2f}",
            f"{median(first_peer):.1f}" if first_peer else "", f"{peak:,.0f}", f"{max(e['peak_rss_mib'] for e in theirs):,.0f}"]


def main():
    mine, theirs = ours(sys.argv[1]), peers(sys.argv[2])
    print("| f32, one thread | unit | rlreason | peer | ratio | first round s | peer's | peak MiB | peer's |")
    print("|---|---|---:|---:|---:|---:|---:|---:|---:|")
    for work, unit in ROWS:
        for size in (1, 5):
            if (work, size) in mine and (work, size) in theirs:
                print("| " + " | ".join(row(work, unit, size, mine[work, size], theirs[work, size])) + " |")


if __name__ == "__main__":
    main()
