"""A trained model in the formats of other tools, each compared with the model before it is handed over.

    exporting.py      the order of it all
    trained.py        a run's network with its dropout and batch norm (torch)
    keras.py          Keras: JSON, HDF5 and .keras, by Keras itself
    quantize.py       ONNX in 8-bit integers
    torch_archive.py  .pt2 for torch.export.load
    safetensors.py    arrays, with JSON in the header
    html.py           the drawing pad with the model inside; script.py puts the JavaScript of offline/ into one script
    space.py          a Hugging Face Space: the whole service as a folder

Reading these files is in `network`, which needs none of the tools. Deliberately absent: training, serving.
"""

from handigits.export.exporting import Exported, Format, export_model

__all__ = ["Exported", "Format", "export_model"]
