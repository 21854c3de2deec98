"""llama.cpp's own server on a loopback port, with a model that this script makes: the right shape, random weights, a token a byte.

What the model says is nonsense, the same every time; how the server says it is what counts. Prints "listening <URL>" when it is ready.
"""

import os
import sys
import threading

import gguf
import numpy
import xllamacpp

CONTEXT = 512


def write_model(path):
    vocabulary, width, hidden, heads = 259, 32, 64, 4
    random = numpy.random.default_rng(7)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(width)
    writer.add_block_count(1)
    writer.add_feed_forward_length(hidden)
    writer.add_head_count(heads)
    writer.add_head_count_kv(heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(width // heads)
    writer.add_vocab_size(vocabulary)
    writer.add_tokenizer_model("llama")
    writer.add_token_list([b"<unk>", b"<s>", b"</s>"] + [b"<0x%02X>" % byte for byte in range(256)])
    writer.add_token_scores([0.0] * vocabulary)
    kinds = gguf.TokenType
    writer.add_token_types([kinds.UNKNOWN, kinds.CONTROL, kinds.CONTROL] + [kinds.BYTE] * 256)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_chat_template("{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}assistant:")

    def tensor(name, *shape):
        writer.add_tensor(name, random.normal(0, 0.1, shape).astype(numpy.float32))

    tensor("token_embd.weight", vocabulary, width)
    tensor("output.weight", vocabulary, width)
    for name in ("output_norm", "blk.0.attn_norm", "blk.0.ffn_norm"):
        writer.add_tensor(name + ".weight", numpy.ones(width, dtype=numpy.float32))
    for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
        tensor(f"blk.0.{name}.weight", width, width)
    tensor("blk.0.ffn_gate.weight", hidden, width)
    tensor("blk.0.ffn_up.weight", hidden, width)
    tensor("blk.0.ffn_down.weight", width, hidden)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


model = os.path.join(sys.argv[1], "tiny.gguf")
write_model(model)
parameters = xllamacpp.CommonParams()
parameters.model.path = model
parameters.hostnames = ["127.0.0.1"]
parameters.port = 0
parameters.n_ctx = CONTEXT
parameters.n_parallel = 1
parameters.cpuparams.n_threads = 1
parameters.warmup = False
parameters.embedding = True
parameters.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
server = xllamacpp.Server(parameters)
print("listening", server.listening_address, flush=True)
# Until it is killed.
threading.Event().wait()
