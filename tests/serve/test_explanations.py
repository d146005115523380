"""Why a picture was read as it was, for the pad."""

import base64

import cv2
import numpy as np

from handigits.recognizer import Recognizer
from handigits.serve.explanations import explain
from handigits.serve.pictures import Sent


def test_the_evidence_of_a_picture_read_through_a_filter_lies_on_its_digit() -> None:
    one = np.zeros((28, 28), np.uint8)
    one[5:23, 12:16] = 200
    noisy = np.clip(one + np.random.default_rng(0).normal(0, 90, one.shape), 0, 255).astype(np.uint8)
    found = explain(Recognizer.load(threads=1), Sent(noisy, "noisy"))
    png = np.frombuffer(base64.b64decode(found.evidence), np.uint8)
    colours = cv2.imdecode(png, cv2.IMREAD_COLOR).astype(int)
    assert found.digit == 1
    assert np.abs(colours[14, 13] - colours[14, 2]).max() > 40
