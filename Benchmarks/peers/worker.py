#!/usr/bin/env python3
"""Runs one workload in one of the peers, for `benchmarks run`, which alternates it with Martlet's own.

    worker.py LIBRARY WORKLOAD THREADS

Prints "ready", or "none" if the library has no such workload. Then answers each line "SECONDS" on standard input with
one line of JSON: the wall seconds of single calls made for about that long, and the process's peak memory in bytes.
"""
import json
import math
import os
import sys
import time

LIBRARY, WORKLOAD, THREADS = sys.argv[1], sys.argv[2], int(sys.argv[3])
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = str(THREADS)
# Overrides meant for other versions of OpenBLAS would hold NumPy's back.
for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(name, None)
os.environ["TOKENIZERS_PARALLELISM"] = "false"

import numpy as np

random = np.random.RandomState(0)

PRODUCTS = {f"sgemm_{n}": (n, n, n) for n in (64, 256, 512, 1024, 2048)}
PRODUCTS["linear_256x768x3072"] = (256, 768, 3072)
PRODUCTS["gemv_1x1536x576"] = (1, 1536, 576)
PRODUCTS["gemv_1x576x49152"] = (1, 576, 49152)
MEGA4, MEGA16 = 4 << 20, 16 << 20
MODELS = os.environ.get("MARTLET_MODELS") or os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "martlet/models")


def normal(*shape):
    return random.standard_normal(shape).astype(np.float32)


def numpy_workload(name):
    if name == "idle_start":
        return started("import numpy")
    if name in PRODUCTS:
        m, k, n = PRODUCTS[name]
        a, b = normal(m, k), normal(k, n)
        return lambda: a @ b
    if name == "copy_16M":
        a, c = normal(MEGA16), np.empty(MEGA16, np.float32)
        return lambda: np.copyto(c, a)
    if name == "sum_16M":
        a = normal(MEGA16)
        return lambda: a.sum()


def openblas_workload(name):
    """The matrix products by direct calls of the system's OpenBLAS, the library that Martlet could have used."""
    if name not in PRODUCTS:
        return None
    import ctypes

    blas = ctypes.CDLL("libopenblas.so.0")
    blas.openblas_set_num_threads(THREADS)
    m, k, n = PRODUCTS[name]
    a, b, c = normal(m, k), normal(k, n), np.empty((m, n), np.float32)
    row_major, plain, one, zero = 101, 111, ctypes.c_float(1), ctypes.c_float(0)
    pa, pb, pc = (x.ctypes.data_as(ctypes.c_void_p) for x in (a, b, c))
    return lambda: blas.cblas_sgemm(row_major, plain, plain, m, n, k, one, pa, k, pb, n, zero, pc, n)


def started(program):
    """Starts Python with one line of program and waits for its end."""
    import subprocess

    return lambda: subprocess.run([sys.executable, "-c", program], check=True)


def torch_workload(name, compiled=False):
    if name == "idle_start":
        return started("import torch")
    import torch
    import torch.nn.functional as F

    torch.set_num_threads(THREADS)

    def tensor(*shape, grad=False):
        return torch.from_numpy(normal(*shape)).requires_grad_(grad)

    def ids(high, *shape):
        return torch.from_numpy(random.randint(0, high, shape))

    if name in PRODUCTS:
        m, k, n = PRODUCTS[name]
        a, b = tensor(m, k), tensor(k, n)
        return lambda: a @ b
    if name == "triad_16M":
        a, b, c = tensor(MEGA16), tensor(MEGA16), torch.empty(MEGA16)
        return lambda: torch.add(a, b, alpha=3.0, out=c)
    if name == "copy_16M":
        a, c = tensor(MEGA16), torch.empty(MEGA16)
        return lambda: c.copy_(a)
    if name == "sum_16M":
        a = tensor(MEGA16)
        return lambda: a.sum()
    if name == "gelu_tanh_4M":
        x = tensor(MEGA4)
        return lambda: F.gelu(x, approximate="tanh")
    if name == "exp_4M":
        x = tensor(MEGA4)
        return lambda: torch.exp(x)
    if name == "chain_tanh_fma_4M":
        a, b, c = tensor(MEGA4), tensor(MEGA4), tensor(MEGA4)
        return lambda: torch.tanh(a * b + c) - a
    if name == "gelu_tanh_4M_fb":
        w, y = tensor(MEGA4, grad=True), tensor(MEGA4)

        def gelu():
            F.gelu(w, approximate="tanh").backward(y)
            w.grad = None

        return gelu
    if name == "chain_tanh_fma_4M_fb":
        a, b, c, y = tensor(MEGA4, grad=True), tensor(MEGA4, grad=True), tensor(MEGA4, grad=True), tensor(MEGA4)

        def chain():
            (torch.tanh(a * b + c) - a).backward(y)
            a.grad = b.grad = c.grad = None

        return chain
    if name == "softmax_4096x1024":
        s = tensor(4096, 1024)
        return lambda: torch.softmax(s, -1)
    if name.startswith("layernorm_4096x768"):
        x, w, b = tensor(4096, 768, grad=True), tensor(768, grad=True), tensor(768, grad=True)
        g = tensor(4096, 768)
        if not name.endswith("_fb"):
            return lambda: F.layer_norm(x.detach(), (768,), w, b)

        def norm():
            F.layer_norm(x, (768,), w, b).backward(g)
            x.grad = w.grad = b.grad = None

        return norm
    if name.startswith("attention_4x12x256x64"):
        q, k, v = (tensor(4, 12, 256, 64, grad=True) for _ in range(3))
        g = tensor(4, 12, 256, 64)
        attend = F.scaled_dot_product_attention
        if not name.endswith("_fb"):
            return lambda: attend(q.detach(), k.detach(), v.detach(), is_causal=True)

        def attention():
            attend(q, k, v, is_causal=True).backward(g)
            q.grad = k.grad = v.grad = None

        return attention
    if name == "cross_entropy_256x50257_fb":
        logits, target = tensor(256, 50257, grad=True), ids(50257, 256)

        def loss():
            F.cross_entropy(logits, target).backward()
            logits.grad = None

        return loss
    if name == "conv1d_16x64x1024_k7_fb":
        x, w, g = tensor(16, 64, 1024, grad=True), tensor(64, 64, 7, grad=True), tensor(16, 64, 1024)

        def convolution():
            F.conv1d(x, w, padding=3).backward(g)
            x.grad = w.grad = None

        return convolution
    if name == "embedding_50257x768_4096_fb":
        table, rows, g = tensor(50257, 768, grad=True), ids(50257, 4096), tensor(4096, 768)

        def embedding():
            F.embedding(rows, table).backward(g)
            table.grad = None

        return embedding
    if name == "adamw_10M":
        p = tensor(10_000_000, grad=True)
        p.grad = tensor(10_000_000)
        return torch.optim.AdamW([p], lr=1e-3).step
    if name == "mlp_16_64_64_4_b32_adam_step":
        linear, relu = torch.nn.Linear, torch.nn.ReLU
        model = torch.nn.Sequential(linear(16, 64), relu(), linear(64, 64), relu(), linear(64, 4))
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        x, y = tensor(32, 16), tensor(32, 4)

        def step():
            optimizer.zero_grad()
            F.mse_loss(model(x), y).backward()
            optimizer.step()

        return step
    if name in ("maml_sinusoid_25", "maml_lung_step"):
        return torch_maml(name)
    if name == "chain_10k":
        x = tensor(8)

        def untaped():
            y = x
            for _ in range(10_000):
                y = y + 1
            return y.sum()

        return untaped
    if name == "tape_10k":
        x = tensor(8, grad=True)

        def chain():
            y = x
            for _ in range(10_000):
                y = y + 1
            y.sum().backward()
            x.grad = None

        return chain
    if name.startswith("gpt2s_"):
        from transformers import GPT2Config, GPT2LMHeadModel

        config = GPT2Config(attn_implementation="sdpa", resid_pdrop=0, embd_pdrop=0, attn_pdrop=0)
        model = GPT2LMHeadModel(config).train()
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
        tokens = ids(50257, 4, int(name.split("x")[-1]))
        run = torch.compile(model) if compiled else model

        def step():
            optimizer.zero_grad()
            run(input_ids=tokens, labels=tokens, use_cache=False).loss.backward()
            optimizer.step()

        return step
    if name == "minilm_encode_256":
        return minilm(torch)
    if name.startswith("smollm2_135m"):
        from transformers import LlamaConfig, LlamaForCausalLM

        config = LlamaConfig(
            vocab_size=49152, hidden_size=576, intermediate_size=1536, num_hidden_layers=30, num_attention_heads=9,
            num_key_value_heads=3, tie_word_embeddings=True)
        model = LlamaForCausalLM(config).eval()
        prompt = ids(49152, 1, 128)

        @torch.no_grad()
        def prefill():
            model(input_ids=prompt, use_cache=False)

        if name == "smollm2_135m_prefill_128":
            return prefill
        with torch.no_grad():
            cache = model(input_ids=prompt, use_cache=True).past_key_values

        @torch.no_grad()
        def decode():
            model(input_ids=prompt[:, :1], past_key_values=cache, use_cache=True)
            cache.crop(-1)  # the token just added

        return decode


def torch_loop_workload(name):
    """PyTorch with tasks one after another, as learn2learn and higher run them."""
    return torch_maml(name, loops=True) if name.startswith("maml_") else None


def torch_maml(name, loops=False):
    """Second-order MAML: by torch.func with tasks under vmap, or by double backward task after task; then Adam."""
    import torch
    import torch.nn.functional as F
    from torch.func import grad, grad_and_value, vmap

    is_lung = name == "maml_lung_step"
    sizes = (695, 64, 32, 1) if is_lung else (1, 40, 40, 1)
    inner_rate = 0.05 if is_lung else 0.01
    parameters = []
    for fan_in, fan_out in zip(sizes, sizes[1:]):
        parameters += [torch.from_numpy(normal(fan_in, fan_out)) / fan_in**0.5, torch.zeros(fan_out)]

    def net(p, x):
        for layer in range(0, len(p), 2):
            x = x @ p[layer] + p[layer + 1]
            if layer + 2 < len(p):
                x = F.leaky_relu(x, 0.01) if is_lung else F.relu(x)
        return x

    loss_of = F.binary_cross_entropy_with_logits if is_lung else F.mse_loss

    def loss(p, x, y):
        return loss_of(net(p, x), y)

    def query_loss(p, xs, ys, xq, yq):
        slopes = torch.autograd.grad(loss(p, xs, ys), p, create_graph=True) if loops else grad(loss)(p, xs, ys)
        return loss([a - inner_rate * b for a, b in zip(p, slopes)], xq, yq)

    def query_losses(p, xs, ys, xq, yq):
        if loops:
            return torch.stack([query_loss(p, *task) for task in zip(xs, ys, xq, yq)])
        return vmap(query_loss, (None, 0, 0, 0, 0))(p, xs, ys, xq, yq)

    def slopes_of(objective):
        if loops:
            return torch.autograd.grad(objective(parameters), parameters)
        return grad_and_value(objective)(parameters)[0]

    if loops:
        parameters = [parameter.requires_grad_() for parameter in parameters]
    optimizer = torch.optim.Adam(parameters, lr=4e-4 if is_lung else 1e-3)

    def update(slopes):
        for parameter, slope in zip(parameters, slopes):
            parameter.grad = slope
        optimizer.step()

    def labels(*shape):
        return torch.from_numpy(random.randint(0, 2, shape).astype(np.float32))

    if is_lung:
        # One target batch of 64, and of each of three sources a batch of 64 in halves.
        target = torch.from_numpy(normal(64, 695)), labels(64, 1)
        x, y = torch.from_numpy(normal(3, 64, 695)), labels(3, 64, 1)

        def objective(p):
            sources = query_losses(p, x[:, :32], y[:, :32], x[:, 32:], y[:, 32:])
            return 0.5 * loss(p, *target) + 0.5 * sources.mean()

        return lambda: update(slopes_of(objective))
    x = torch.from_numpy(random.uniform(-5, 5, (25, 20, 1)).astype(np.float32))
    y = torch.sin(x)

    def objective(p):
        return query_losses(p, x[:, :10], y[:, :10], x[:, 10:], y[:, 10:]).mean()

    return lambda: update(slopes_of(objective))


def torch_compile_workload(name):
    """PyTorch with its compiler, where a whole training step is worth compiling."""
    return torch_workload(name, compiled=True) if name.startswith("gpt2s_train") else None


def minilm(torch):
    """What sentence-transformers does: batches of 32 in the order of lengths, padded, mean pooling, unit length."""
    from transformers import AutoModel, AutoTokenizer

    folder = os.path.join(MODELS, "all-MiniLM-L6-v2")
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    sentences = open(".data/sentences.txt").read().splitlines()

    @torch.no_grad()
    def encode():
        order = sorted(range(len(sentences)), key=lambda i: -len(sentences[i]))
        vectors = [None] * len(sentences)
        for start in range(0, len(order), 32):
            chosen = order[start:start + 32]
            batch = tokenizer(
                [sentences[i] for i in chosen], padding=True, truncation=True, max_length=256, return_tensors="pt")
            states = model(**batch).last_hidden_state
            mask = batch["attention_mask"].unsqueeze(-1).float()
            pooled = (states * mask).sum(1) / mask.sum(1)
            for i, vector in zip(chosen, torch.nn.functional.normalize(pooled)):
                vectors[i] = vector
        return torch.stack(vectors)

    return encode


def llama_cpp_workload(name):
    """llama.cpp on the same file. Decoding calls its C functions, and chooses the likeliest token with NumPy."""
    if not name.startswith("gguf_"):
        return None
    import ctypes

    import llama_cpp as C

    path = os.path.join(MODELS, "SmolLM2-135M-Instruct.Q4_1.gguf").encode()
    # Kept, or the library would call what has been freed.
    llama_cpp_workload.silent = C.llama_log_callback(lambda *_: None)
    C.llama_log_set(llama_cpp_workload.silent, ctypes.c_void_p(0))
    C.llama_backend_init()

    def load():
        return C.llama_model_load_from_file(path, C.llama_model_default_params())

    if name == "gguf_load":
        return lambda: C.llama_model_free(load())
    model = load()
    vocabulary = 49152
    sequences = 8 if name == "gguf_decode_batch8" else 1
    settings = C.llama_context_default_params()
    settings.n_ctx, settings.n_batch, settings.n_ubatch, settings.n_seq_max = 2048, 512, 512, sequences
    settings.n_threads = settings.n_threads_batch = THREADS
    context = C.llama_init_from_model(model, settings)
    memory = C.llama_get_memory(context)
    batch = C.llama_batch_init(512, 0, 1)

    def evaluate(entries):
        """Entries are (token, position, sequence, whether its logits are wanted)."""
        batch.n_tokens = len(entries)
        for i, (token, position, sequence, wanted) in enumerate(entries):
            batch.token[i], batch.pos[i], batch.logits[i] = token, position, wanted
            batch.n_seq_id[i], batch.seq_id[i][0] = 1, sequence
        assert C.llama_decode(context, batch) == 0

    def likeliest(i):
        return int(np.ctypeslib.as_array(C.llama_get_logits_ith(context, i), shape=(vocabulary,)).argmax())

    spread = [(i * 7919 + 13) % vocabulary for i in range(512)]

    def prefill():
        C.llama_memory_clear(memory, True)
        evaluate([(token, i, 0, i == 511) for i, token in enumerate(spread)])
        return likeliest(511)

    def decode():
        C.llama_memory_clear(memory, True)
        evaluate([((token + s) % vocabulary, i, s, i == 7) for s in range(sequences) for i, token in enumerate(spread[:8])])
        last = [likeliest(8 * s + 7) for s in range(sequences)]
        for position in range(8, 135):
            evaluate([(last[s], position, s, True) for s in range(sequences)])
            last = [likeliest(s) for s in range(sequences)]

    return prefill if name == "gguf_prefill_512" else decode


def tokenizers_workload(name):
    if name not in ("tokenize_10mb", "tokenizer_load"):
        return None
    from tokenizers import Tokenizer

    def load():
        return Tokenizer.from_file(".data/qwen/tokenizer.json")

    if name == "tokenizer_load":
        return load
    tokenizer, text = load(), open(".data/text.txt").read()
    return lambda: tokenizer.encode(text).ids


def jax_workload(name):
    if name == "idle_start":
        return started("import jax.numpy")
    import jax
    import jax.numpy as J

    def array(*shape):
        return J.asarray(normal(*shape))

    def call(function, *operands):
        compiled = jax.jit(function)
        return lambda: jax.block_until_ready(compiled(*operands))

    def gelu(x):
        return jax.nn.gelu(x, approximate=True)

    if name in PRODUCTS:
        m, k, n = PRODUCTS[name]
        return call(lambda a, b: a @ b, array(m, k), array(k, n))
    if name == "triad_16M":
        return call(lambda a, b: a + 3 * b, array(MEGA16), array(MEGA16))
    if name == "gelu_tanh_4M":
        return call(gelu, array(MEGA4))
    if name == "exp_4M":
        return call(J.exp, array(MEGA4))
    if name == "chain_tanh_fma_4M":
        return call(lambda a, b, c: J.tanh(a * b + c) - a, array(MEGA4), array(MEGA4), array(MEGA4))
    if name == "gelu_tanh_4M_fb":
        return call(lambda x, g: jax.vjp(gelu, x)[1](g), array(MEGA4), array(MEGA4))
    if name == "chain_tanh_fma_4M_fb":
        return call(
            lambda a, b, c, g: jax.vjp(lambda a, b, c: J.tanh(a * b + c) - a, a, b, c)[1](g),
            *(array(MEGA4) for _ in range(4)))
    if name == "softmax_4096x1024":
        return call(lambda s: jax.nn.softmax(s, -1), array(4096, 1024))
    if name.startswith("layernorm_4096x768"):
        def norm(x, w, b):
            mean = x.mean(-1, keepdims=True)
            variance = ((x - mean) ** 2).mean(-1, keepdims=True)
            return (x - mean) * jax.lax.rsqrt(variance + 1e-5) * w + b

        operands = array(4096, 768), array(768), array(768)
        if not name.endswith("_fb"):
            return call(norm, *operands)

        def both(x, w, b, g):
            output, pull = jax.vjp(norm, x, w, b)
            return output, pull(g)

        return call(both, *operands, array(4096, 768))
    if name.startswith("attention_4x12x256x64"):
        def attention(q, k, v):
            scores = J.einsum("bhid,bhjd->bhij", q, k) / math.sqrt(64)
            scores = J.where(J.tril(J.ones((256, 256), bool)), scores, -J.inf)
            return jax.nn.softmax(scores, -1) @ v

        operands = tuple(array(4, 12, 256, 64) for _ in range(3))
        if not name.endswith("_fb"):
            return call(attention, *operands)

        def both(q, k, v, g):
            output, pull = jax.vjp(attention, q, k, v)
            return output, pull(g)

        return call(both, *operands, array(4, 12, 256, 64))
    if name == "cross_entropy_256x50257_fb":
        target = J.asarray(random.randint(0, 50257, 256))

        def loss(logits):
            return -jax.nn.log_softmax(logits)[J.arange(256), target].mean()

        return call(jax.value_and_grad(loss), array(256, 50257))
    if name == "mlp_16_64_64_4_b32_adam_step":
        parameters = [array(16, 64) * 0.1, array(64), array(64, 64) * 0.1, array(64), array(64, 4) * 0.1, array(4)]
        x, y = array(32, 16), array(32, 4)

        def loss(p):
            h = jax.nn.relu(x @ p[0] + p[1])
            h = jax.nn.relu(h @ p[2] + p[3])
            return ((h @ p[4] + p[5] - y) ** 2).mean()

        def step(p, m, v, t):
            g = jax.grad(loss)(p)
            m = [0.9 * a + 0.1 * b for a, b in zip(m, g)]
            v = [0.999 * a + 0.001 * b * b for a, b in zip(v, g)]
            scale1, scale2 = 1 - 0.9**t, 1 - 0.999**t
            p = [a - 1e-3 * (b / scale1) / (J.sqrt(c / scale2) + 1e-8) for a, b, c in zip(p, m, v)]
            return p, m, v

        zeros = [J.zeros_like(p) for p in parameters]
        return call(step, parameters, zeros, zeros, 1.0)


def sklearn_workload(name):
    if name not in ("forest_spambase", "gbdt_spambase"):
        return None
    import gzip

    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier

    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Sources/SampleData/Resources/tables")
    with gzip.open(os.path.join(folder, "spambase.csv.gz"), "rt") as file:
        table = np.loadtxt(file, delimiter=",", skiprows=1)
    x, y = table[:, :-1], table[:, -1].astype(int)
    if name == "forest_spambase":
        return lambda: RandomForestClassifier(100, random_state=1, n_jobs=THREADS).fit(x, y)
    return lambda: HistGradientBoostingClassifier(max_iter=100, early_stopping=False).fit(x, y)


def peak_bytes():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def main():
    workloads = {
        "openblas": openblas_workload, "numpy": numpy_workload, "torch": torch_workload,
        "torch_compile": torch_compile_workload, "torch_loop": torch_loop_workload, "jax": jax_workload,
        "sklearn": sklearn_workload, "llama_cpp": llama_cpp_workload, "tokenizers": tokenizers_workload}
    run = workloads[LIBRARY](WORKLOAD)
    if run is None:
        print("none", flush=True)
        return
    run()
    run()
    print("ready", flush=True)
    for line in sys.stdin:
        end = time.perf_counter() + float(line)
        seconds = []
        while len(seconds) < 3 or (time.perf_counter() < end and len(seconds) < 5000):
            start = time.perf_counter()
            run()
            seconds.append(time.perf_counter() - start)
            if sum(seconds) > 8:
                break
        print(json.dumps({"seconds": seconds, "peak_bytes": peak_bytes()}), flush=True)


main()
