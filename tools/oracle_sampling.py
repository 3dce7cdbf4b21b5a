#!/usr/bin/env python3
"""The distribution that sampling options define, computed from the papers with numpy in float64.

    oracle_sampling.py QUESTIONS ANSWERS

QUESTIONS holds one JSON object a line: logits, recent (token ids), and options by the names of
SamplingOptions (a logit_bias of null is -inf). ANSWERS gets one JSON object a line: {"tokens": [...], "p": [...]}, the surviving tokens in
ascending order and their probabilities. An oracle for tests: it shares no code with src/engine.
"""
import json
import sys

import numpy as np


def softmax(x):
    e = np.exp(x - x.max())
    return e / e.sum()


def smallest_set(order, p, mass):
    """The shortest beginning of `order` whose probability reaches `mass`."""
    return order[: int(np.searchsorted(np.cumsum(p[order]), mass)) + 1]


def distribution(case):
    x = np.array(case["logits"], dtype=np.float32).astype(np.float64)
    for token, bias in case.get("logit_bias", []):
        x[token] += -np.inf if bias is None else bias
    last_n = case.get("penalty_last_n", 64)
    recent = case.get("recent", [])
    recent = recent if last_n < 0 else recent[len(recent) - min(last_n, len(recent)):]
    for token in set(recent):
        repeat = case.get("repeat_penalty", 1.0)
        x[token] = x[token] / repeat if x[token] > 0 else x[token] * repeat
        x[token] -= case.get("presence_penalty", 0.0)
        x[token] -= case.get("frequency_penalty", 0.0) * recent.count(token)

    ids = np.argsort(-x, kind="stable")
    ids = ids[np.isfinite(x[ids])]
    if case.get("top_k", 0):
        ids = ids[: case["top_k"]]
    if case.get("typical_p", 1.0) < 1:
        p = softmax(x[ids])
        surprise = -np.log(p)
        off = np.abs(surprise - (p * surprise).sum())
        ids = ids[smallest_set(np.argsort(off, kind="stable"), p, case["typical_p"])]
        ids = ids[np.argsort(-x[ids], kind="stable")]
    if case.get("top_p", 1.0) < 1:
        p = softmax(x[ids])
        ids = ids[smallest_set(np.arange(len(ids)), p, case["top_p"])]
    if case.get("min_p", 0.0) > 0:
        p = softmax(x[ids])
        ids = ids[p >= case["min_p"] * p.max()]
    temperature = case.get("temperature", 1.0)
    if temperature == 0:
        return [int(np.argmax(x))], [1.0]
    p = softmax(x[ids] / temperature)
    order = np.argsort(ids)
    return ids[order].tolist(), p[order].tolist()


with open(sys.argv[1]) as questions, open(sys.argv[2], "w") as answers:
    for line in questions:
        tokens, p = distribution(json.loads(line))
        print(json.dumps({"tokens": tokens, "p": p}), file=answers)
