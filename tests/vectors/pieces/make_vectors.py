#!/usr/bin/env python3
"""Writes <axis>/<piece>.json in this folder: expected losses and gradients of pieces, from plain loops over floats.

Nothing of the program is used.  A case gives components as a recipe has them, the targets' streams, the loss L and, per target,
dL/dlogprob, both written out by hand from the papers' formulas (the table of per-token weights: with -dloss/dlogprob = g, the
gradient is -weight * g).  Ratios run from 0.01 to 100 with advantages of both signs and 0.
Run it in its own folder after adding a case; the files are checked in and tests/trainers/piece_vectors_test.cpp reads them.
"""
import json
import math
import os

RATIOS = [0.01, 0.1, 0.3, 0.5, 0.79, 0.81, 1.0, 1.19, 1.21, 1.5, 3.1, 8.0, 100.0]


def sign_sweep():
    """13 ratios times advantages 0.7, -0.4, 0; sequences of 1, 2 and 3 targets; two sequences a prompt."""
    data = {"sequence": [], "prompt": [], "logprob": [], "old_logprob": [], "behavior_logprob": [], "ref_logprob": [], "advantage": []}
    sequence, length = -1, 0
    for a in (0.7, -0.4, 0.0):
        left = 0
        for i, r in enumerate(RATIOS):
            if left == 0:
                sequence += 1
                length = 1 + sequence % 3
                left = length
            left -= 1
            other = -4.8 if r > 1 else -0.1 - 0.02 * i
            data["sequence"].append(sequence)
            data["prompt"].append(sequence // 2)
            data["logprob"].append(other + math.log(r))
            data["old_logprob"].append(other)
            data["behavior_logprob"].append(other + 0.05 * (i % 3 - 1))
            data["ref_logprob"].append(other + 0.3 * (i % 2) - 0.1)
            data["advantage"].append(a)
    return data


def sequences():
    """Six sequences of different lengths, mean log-ratios on both sides of 0, some beyond GSPO's narrow bounds."""
    rows = [(0.9, [0.2, -0.5, 0.1]), (-0.6, [0.001, -0.0005]), (0.9, [0.0001, 0.0002, 0.0001, 0.0]), (-0.6, [1.2]),
            (-0.6, [-0.4, -0.9, -0.2, -1.1, -0.3]), (0.9, [2.0, 1.0])]
    data = {"sequence": [], "prompt": [], "logprob": [], "old_logprob": [], "behavior_logprob": [], "ref_logprob": [], "advantage": []}
    for s, (a, differences) in enumerate(rows):
        for t, d in enumerate(differences):
            old = -2.1 - 0.3 * t
            data["sequence"].append(s)
            data["prompt"].append(s // 2)
            data["logprob"].append(old + d)
            data["old_logprob"].append(old)
            data["behavior_logprob"].append(old - 0.1)
            data["ref_logprob"].append(old + 0.2)
            data["advantage"].append(a)
    return data


def count(values):
    return {v: values.count(v) for v in values}


def token_mean(d):
    n = len(d["logprob"])
    return [1.0 / n] * n


def sequence_mean(d):
    lengths = count(d["sequence"])
    return [1.0 / (len(lengths) * lengths[s]) for s in d["sequence"]]


def sequence_sum(d):
    return [1.0 / len(count(d["sequence"]))] * len(d["sequence"])


def prompt_mean(d):
    sizes = count(d["prompt"])
    return [1.0 / (len(sizes) * sizes[p]) for p in d["prompt"]]


def case(name, component, data, weights, value, g):
    """value(i), g(i): loss of target i and -dloss/dlogprob of it, before the normalizer's weight."""
    w = weights(data)
    n = range(len(w))
    return {"name": name, "component": component, "targets": data, "loss": sum(w[i] * value(i) for i in n),
            "gradient": [-w[i] * g(i) + 0.0 for i in n]}


def write(axis, piece, how, cases):
    os.makedirs(axis, exist_ok=True)
    with open(f"{axis}/{piece}.json", "w") as file:
        json.dump({"how": how + "; plain loops of make_vectors.py", "cases": cases}, file)
        file.write("\n")


T = sign_sweep()
Q = sequences()
R = [math.exp(T["logprob"][i] - T["old_logprob"][i]) for i in range(len(T["logprob"]))]
A = T["advantage"]
LP = T["logprob"]


def sigmoid(x):
    return 1.0 / (1.0 + math.exp(-x))


def surrogate(pieces, name, value, g, data=T, weights=token_mean, normalizer="token_mean"):
    return case(name, "{name: pg, loss: surrogate, %s, normalizer: %s}" % (pieces, normalizer), data, weights, value, g)


def reinforce(pieces, name, weight, data=T, weights=token_mean, normalizer="token_mean"):
    return case(name, "{name: pg, loss: reinforce, %s, normalizer: %s}" % (pieces, normalizer), data, weights,
                lambda i: -weight(i) * data["logprob"][i], weight)


# clips
def ppo_free(i, low, high):
    return not ((A[i] > 0 and R[i] > 1 + high) or (A[i] < 0 and R[i] < 1 - low))


def ppo_value(i, low, high):
    return -min(A[i] * R[i], A[i] * min(max(R[i], 1 - low), 1 + high))


def dual_value(i, low, high, dual):
    return min(ppo_value(i, low, high), -A[i] * dual) if A[i] < 0 else ppo_value(i, low, high)


write("clips", "ppo", "g = A r, 0 where clipped or, with dual, A < 0 and r > dual", [
    surrogate("clip: ppo", "0.2", lambda i: ppo_value(i, 0.2, 0.2), lambda i: A[i] * R[i] * ppo_free(i, 0.2, 0.2)),
    surrogate("clip: {kind: ppo, low: 0.2, high: 0.28}", "clip higher", lambda i: ppo_value(i, 0.2, 0.28),
              lambda i: A[i] * R[i] * ppo_free(i, 0.2, 0.28)),
    surrogate("clip: {kind: ppo, low: 0.2, high: 0.2, dual: 2.9}", "dual", lambda i: dual_value(i, 0.2, 0.2, 2.9),
              lambda i: A[i] * R[i] * (ppo_free(i, 0.2, 0.2) and not (A[i] < 0 and R[i] > 2.9)))])
write("clips", "upper", "CISPO: g = A min(r, cap)", [
    reinforce("ratio: old, clip: {kind: upper, cap: 1.28}", "cispo", lambda i: A[i] * min(R[i], 1.28)),
    surrogate("clip: {kind: upper, cap: 2.0}", "surrogate", lambda i: -A[i] * min(R[i], 2.0), lambda i: A[i] * R[i] * (R[i] < 2.0))])


def one_side(i, low=0.2, high=0.2):
    return ppo_free(i, low, high)


def two_side(i):
    return 0.8 <= R[i] <= 1.2


def ring(i):
    return two_side(i) or (A[i] >= 0 and R[i] <= 0.4) or (A[i] <= 0 and R[i] >= 3.0)


for kind, mask in (("mask_one_side", one_side), ("mask_two_side", two_side), ("ring", ring)):
    write("clips", kind, "g = A M(r) w(r), REC", [
        reinforce("shape: one, clip: " + kind, "no weight", lambda i, m=mask: A[i] * m(i)),
        reinforce("clip: " + kind, "importance weight", lambda i, m=mask: A[i] * R[i] * m(i)),
        surrogate("clip: " + kind, "surrogate", lambda i, m=mask: -A[i] * R[i] * m(i), lambda i, m=mask: A[i] * R[i] * m(i))])


def rise(i):
    return math.exp(LP[i]) - math.exp(T["old_logprob"][i])


def tv(i):
    return not ((A[i] > 0 and rise(i) > 0.1) or (A[i] < 0 and rise(i) < -0.2))


write("clips", "tv_mask", "DPPO-TV: g = A r, 0 where the probability moved too far", [
    surrogate("clip: {kind: tv_mask, low: 0.2, high: 0.1}", "0.2 down, 0.1 up", lambda i: -A[i] * R[i] * tv(i), lambda i: A[i] * R[i] * tv(i))])

# shapes
write("ratio_shaping", "truncate", "AIPO: g = A min(r, max)", [
    reinforce("ratio: old, shape: {kind: truncate, max: 5}", "reinforce", lambda i: A[i] * min(R[i], 5.0)),
    surrogate("ratio: old, shape: {kind: truncate, max: 5}, clip: none", "surrogate", lambda i: -A[i] * min(R[i], 5.0),
              lambda i: A[i] * R[i] * (R[i] < 5))])
write("ratio_shaping", "one", "g = A", [reinforce("ratio: old, shape: one", "reinforce", lambda i: A[i])])
write("ratio_shaping", "taper01", "TOPR: g = A where A > 0, else A min(r, 1)", [
    reinforce("ratio: old, shape: taper01", "nonpositive", lambda i: A[i] if A[i] > 0 else A[i] * min(R[i], 1.0)),
    reinforce("ratio: old, shape: {kind: taper01, when: always}", "always", lambda i: A[i] * min(R[i], 1.0))])


def tau(i):
    return 1.0 if A[i] > 0 else 1.05


write("ratio_shaping", "sapo", "g = A 4 s (1 - s) r, s = sigmoid(tau (r - 1))", [
    surrogate("shape: sapo, clip: none", "defaults", lambda i: -A[i] * 4 / tau(i) * sigmoid(tau(i) * (R[i] - 1)),
              lambda i: A[i] * 4 * sigmoid(tau(i) * (R[i] - 1)) * (1 - sigmoid(tau(i) * (R[i] - 1))) * R[i])])

# ratios
write("ratios", "behavior", "g = A pi / mu", [
    surrogate("ratio: behavior, clip: none", "token", lambda i: -A[i] * math.exp(LP[i] - T["behavior_logprob"][i]),
              lambda i: A[i] * math.exp(LP[i] - T["behavior_logprob"][i]))])
write("ratios", "none", "g = A", [reinforce("ratio: none", "reinforce", lambda i: A[i])])


def log_ratio_of(s, mean):
    rows = [Q["logprob"][i] - Q["old_logprob"][i] for i in range(len(Q["logprob"])) if Q["sequence"][i] == s]
    return sum(rows) / (len(rows) if mean else 1)


def s_geo(i):
    return math.exp(log_ratio_of(Q["sequence"][i], True))


def s_sum(i):
    return math.exp(log_ratio_of(Q["sequence"][i], False))


def gspo_free(i):
    return not ((Q["advantage"][i] > 0 and s_geo(i) > 1 + 4e-4) or (Q["advantage"][i] < 0 and s_geo(i) < 1 - 3e-4))


def gspo_value(i):
    return -min(Q["advantage"][i] * s_geo(i), Q["advantage"][i] * min(max(s_geo(i), 1 - 3e-4), 1 + 4e-4))


def length_of(i):
    return Q["sequence"].count(Q["sequence"][i])


write("ratios", "old", "GSPO: g = A s on every token of an unclipped sequence; seq_sum: g = A s times the sequence's length, since each of its targets carries the same loss", [
    surrogate("ratio: old, clip: none", "token", lambda i: -A[i] * R[i], lambda i: A[i] * R[i]),
    surrogate("ratio: {kind: old, level: seq_geo}, clip: {kind: ppo, low: 3.0e-4, high: 4.0e-4}", "gspo", gspo_value,
              lambda i: Q["advantage"][i] * s_geo(i) * gspo_free(i), Q, sequence_mean, "sequence_mean"),
    surrogate("ratio: {kind: old, level: seq_sum}, clip: none", "seq_sum", lambda i: -Q["advantage"][i] * s_sum(i),
              lambda i: Q["advantage"][i] * s_sum(i) * length_of(i), Q, sequence_mean, "sequence_mean"),
    reinforce("ratio: {kind: old, level: seq_sum}, shape: taper01", "TOPR of the paper",
              lambda i: Q["advantage"][i] * (1.0 if Q["advantage"][i] > 0 else min(s_sum(i), 1.0)), Q)])

# losses
write("losses", "reinforce", "g = A, or A times a detached weight", [
    reinforce("ratio: none", "plain", lambda i: A[i]), reinforce("ratio: old", "importance", lambda i: A[i] * R[i])])


def residual(i, beta):
    return beta * log_ratio_of(Q["sequence"][i], False) - Q["advantage"][i]


def regression(beta):
    return case("beta %g" % beta, "{name: reg, loss: {kind: regression, beta: %g}, ratio: {kind: old, level: seq_sum}, normalizer: sequence_mean}" % beta,
                Q, sequence_mean, lambda i: residual(i, beta) ** 2, lambda i: -2 * beta * residual(i, beta) * length_of(i))


write("losses", "regression", "OAPL: 2 beta (A - beta S) on every token of a sequence, divided by the number of sequences", [regression(0.5), regression(1e-3)])


def divergence(name, settings, value, g):
    return case(name, "{name: d, loss: {kind: divergence, %s}, normalizer: token_mean}" % settings, T, token_mean, value, g)


def d_ref(i):
    return T["ref_logprob"][i] - LP[i]


def u(i):
    return math.exp(LP[i] - T["ref_logprob"][i])


def k3_inside(i):
    return math.exp(d_ref(i)) - d_ref(i) - 1 < 10


def alpha_value(i, a):
    return (u(i) ** (1 - a) - (1 - a) * u(i) - a) / (a * (a - 1))


write("losses", "divergence", "gradient table of the divergences; anchors ref and old", [
    divergence("k1", "estimator: k1", lambda i: -d_ref(i), lambda i: -1.0),
    divergence("k2", "estimator: k2", lambda i: d_ref(i) ** 2 / 2, d_ref),
    divergence("k2 against old", "estimator: k2, anchor: old", lambda i: (T["old_logprob"][i] - LP[i]) ** 2 / 2,
               lambda i: T["old_logprob"][i] - LP[i]),
    divergence("k3 is a forward KL", "estimator: k3", lambda i: min(10.0, math.exp(d_ref(i)) - d_ref(i) - 1),
               lambda i: -(1 - math.exp(d_ref(i))) * k3_inside(i)),
    divergence("forward", "estimator: forward", lambda i: u(i) - 1 - math.log(u(i)), lambda i: 1 - u(i)),
    divergence("js", "estimator: js", lambda i: u(i) * math.log(u(i)) - (u(i) + 1) * math.log((u(i) + 1) / 2),
               lambda i: -u(i) * math.log(2 * u(i) / (1 + u(i)))),
    divergence("alpha", "estimator: alpha, alpha: 0.2", lambda i: alpha_value(i, 0.2), lambda i: -(u(i) - u(i) ** 0.8) / 0.2)])

# normalizers
for kind, weights in (("sequence_sum", sequence_sum), ("prompt_mean", prompt_mean)):
    write("normalizers", kind, "weights counted by hand", [
        case("cross-entropy", "{name: ce, loss: log_likelihood, normalizer: %s}" % kind, data, weights,
             lambda i, d=data: -d["logprob"][i], lambda i: 1.0) for data in (T, Q)])


# losses and masks that read more of the distribution
V = dict(T, vocab_mean=[-4.0 - 0.1 * (i % 5) for i in range(len(LP))], old_vocab_mean=[-4.0 - 0.07 * (i % 7) for i in range(len(LP))])


def td_target(i, rho):
    last = i + 1 == len(LP) or T["sequence"][i + 1] != T["sequence"][i]
    return A[i] + (0.0 if last else rho * (V["vocab_mean"][i + 1] - V["old_vocab_mean"][i + 1]))


def td_value(i, rho):
    return rho * (LP[i] - T["old_logprob"][i])


write("losses", "td", "ROVER: g = 2 rho (target - Q)", [
    case(f"rho {rho}", "{name: q, loss: {kind: td, rho: %s}, normalizer: token_mean}" % rho, V, token_mean,
         lambda i, rho=rho: (td_value(i, rho) - td_target(i, rho)) ** 2, lambda i, rho=rho: 2 * rho * (td_target(i, rho) - td_value(i, rho)))
    for rho in (1.0, 0.5)])

PROXY = dict(T, proxy_logprob=[-1e9 if i % 4 == 3 else lp + 0.3 * (i % 3 - 1) for i, lp in enumerate(LP)])
NEGATIVE = sorted(LP[i] for i in range(len(LP)) if A[i] < 0)


def protected(i, rank):
    return A[i] < 0 and LP[i] <= NEGATIVE[rank] and LP[i] < PROXY["proxy_logprob"][i]


def k3(i):
    d = PROXY["proxy_logprob"][i] - LP[i]
    return math.exp(d) - d - 1


# With 13 negative targets, the lowest half are those up to rank int(0.5 * 12) from 0.
write("masks", "low_probability", "Lp-Reg: k3 to the proxy on the lowest half of the negative targets that lie below it", [
    case("half, mean over " + over,
         "{name: protect, loss: {kind: divergence, anchor: proxy}, mask: {kind: low_probability, quantile: 0.5}, normalizer: {kind: token_mean, over: %s}}" % over,
         PROXY, lambda d, over=over: [1.0 / (len(LP) if over == "unmasked" else sum(protected(i, 6) for i in range(len(LP))))] * len(LP),
         lambda i: k3(i) if protected(i, 6) else 0.0,
         lambda i: math.exp(PROXY["proxy_logprob"][i] - LP[i]) - 1 if protected(i, 6) else 0.0) for over in ("unmasked", "selected")])

# token weights: detached, so a factor on g
write("token_weights", "positive_advantage", "kappa = 1 where A > 0, else 0", [
    surrogate("clip: none, token_weight: positive_advantage", "ADHint", lambda i: -A[i] * R[i] * (A[i] > 0), lambda i: A[i] * R[i] * (A[i] > 0))])
RATE = dict(T, solve_rate=[(T["sequence"][i] % 5) / 5 for i in range(len(LP))])
write("token_weights", "solve_rate", "kappa = max(min, solve rate of the group)", [
    surrogate("clip: none, token_weight: {kind: solve_rate, min: %s}" % low, f"least {low}", lambda i, low=low: -A[i] * R[i] * max(low, RATE["solve_rate"][i]),
              lambda i, low=low: A[i] * R[i] * max(low, RATE["solve_rate"][i]), RATE) for low in (0.0, 0.3)])
HINTED = dict(T, hinted_logprob=[min(-0.01, lp + 0.4 * (i % 3 - 1)) for i, lp in enumerate(LP)])


def blended(i, b):
    return math.exp(HINTED["hinted_logprob"][i]) ** b * math.exp(LP[i]) ** (1 - b)


write("token_weights", "plan_gain", "kappa = p_hinted^blend p^(1 - blend)", [
    case(f"SORT, blend {b}", "{name: ce, loss: log_likelihood, token_weight: {kind: plan_gain, blend: %s}, normalizer: token_mean}" % b, HINTED,
         token_mean, lambda i, b=b: -LP[i] * blended(i, b), lambda i, b=b: blended(i, b)) for b in (0.5, 0.2)])


# advantages
def advantage_case(name, settings, expected, scored=None, source=None):
    return {"name": name, "settings": settings, "reward": REWARD, "group": GROUP, "scored": scored or [True] * len(REWARD),
            "policy": source or [True] * len(REWARD), "advantage": expected}


REWARD = [1.0, 0.0, 0.0, 1.0, 0.25, 1.0, 1.0, 1.0, 0.5, 0.0, -1.0, 0.0]
GROUP = [0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2]
MEAN = {0: 0.45, 1: 1.0, 2: -0.125}


def members(g):
    return [REWARD[i] for i in range(len(REWARD)) if GROUP[i] == g]


def std(values, ddof):
    m = sum(values) / len(values)
    return math.sqrt(sum((v - m) ** 2 for v in values) / (len(values) - ddof))


def loo(i):
    others = [REWARD[j] for j in range(len(REWARD)) if GROUP[j] == GROUP[i] and j != i]
    return REWARD[i] - sum(others) / len(others)


def lme(g, t):
    return t * math.log(sum(math.exp(r / t) for r in members(g)) / len(members(g)))


LENGTH = [3, 9, 4, 5, 3, 2, 2, 2, 8, 7, 20, 9]
SHORTEST = {0: 3, 1: 2, 2: 7}
CENTRED = [r - MEAN[g] for r, g in zip(REWARD, GROUP)]
N = range(len(REWARD))
MEDIAN = {0: 0.25, 1: 1.0, 2: 0.0}
QUARTILE = {0: 0.0, 1: 1.0, 2: -0.25}
write("advantages", "group_baseline", "12 rewards in groups of 5, 3 and 4; the second group is all right", [
    advantage_case("mean", {}, CENTRED),
    advantage_case("none", {"baseline": "none"}, REWARD),
    advantage_case("loo (RLOO)", {"baseline": "loo"}, [loo(i) for i in N]),
    advantage_case("logmeanexp (OAPL)", {"baseline": "logmeanexp", "tau": 0.5}, [REWARD[i] - lme(GROUP[i], 0.5) if GROUP[i] != 1 else 0.0 for i in N]),
    advantage_case("median", {"baseline": "quantile"}, [REWARD[i] - MEDIAN[GROUP[i]] for i in N]),
    advantage_case("first quartile", {"baseline": "quantile", "quantile": 0.25}, [REWARD[i] - QUARTILE[GROUP[i]] for i in N]),
    advantage_case("second_max (GRPO-passk)", {"baseline": "second_max"}, [0, 0, 0, 0, 0, 0, 0, 0, 0.5, 0, 0, 0]),
    advantage_case("shift (AsymRE)", {"shift": -0.1}, [a + 0.1 for a in CENTRED]),
    advantage_case("group_std, n - 1", {"scale": "group_std"},
                   [CENTRED[i] / (std(members(GROUP[i]), 1) + 1e-6) if GROUP[i] != 1 else 0.0 for i in N]),
    advantage_case("group_std, n", {"scale": "group_std", "ddof": 0},
                   [CENTRED[i] / (std(members(GROUP[i]), 0) + 1e-6) if GROUP[i] != 1 else 0.0 for i in N]),
    advantage_case("batch_std (Lite PPO)", {"scale": "batch_std"}, [a / (std(REWARD, 1) + 1e-6) for a in CENTRED]),
    advantage_case("batch_advantage_std (REINFORCE++ baseline)", {"scale": "batch_advantage_std"}, [a / (std(CENTRED, 1) + 1e-6) for a in CENTRED]),
    advantage_case("gains", {"gain_positive": 2.0, "gain_negative": 0.5}, [a * (2.0 if a > 0 else 0.5) for a in CENTRED]),
    dict(advantage_case("length of negatives (APO)", {"length_base": 1.1},
                        [a * (2 - 1.1 ** -(n - SHORTEST[g])) if a < 0 else a for a, g, n in zip(CENTRED, GROUP, LENGTH)]), length=LENGTH),
    dict(advantage_case("greedy (ReMax)", {"baseline": "greedy"}, [r - (0.3, 1.0, 0.0)[g] for r, g in zip(REWARD, GROUP)]),
         greedy=[(0.3, 1.0, 0.0)[g] for g in GROUP])])


# filters: the same 12 responses; who is right, cut or a demonstration by hand
def filter_case(name, settings, kept):
    right = [r == 1.0 for r in REWARD]
    return {"name": name, "settings": settings, "group": GROUP, "reward": REWARD, "right": right,
            "policy": [i != 3 for i in N], "truncated": [i in (1, 5) for i in N], "kept": [bool(k) for k in kept]}


write("filters", "drop_zero_variance", "the second group is all right", [filter_case("plain", {}, [g != 1 for g in GROUP])])
write("filters", "overlong_mask", "responses 1 and 5 were cut", [filter_case("plain", {}, [i not in (1, 5) for i in N])])
write("filters", "band", "shares of the policy's right answers: 1 of 4 (one right answer is a demonstration), 3 of 3, 0 of 4", [
    filter_case("closed", {"low": 0.25, "high": 1.0}, [g != 2 for g in GROUP]),
    filter_case("0.2 to 0.8", {}, [g == 0 for g in GROUP]),
    filter_case("some right, some wrong", {"low": 0.0, "high": 1.0, "strict": True}, [g == 0 for g in GROUP]),
    filter_case("all", {"low": 0.0, "high": 1.0}, [True for g in GROUP])])

# rewards: tokens, verdict, reward
write("rewards", "verdict_soft_length", "DAPO: no penalty to 16384, -1 at 20480", [
    {"name": "published", "settings": {"right": 1.0, "wrong": -1.0, "max": 20480.0},
     "responses": [[1, True, 1.0], [16384, True, 1.0], [18432, True, 0.5], [20480, True, 0.0], [20480, False, -2.0], [17408, False, -1.25]]},
    {"name": "short", "settings": {"max": 40.0, "share": 0.5}, "responses": [[20, True, 1.0], [30, True, 0.5], [50, False, -1.0]]}])


# balanced clip: bounds searched by hand over the grid, then PPO's clip with them
def contributions(low, high):
    positive = sum(min(R[i], high) * A[i] for i in range(len(R)) if A[i] > 0)
    negative = sum(max(R[i], low) * -A[i] for i in range(len(R)) if A[i] < 0)
    return positive, negative


def balanced_bounds(target, grid):
    for low, high in grid:
        positive, negative = contributions(low, high)
        if positive >= target * negative:
            return low, high
    return grid[-1]


GRID = [(0.6 + 0.05 * k, 1.2) for k in range(7)] + [(0.9, 1.2 + 0.05 * k) for k in range(1, 37)]


def balanced(target, dual):
    low, high = balanced_bounds(target, GRID)

    def value(i):
        own = -min(A[i] * R[i], A[i] * min(max(R[i], low), high))
        return min(own, -A[i] * dual) if A[i] < 0 else own

    def g(i):
        dropped = (A[i] > 0 and R[i] > high) or (A[i] < 0 and (R[i] < low or R[i] > dual))
        return 0.0 if dropped else A[i] * R[i]
    return surrogate("clip: {kind: balanced, target: %g, dual: %g}" % (target, dual), "target %g: %.2f to %.2f" % (target, low, high), value, g)


write("clips", "balanced", "BAPO: bounds searched over a grid, then the clip of PPO", [balanced(0.1, 2.9), balanced(0.193, 2.9), balanced(1.0, 2.9)])


# centred clip: behavior and old policies of the sweep differ; whoever is outside the bounds and pushes further out has no gradient
B = T["behavior_logprob"]


def centred(low, high):
    def bounds(i):
        centre = math.exp(T["old_logprob"][i] - B[i])
        return math.exp(LP[i] - B[i]), centre - low, centre + high

    def value(i):
        rho, least, most = bounds(i)
        return -min(rho * A[i], min(max(rho, least), most) * A[i])

    def g(i):
        rho, least, most = bounds(i)
        return 0.0 if (A[i] > 0 and rho > most) or (A[i] < 0 and rho < least) else A[i] * rho
    return case("%g and %g" % (low, high), "{name: pg, loss: {kind: centred_clip, low: %g, high: %g}, normalizer: token_mean}" % (low, high), T, token_mean, value, g)


write("losses", "centred_clip", "ReMix: rho and bounds against the policy that wrote the response", [centred(0.2, 0.2), centred(0.1, 0.5)])
