"""A trained network apart from any framework, and the files of other tools that it can be read from.

    layers.py         a chain of plain layers with numpy arrays
    onnx_graph.py     that chain as an ONNX graph, and back
    description.py    that chain as JSON and named arrays
    safetensors.py    read .safetensors
    torch_archive.py  read .pt2 without torch
    keras_files.py    read .keras, or JSON with HDF5: keras_config.py, keras_weights.py
    opening.py        any of these files -> an onnxruntime session

Whatever the format, what answers in the end is onnxruntime. Deliberately absent: writing (see `export`), torch, Keras,
unpickling, and anything that runs code that a file brings along.
"""

from handigits.network.opening import ModelFile, open_model, read_model

__all__ = ["ModelFile", "open_model", "read_model"]
