#!/usr/bin/env python3
"""The tiny checkpoints of ../models as GGUF files, with the names, the order of rows and the metadata that llama.cpp's
convert_hf_to_gguf.py gives them. Weights are F32, so values can be compared with those of the checkpoints.

Made with: python 3.11, gguf 0.19.0, NumPy 2.4.
Usage: python generate.py MODELS_DIR OUT_DIR
"""
import json, math, os, struct, sys
import gguf, numpy as np

def read(path):
    raw = open(path, "rb").read(); n = struct.unpack("<Q", raw[:8])[0]; head = json.loads(raw[8:8 + n]); out = {}
    for name, e in head.items():
        if name != "__metadata__":
            a, b = e["data_offsets"]; out[name] = np.frombuffer(raw[8 + n + a:8 + n + b], np.float32).reshape(e["shape"]).copy()
    return out

def permute(w, heads):                       # as convert_hf_to_gguf.py: LlamaModel.permute
    return w.reshape(heads, 2, w.shape[0] // heads // 2, *w.shape[1:]).swapaxes(1, 2).reshape(w.shape)

LLAMA = {"input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm", "self_attn.q_proj": "attn_q",
         "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
         "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm", "mlp.gate_proj": "ffn_gate",
         "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down"}
GPT2 = {"ln_1": "attn_norm", "ln_2": "ffn_norm", "attn.c_attn": "attn_qkv", "attn.c_proj": "attn_output", "mlp.c_fc": "ffn_up",
        "mlp.c_proj": "ffn_down"}
BERT = {"attention.self.query": "attn_q", "attention.self.key": "attn_k", "attention.self.value": "attn_v",
        "attention.output.dense": "attn_output", "attention.output.LayerNorm": "attn_output_norm",
        "intermediate.dense": "ffn_up", "output.dense": "ffn_down", "output.LayerNorm": "layer_output_norm"}
TOP = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output", "transformer.wte": "token_embd",
       "transformer.wpe": "position_embd", "transformer.ln_f": "output_norm", "embeddings.word_embeddings": "token_embd",
       "embeddings.position_embeddings": "position_embd", "embeddings.token_type_embeddings": "token_types",
       "embeddings.LayerNorm": "token_embd_norm"}

for name in ["llama-tiny", "llama31-tiny", "qwen2-tiny", "qwen3-tiny", "gpt2-tiny", "bert-tiny"]:
    c = json.load(open(f"{sys.argv[1]}/{name}/config.json")); W = read(f"{sys.argv[1]}/{name}/model.safetensors")
    arch = c["model_type"]; get = lambda *keys: next(c[k] for k in keys if k in c)
    w = gguf.GGUFWriter(f"{sys.argv[2]}/{name}.gguf", arch)
    heads = get("num_attention_heads", "n_head"); hidden = get("hidden_size", "n_embd")
    w.add_block_count(get("num_hidden_layers", "n_layer")); w.add_embedding_length(hidden); w.add_head_count(heads)
    w.add_context_length(get("max_position_embeddings", "n_positions"))
    w.add_feed_forward_length(c.get("intermediate_size") or 4 * hidden)
    if arch in ("gpt2", "bert"): w.add_layer_norm_eps(get("layer_norm_eps", "layer_norm_epsilon"))
    else:
        w.add_layer_norm_rms_eps(c["rms_norm_eps"]); w.add_head_count_kv(c["num_key_value_heads"])
        w.add_rope_freq_base(c["rope_parameters"]["rope_theta"])
        if "head_dim" in c: w.add_key_length(c["head_dim"]); w.add_value_length(c["head_dim"])
    blocks = {"gpt2": GPT2, "bert": BERT}.get(arch, LLAMA)
    for full, x in W.items():
        stem, kind = full.rsplit(".", 1)
        if stem.startswith("pooler"): continue
        for root in ("model.layers.", "transformer.h.", "encoder.layer."):
            if stem.startswith(root):
                layer, part = stem[len(root):].split(".", 1)
                if arch == "gpt2" and x.ndim == 2: x = x.T
                if arch == "llama" and part == "self_attn.q_proj": x = permute(x, heads)
                if arch == "llama" and part == "self_attn.k_proj": x = permute(x, c["num_key_value_heads"])
                w.add_tensor(f"blk.{layer}.{blocks[part]}.{kind}", np.ascontiguousarray(x)); break
        else: w.add_tensor(f"{TOP[stem]}.{kind}", x)
    rope = c.get("rope_parameters", {})
    if rope.get("rope_type") == "llama3":    # as LlamaModel.generate_extra_tensors
        dim = c["head_dim"]; freqs = 1 / rope["rope_theta"] ** (np.arange(0, dim, 2) / dim); out = []
        low, high, old = rope["low_freq_factor"], rope["high_freq_factor"], rope["original_max_position_embeddings"]
        for f in freqs:
            wave = 2 * math.pi / f
            if wave < old / high: out.append(1)
            elif wave > old / low: out.append(rope["factor"])
            else: s = (old / wave - low) / (high - low); out.append(1 / ((1 - s) / rope["factor"] + s))
        w.add_tensor("rope_freqs.weight", np.array(out, np.float32))
    w.write_header_to_file(); w.write_kv_data_to_file(); w.write_tensors_to_file(); w.close()
