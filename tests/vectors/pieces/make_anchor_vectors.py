#!/usr/bin/env python3
"""Vectors of the pieces that read other policies (teachers, lagged copies, the sampler); as make_vectors.py, whose cases it uses.

A second file for a piece of make_vectors.py has a word between: divergence.anchors.json.
"""
import math

from make_vectors import LP, Q, R, T, A, case, length_of, sequence_mean, surrogate, token_mean, write


TEACHER = dict(T, teacher_logprob=[T["old_logprob"][i] + 0.4 * (i % 4) - 0.5 for i in range(len(LP))])
LAGGED = dict(Q, lagged_logprob=[Q["old_logprob"][i] - 0.2 * (i % 3) + 0.1 for i in range(len(Q["logprob"]))])


def lagged_sum(i):
    return sum(Q["logprob"][j] - LAGGED["lagged_logprob"][j] for j in range(len(Q["logprob"])) if Q["sequence"][j] == Q["sequence"][i])


def oapl(i):
    return 0.001 * lagged_sum(i) - Q["advantage"][i]


write("ratios", "anchor", "g = A pi / pi_lagged; OAPL: 2 beta (A - beta S) on every token, S against the lagged policy", [
    surrogate("ratio: {kind: anchor, anchor: lagged}, clip: none", "token",
              lambda i: -Q["advantage"][i] * math.exp(Q["logprob"][i] - LAGGED["lagged_logprob"][i]),
              lambda i: Q["advantage"][i] * math.exp(Q["logprob"][i] - LAGGED["lagged_logprob"][i]), LAGGED),
    surrogate("ratio: {kind: anchor, anchor: teacher}, clip: none", "against a teacher",
              lambda i: -A[i] * math.exp(LP[i] - TEACHER["teacher_logprob"][i]), lambda i: A[i] * math.exp(LP[i] - TEACHER["teacher_logprob"][i]), TEACHER),
    case("OAPL", "{name: reg, loss: {kind: regression, beta: 0.001}, ratio: {kind: anchor, anchor: lagged, level: seq_sum}, normalizer: sequence_mean}",
         LAGGED, sequence_mean, lambda i: oapl(i) ** 2, lambda i: -2 * 0.001 * oapl(i) * length_of(i))])


def mixed(i, alpha):
    return math.exp(LP[i]) / (math.exp(T["old_logprob"][i]) ** alpha * math.exp(TEACHER["teacher_logprob"][i]) ** (1 - alpha))


def trrd(alpha):
    def value(i):
        return -min(A[i] * mixed(i, alpha), A[i] * min(max(mixed(i, alpha), 0.8), 1.2))

    def g(i):
        r = mixed(i, alpha)
        return 0.0 if (A[i] > 0 and r > 1.2) or (A[i] < 0 and r < 0.8) else A[i] * r
    return surrogate("ratio: {kind: mix, alpha: %g}, clip: ppo" % alpha, "alpha %g" % alpha, value, g, TEACHER)


write("ratios", "mix", "TRRD: g = A pi / (pi_old^alpha pi_T^(1 - alpha)), 0 where PPO's clip decides", [trrd(0.5), trrd(0.0), trrd(1.0)])


# weights: pi_old / mu is exp(0.05 times -1, 0 or 1) here
def mismatch(i):
    return math.exp(T["old_logprob"][i] - T["behavior_logprob"][i])


def weighted(settings, weight):
    return surrogate("ratio: old, clip: none, token_weight: {kind: mismatch, %s}" % settings, settings,
                     lambda i: -A[i] * R[i] * weight(mismatch(i)), lambda i: A[i] * R[i] * weight(mismatch(i)))


write("token_weights", "mismatch", "g = A r min(pi_old / mu, max), or 0 beyond the bounds", [
    weighted("max: 5", lambda w: min(w, 5.0)), weighted("max: 1.01", lambda w: min(w, 1.01)),
    weighted("max: 1.01, min: 0.97", lambda w: max(min(w, 1.01), 0.97)),
    weighted("max: 1.01, min: 0.97, beyond: drop", lambda w: w if 0.97 <= w <= 1.01 else 0.0)])


# advantages of tokens
def token_case(name, settings, expected):
    data = {k: TEACHER[k] for k in ("teacher_logprob", "ref_logprob", "old_logprob", "advantage")}
    return {"name": name, "settings": settings, "targets": data, "advantage": [expected(i) for i in range(len(LP))]}


def distilled(i, lam):
    base = T["ref_logprob"][i]
    return lam * (TEACHER["teacher_logprob"][i] - base) - (T["old_logprob"][i] - base)


write("token_advantages", "teacher_log_ratio", "A_t = lambda (log pi_T - log pi_base) - (log pi_old - log pi_base), plus reward A", [
    token_case("OPD", {}, lambda i: TEACHER["teacher_logprob"][i] - T["old_logprob"][i]),
    token_case("ExOPD", {"lambda": 1.25}, lambda i: distilled(i, 1.25)),
    token_case("half", {"lambda": 0.5}, lambda i: distilled(i, 0.5)),
    token_case("with reward", {"lambda": 1.25, "reward": 0.5}, lambda i: distilled(i, 1.25) + 0.5 * A[i]),
    token_case("base old", {"lambda": 2.0, "base": "old"}, lambda i: 2.0 * (TEACHER["teacher_logprob"][i] - T["old_logprob"][i]))])


def d_teacher(i):
    return TEACHER["teacher_logprob"][i] - LP[i]


def sampled(name, settings, value, g):
    return case(name, "{name: d, loss: {kind: divergence, %s}, normalizer: token_mean}" % settings, T, token_mean, value, g)


def u_behavior(i):
    return math.exp(LP[i] - T["behavior_logprob"][i])


write("losses", "divergence.anchors", "divergences from a teacher and from the sampler", [
    case("k2 against a teacher (KDRL)", "{name: d, loss: {kind: divergence, estimator: k2, anchor: teacher}, normalizer: token_mean, coef: 0.005}",
         TEACHER, lambda d: [0.005 * w for w in token_mean(d)], lambda i: d_teacher(i) ** 2 / 2, d_teacher),
    sampled("forward against the sampler (DPH-RL)", "estimator: forward, anchor: behavior",
               lambda i: u_behavior(i) - 1 - math.log(u_behavior(i)), lambda i: 1 - u_behavior(i)),
    sampled("js against the sampler (DPH-RL)", "estimator: js, anchor: behavior",
               lambda i: u_behavior(i) * math.log(u_behavior(i)) - (u_behavior(i) + 1) * math.log((u_behavior(i) + 1) / 2),
               lambda i: -u_behavior(i) * math.log(2 * u_behavior(i) / (1 + u_behavior(i)))),
    sampled("alpha against the sampler (DPH-RL)", "estimator: alpha, alpha: 0.2, anchor: behavior",
               lambda i: (u_behavior(i) ** 0.8 - 0.8 * u_behavior(i) - 0.2) / (0.2 * -0.8), lambda i: -(u_behavior(i) - u_behavior(i) ** 0.8) / 0.2)])
