#!/usr/bin/env python3
"""Writes buckets.json: probabilities of replay buckets by plain loops over the formulas of the ExGRPO paper and its released sampler.

Cases with mean 0.5 and sigma 1 over buckets 1..7 of 8 are V35 of the LUFFY vectors.  Run it in its own folder.
"""
import json
import math


def normal(x, mean, sigma):
    return math.exp(-((x - mean) ** 2) / (2 * sigma * sigma)) / (sigma * math.sqrt(2 * math.pi))


WEIGHTS = {
    "normal": lambda k, n, mean, sigma: normal(k, mean * n, sigma),
    "normal_accuracy": lambda k, n, mean, sigma: normal(k / n, mean, sigma),
    "linear": lambda k, n, mean, sigma: k / n,
    "sqrt": lambda k, n, mean, sigma: math.sqrt(k / n),
    "linear_clip": lambda k, n, mean, sigma: min(k / n, 0.5),
    "uniform": lambda k, n, mean, sigma: 1.0,
}

cases = []
for buckets, n in (([1, 2, 3, 4, 5, 6, 7], 8), ([2, 3, 7], 8), ([0, 1], 4), ([4], 16)):
    for mean, sigma in ((0.5, 1.0), (0.25, 1.0), (0.5, 0.5), (0.5, 1.5)):
        for name, weight in WEIGHTS.items():
            weights = [weight(k, n, mean, sigma) for k in buckets]
            total = 0.0
            for w in weights:
                total += w
            cases.append({"buckets": name, "mean": mean, "sigma": sigma, "right": buckets, "responses": n,
                          "probability": [w / total if total > 0 else 0.0 for w in weights]})
with open("buckets.json", "w") as file:
    json.dump({"how": "plain loops of make_buckets.py", "cases": cases}, file)
    file.write("\n")
