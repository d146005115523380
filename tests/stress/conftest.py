import numpy as np
import pytest

from handigits.data import Split, load_dataset


@pytest.fixture(scope="session")
def written() -> Split:
    """60 digits that people wrote."""
    test = load_dataset("mnist-5k", offline=True).test
    assert test is not None
    return test.subset(np.linspace(0, len(test) - 1, 60).astype(np.intp))
