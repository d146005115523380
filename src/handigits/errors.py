"""One tree of exceptions. Every message says what came, what was expected and what to do about it.

```
HandigitsError
├── ConfigError        a setting is out of range or contradicts another       (ValueError)
├── MissingFileError   a file or folder that was named is not there           (FileNotFoundError)
├── DataError          a dataset or one of its files is not what it should be (ValueError)
│   └── DownloadError  no mirror could deliver a file                         (OSError)
├── PictureError       a picture cannot be read, or is too large to be safe   (ValueError)
├── ModelError         an artefact or checkpoint is damaged or does not fit   (ValueError)
├── RunError           a run directory exists already, is in use, or is not one
├── TrainingError      the loss is no longer finite                           (ArithmeticError)
├── TrainingInterrupted  training was asked to stop, and did so after saving
└── MissingExtraError  an optional dependency is not installed                (ImportError)
```

The command line prints the message of a `HandigitsError` as one line and exits with 1. Anything else is a bug of ours.
"""

__all__ = [
    "ConfigError",
    "DataError",
    "DownloadError",
    "HandigitsError",
    "MissingExtraError",
    "MissingFileError",
    "ModelError",
    "PictureError",
    "RunError",
    "TrainingError",
    "TrainingInterrupted",
]


class HandigitsError(Exception):
    """Base of every error that handigits raises on purpose."""


class ConfigError(HandigitsError, ValueError):
    """A setting is out of range or contradicts another one."""


class MissingFileError(HandigitsError, FileNotFoundError):
    """A file or folder that the user named is not there."""


class DataError(HandigitsError, ValueError):
    """A dataset, or one of its files, is not what it should be."""


class DownloadError(DataError, OSError):
    """No mirror could deliver a file, or the network may not be used."""


class PictureError(HandigitsError, ValueError):
    """A picture cannot be read, or is too large to be read safely."""


class ModelError(HandigitsError, ValueError):
    """An artefact or a checkpoint is damaged, too new, or does not fit."""


class RunError(HandigitsError):
    """A run directory exists already, is in use, or is none."""


class TrainingError(HandigitsError, ArithmeticError):
    """Training cannot go on: the loss is no longer finite."""


class TrainingInterrupted(HandigitsError):  # noqa: N818 - an interruption is not an error
    """Training was asked to stop by Ctrl-C or SIGTERM, and stopped after saving its state."""


class MissingExtraError(HandigitsError, ImportError):
    """A part of handigits was asked for whose optional dependencies are not installed."""
