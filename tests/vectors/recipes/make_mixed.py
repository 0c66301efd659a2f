#!/usr/bin/env python3
"""Writes mixed.json in this folder: loss and gradient of recipes that mix demonstrations in, on one small mini-batch.

Nothing of the program is used: plain loops over floats, from the formulas of the papers and released code that each recipe
names.  Settings are those of the tiny track (constant length 40).  Token weights carry no gradient: they
enter the loss as numbers and the gradient as factors.  The entropy of every target is 0.5 and its own gradient is not looked at.
"""
import json
import math
import os

LENGTH = 40.0
# sequence: source, advantage, log-probs now and before the update
SEQUENCES = [
    ("demonstration", 0.875, [-0.05, -2.3, -0.7, -4.6, -0.01], [-0.1, -2.0, -0.9, -5.0, -0.02]),
    ("policy", -0.125, [-0.2, -0.5, -1.1, -0.05, -0.9, -0.3], [-0.25, -0.9, -1.0, -0.04, -0.5, -0.3]),
    ("policy", 0.4, [-0.02, -1.6, -0.4], [-0.03, -1.2, -0.4]),
    ("demonstration", 0.0, [-1.2, -3.0], [-1.0, -2.5]),
    ("policy", -0.5, [-0.8, -2.0], [-1.3, -1.2]),
]


def flat():
    rows = []
    for s, (source, a, now, old) in enumerate(SEQUENCES):
        for lp, lo in zip(now, old):
            rows.append((s, source, a, lp, lo))
    return rows


def ppo(a, lp, lo):
    """Value to maximise and its derivative by lp: min(rho a, clip(rho, 0.8, 1.2) a)."""
    rho = math.exp(lp - lo)
    bound = min(max(rho, 0.8), 1.2)
    if rho * a <= bound * a:
        return rho * a, rho * a
    return bound * a, 0.0


def mixture(mu, phi):
    rows = flat()
    n_policy = sum(1 for r in rows if r[1] == "policy")
    n_demo = len(rows) - n_policy
    loss, gradient = 0.0, []
    for _, source, a, lp, lo in rows:
        if source == "policy":
            value, slope = ppo(a, lp, lo)
            loss -= (1.0 - mu) * value / n_policy
            gradient.append(-(1.0 - mu) * slope / n_policy)
        else:
            weight = phi(math.exp(lp)) * mu / n_demo
            loss += weight * -lp
            gradient.append(-weight)
    return loss, gradient


def sft(weight_of):
    rows = flat()
    n_demo = sum(1 for r in rows if r[1] == "demonstration")
    loss, gradient = 0.0, []
    for _, source, _, lp, _ in rows:
        weight = weight_of(math.exp(lp)) / n_demo if source == "demonstration" else 0.0
        loss += weight * -lp
        gradient.append(-weight)
    return loss, gradient


def rl_plus():
    rows = flat()
    loss, gradient = -0.001 * 0.5, []
    scale = LENGTH * len(SEQUENCES)
    for _, source, a, lp, lo in rows:
        p, old = math.exp(lp), math.exp(lo)
        if source == "policy":
            value = a * p / old
        else:
            value = a * math.sqrt(1.0 - p) * 2.0 * p / (1.5 * old + 0.5)
        loss -= value / scale
        gradient.append(-value / scale)
    return loss, gradient


def warmup_cosine(i, warmup, decay, peak, valley):
    if i < warmup:
        return i / warmup * peak
    if i >= warmup + decay:
        return valley
    return 0.5 * (1.0 + math.cos(math.pi * (i - warmup) / decay)) * (peak - valley) + valley


def main():
    rows = flat()
    targets = {"sequence": [r[0] for r in rows], "source": [r[1] for r in rows], "advantage": [r[2] for r in rows],
               "logprob": [r[3] for r in rows], "old_logprob": [r[4] for r in rows]}
    cases = []

    def add(recipe, iteration, result, sets=()):
        cases.append({"recipe": recipe, "iteration": iteration, "sets": list(sets), "loss": result[0], "gradient": result[1]})

    mu = ["schedules.mu.warmup=0", "schedules.mu.decay=200", "schedules.mu.peak=0.9", "schedules.mu.valley=0.05"]
    for i in (0, 1, 60, 199, 200, 450):
        add("chord_mu", i, mixture(warmup_cosine(i, 0, 200, 0.9, 0.05), lambda p: 1.0), mu)
    warm = ["schedules.mu.warmup=10", "schedules.mu.decay=20", "schedules.mu.peak=0.5", "schedules.mu.valley=0.02"]
    for i in (0, 5, 10, 17, 30):
        add("chord_mu", i, mixture(warmup_cosine(i, 10, 20, 0.5, 0.02), lambda p: 1.0), warm)
    add("chord_phi", 3, mixture(0.1, lambda p: p * (1.0 - p)))
    add("chord_phi", 3, mixture(0.0, lambda p: 0.0), ["schedules.mu.value=0"])   # plain clipped policy gradient
    add("chord_phi", 3, mixture(1.0, lambda p: p * (1.0 - p)), ["schedules.mu.value=1"])  # weighted cross-entropy alone
    add("sft_is", 0, sft(lambda p: p))
    add("sft_phi", 0, sft(lambda p: p * (1.0 - p)))
    add("rl_plus", 0, rl_plus())
    how = "plain loops of make_mixed.py from the formulas the recipes name; settings of the tiny track"
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "mixed.json"), "w") as file:
        json.dump({"how": how, "targets": targets, "cases": cases}, file)
        file.write("\n")


main()
