"""Logits of models/llama-tiny with dynamic rotary scaling, for sequences beyond the original length."""

import json
from pathlib import Path

import torch
from transformers import AutoConfig, AutoModelForCausalLM

here = Path(__file__).parent
folder = here.parent / "models" / "llama-tiny"
cases = []
for length in (8, 12, 20):
    config = AutoConfig.from_pretrained(folder)
    config.max_position_embeddings = 8
    config.rope_parameters = {"rope_type": "dynamic", "factor": 2.0, "rope_theta": 10000.0}
    model = AutoModelForCausalLM.from_pretrained(
        folder, config=config, dtype=torch.float32, attn_implementation="eager"
    ).eval()
    ids = [(3 + 7 * place) % 97 for place in range(length)]
    with torch.no_grad():
        logits = model(torch.tensor([ids])).logits[0, -1].tolist()
    cases.append({"ids": ids, "last_logits": [round(value, 6) for value in logits]})
(here / "dynamic.json").write_text(json.dumps({"cases": cases, "tolerance": 1e-4}) + "\n")
