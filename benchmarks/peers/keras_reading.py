"""A trained network read by Keras on TensorFlow: the same weights, `model.predict`."""

import json

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from benchmarks.peers.keras_quiet import keras
from benchmarks.peers.onnx_to_keras import keras_from_onnx
from benchmarks.peers.protocol import tell_packages
from benchmarks.peers.reading_protocol import measure_reader, parse_reading_options
from benchmarks.peers.stopwatch import latency

BATCHES = (64, 256, 1000)


def main() -> None:
    """Rebuild the network of a run and read; `calling` is the latency of `model(x)`, which Keras advises for one."""
    options = parse_reading_options()
    tf.config.threading.set_intra_op_parallelism_threads(options.threads)
    tf.config.threading.set_inter_op_parallelism_threads(options.threads)
    tell_packages("keras", "tensorflow-cpu")
    keras.utils.set_random_seed(0)
    model = keras_from_onnx(options.run / "model.onnx")

    def prepare(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        return images[..., np.newaxis].astype(np.float32) / np.float32(255)

    def read(images: NDArray[np.uint8], batch: int = 1000) -> NDArray[np.float32]:
        answers: NDArray[np.float32] = model.predict(prepare(images), batch_size=batch, verbose=0)
        return answers

    one = options.images[:1]
    calling = latency(lambda: model(prepare(one), training=False).numpy(), calls=options.calls)
    print(json.dumps({"calling": calling}), flush=True)
    ways = {f"batches of {batch}": lambda images, batch=batch: read(images, batch) for batch in BATCHES}
    measure_reader(options, read, ways)


if __name__ == "__main__":
    main()
