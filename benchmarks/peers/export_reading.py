"""An exported file read by the runtime that it is for, without handigits: answers and speed.

    python -m benchmarks.peers.export_reading FORMAT FILE IMAGES ANSWERS --threads N

FORMAT is `onnx`, `keras` or `torch-export`. Writes the probabilities of all test images to ANSWERS (.npy) and a line of
JSON about the time to stdout. Keras runs in the peers' environment, on TensorFlow.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.protocol import load_images
from benchmarks.peers.stopwatch import latency, throughput

_BATCH = 64

Read = Callable[[NDArray[np.float32]], NDArray[np.float32]]


def main() -> None:
    """Read all test images, then measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("format", choices=["onnx", "keras", "torch-export"])
    parser.add_argument("file", type=Path)
    parser.add_argument("images", type=Path)
    parser.add_argument("answers", type=Path)
    parser.add_argument("--threads", type=int, required=True)
    given = parser.parse_args()
    read = {"onnx": _onnx, "keras": _keras, "torch-export": _torch}[given.format](given.file, given.threads)
    images = load_images(given.images).test_images

    def read_all(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        starts = range(0, len(images), _BATCH)
        return np.concatenate([read(_tensors(images[each : each + _BATCH])) for each in starts])

    np.save(given.answers, read_all(images))
    row = {"images_per_second": throughput(read_all, images)}
    print(json.dumps(row | latency(lambda: read(_tensors(images[:1])), calls=1000)), flush=True)


def _tensors(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    return images[:, np.newaxis].astype(np.float32) / np.float32(255)


def _onnx(file: Path, threads: int) -> Read:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    return lambda images: session.run(None, {"images": images})[0]


def _keras(directory: Path, threads: int) -> Read:
    import tensorflow as tf

    from benchmarks.peers.keras_quiet import keras

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    model: Any = keras.models.model_from_json((directory / "model.json").read_text(encoding="utf-8"))
    model.load_weights(directory / "model.weights.h5")
    whole: Any = keras.models.load_model(directory / "model.keras")
    probe = np.random.default_rng(0).random((8, 28, 28, 1), np.float32)
    if np.abs(model(probe) - whole(probe)).max() > 1e-6:
        raise RuntimeError("model.keras answers otherwise than model.json with model.weights.h5")
    compiled = tf.function(lambda images: model(images, training=False))
    return lambda images: compiled(images.transpose(0, 2, 3, 1)).numpy()


def _torch(file: Path, threads: int) -> Read:
    import torch

    torch.set_num_threads(threads)
    model: Any = torch.export.load(file).module()

    def read(images: NDArray[np.float32]) -> NDArray[np.float32]:
        with torch.inference_mode():
            answers: NDArray[np.float32] = model(torch.from_numpy(images)).numpy()
        return answers

    return read


if __name__ == "__main__":
    main()
