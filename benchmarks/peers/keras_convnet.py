"""MNIST as Keras's own example trains it, with `model.fit`.

32C3-pool-64C3-pool-dropout .5-FC10, Adam, batch 128, labels one-hot. All 60,000 images are trained on, as by the
others in the race; the example itself holds a tenth of them out.
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
    train_labels = keras.utils.to_categorical(mnist.train_labels, 10)
    test_labels = keras.utils.to_categorical(mnist.test_labels, 10)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])

    race(
        options,
        lambda: model.fit(train_images, train_labels, batch_size=128, epochs=1, verbose=0),
        lambda: float(model.evaluate(test_images, test_labels, batch_size=1000, verbose=0)[1]),
    )


if __name__ == "__main__":
    main()
