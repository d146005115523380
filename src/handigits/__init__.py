"""handigits reads handwritten digits.

    import handigits

    run = handigits.train("sgd-2conv")                              # a run directory with model, measurements, report
    print(handigits.evaluate(run.directory).evaluation.accuracy)
    print(handigits.Recognizer.load(run.directory).predict("digit.png").digits)

Importing this module is cheap: each name below is loaded, with torch or onnxruntime, when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from handigits.data import Dataset as Dataset
    from handigits.data import Split as Split
    from handigits.data import load_dataset as load_dataset
    from handigits.errors import HandigitsError as HandigitsError
    from handigits.recognizer import Prediction as Prediction
    from handigits.recognizer import Recognizer as Recognizer
    from handigits.workflow import evaluate as evaluate
    from handigits.workflow import resume as resume
    from handigits.workflow import train as train

__version__ = "0.1.0"

_HOMES = {
    "Dataset": "data",
    "HandigitsError": "errors",
    "Prediction": "recognizer",
    "Recognizer": "recognizer",
    "Split": "data",
    "evaluate": "workflow",
    "load_dataset": "data",
    "resume": "workflow",
    "train": "workflow",
}

__all__ = [*_HOMES, "__version__"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'handigits' has no attribute {name!r}")
    value = getattr(import_module(f"handigits.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
