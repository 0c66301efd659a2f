#!/usr/bin/env python3
"""Vectors of the pieces that share out a reward by a critic's values: the sums of arXiv:1506.02438 eq. 16, term by term."""
from make_vectors import write

VALUES = [[0.2, 0.35, -0.1, 0.6, 0.5], [0.7], [0.0, 0.0, 0.0], [1.5, -2.0]]
EARNED = [1.0, 0.0, -0.5, 0.25]


def gae(value, earned, gamma, lam):
    end = len(value)

    def delta(t):
        after = value[t + 1] if t + 1 < end else 0.0
        return (earned if t == end - 1 else 0.0) + gamma * after - value[t]
    return [sum((gamma * lam) ** l * delta(t + l) for l in range(end - t)) for t in range(end)]


def cases(gamma, lam):
    return [{"name": "gamma %g lambda %g, response %d" % (gamma, lam, i), "settings": {"gamma": gamma, "lambda": lam},
             "earned": EARNED[i], "value": v, "advantage": gae(v, EARNED[i], gamma, lam)} for i, v in enumerate(VALUES)]


write("critics", "gae", "A_t = sum_l (gamma lambda)^l delta_{t+l}",
      [own for gamma, lam in [(1.0, 1.0), (1.0, 0.95), (0.99, 0.9), (1.0, 0.0), (0.0, 1.0)] for own in cases(gamma, lam)])
