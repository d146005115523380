"""The network and the training of our recipe `sgd-2conv`, in plain Keras on TensorFlow.

32C3-64C3-pool-dropout .25-FC128-FC10, SGD at a constant 0.01, batch 32.
"""

import numpy as np

from benchmarks.peers.keras_quiet import keras
from benchmarks.peers.protocol import load_images, parse_options, race, tell_packages


def main() -> None:
    """Train, and test after each epoch."""
    options = parse_options()
    mnist = load_images(options.images)
    tell_packages("keras", "tensorflow-cpu")
    keras.utils.set_random_seed(options.seed)
    train_images = mnist.train_images[..., np.newaxis].astype("float32") / 255
    test_images = mnist.test_images[..., np.newaxis].astype("float32") / 255
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        loss="sparse_categorical_crossentropy",
        optimizer=keras.optimizers.SGD(0.01),
        metrics=["accuracy"],
    )
    race(
        options,
        lambda: model.fit(train_images, mnist.train_labels, batch_size=32, epochs=1, verbose=0),
        lambda: float(model.evaluate(test_images, mnist.test_labels, batch_size=1000, verbose=0)[1]),
    )


if __name__ == "__main__":
    main()
