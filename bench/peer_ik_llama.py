#!/usr/bin/env python3
"""ik_llama.cpp beside sotto_speed: the lines of peer_llama_cpp.py. Its weights are packed for the processor at load."""
from ik_llama_cpp import _ctypes_api

import peer_llama_cpp


class Peer(peer_llama_cpp.Peer):
    def load(self, path):
        params = self.lc.llama_model_default_params()
        params.use_mmap, params.repack_tensors = False, True
        return self.lc.llama_model_load_from_file(path.encode(), params)

    def use_flash(self, params, flash):
        params.flash_attn = flash

    def clear(self, context):
        self.lc.llama_kv_cache_clear(context)


if __name__ == "__main__":
    peer_llama_cpp.serve(Peer, _ctypes_api)
