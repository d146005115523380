"""A trained model as one file: an ONNX graph from pixels to probabilities, with its story inside.

    metadata.py    what a file says about itself
    golden.py      a few pictures with the answers that belong to them
    onnx_file.py   a look inside the bytes, before any runtime sees them
    reading.py     check a file and open it (onnxruntime, no torch)
    sealing.py     make an artefact of an ONNX graph (onnx, no torch; import it from there)
    writing.py     export a torch model, prove that it answers the same, write it (torch; import it from there)

Deliberately absent: unpickling, weights outside the file, and anything that runs code the file brings along.
"""

from handigits.artifact.metadata import SCHEMA_VERSION, ArtifactMetadata
from handigits.artifact.reading import check_artifact, open_artifact, read_metadata

__all__ = ["SCHEMA_VERSION", "ArtifactMetadata", "check_artifact", "open_artifact", "read_metadata"]
