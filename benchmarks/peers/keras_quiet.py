"""Keras on TensorFlow without TensorFlow's greetings: import `keras` from here, so that both are set before."""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras

__all__ = ["keras"]
