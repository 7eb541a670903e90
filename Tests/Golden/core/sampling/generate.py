#!/usr/bin/env python3
"""What transformers' logits processors leave of random logits, in their order.

Made with: python 3.11, torch 2.15.0 (CPU), transformers 5.23.0.
Usage: python generate.py > sampling.json
"""
import json, sys, torch
from transformers import (RepetitionPenaltyLogitsProcessor, TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper,
                          MinPLogitsWarper, TypicalLogitsWarper)
torch.manual_seed(5)
cases = []
settings = [
    dict(), dict(temperature=0.7), dict(temperature=1.5, topK=5), dict(topK=1), dict(topK=500), dict(topP=0.9), dict(topP=0.3),
    dict(topP=1e-6), dict(minP=0.1), dict(minP=1.0), dict(typicalP=0.5), dict(typicalP=0.95), dict(repetitionPenalty=1.3),
    dict(repetitionPenalty=0.7, temperature=0.9), dict(temperature=0.8, topK=20, topP=0.8, minP=0.02),
    dict(temperature=1.2, topK=30, topP=0.95, typicalP=0.9, repetitionPenalty=1.1),
]
for scale in (1.0, 4.0):
    for s in settings:
        n = 60
        logits = torch.randn(1, n) * scale
        if s.get("topK") == 5: logits[0, 10:16] = logits.max() - 0.5      # ties at the k-th value
        seen = torch.randint(0, n, (1, 12)); x = logits.clone()
        if "repetitionPenalty" in s: x = RepetitionPenaltyLogitsProcessor(s["repetitionPenalty"])(seen, x)
        if "temperature" in s: x = TemperatureLogitsWarper(s["temperature"])(seen, x)
        if "topK" in s: x = TopKLogitsWarper(min(s["topK"], n))(seen, x)
        if "topP" in s: x = TopPLogitsWarper(s["topP"])(seen, x)
        if "minP" in s: x = MinPLogitsWarper(s["minP"])(seen, x)
        if "typicalP" in s: x = TypicalLogitsWarper(s["typicalP"])(seen, x)
        p = x.double().softmax(-1)[0]
        cases.append(dict(settings=s, logits=[round(v, 6) for v in logits[0].tolist()], seen=seen[0].tolist(),
                          probabilities=[round(v, 8) for v in p.tolist()]))
json.dump(dict(cases=cases, tolerance=1e-5), sys.stdout)
