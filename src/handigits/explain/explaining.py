"""`explain`: everything that can be said about one picture, and about the network that read it."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from handigits.data import load_dataset
from handigits.data.split import CLASSES
from handigits.errors import ConfigError, MissingExtraError
from handigits.explain.occlusion import Occlusion, occlude
from handigits.recognizer import Recognizer, Source, prepare
from handigits.run import Run

if TYPE_CHECKING:
    from handigits.explain.dreams import Dreams
    from handigits.explain.layers import FeatureMaps, Neighbours
    from handigits.explain.saliency import Saliency

__all__ = ["Explanation", "Inside", "explain"]

_NEIGHBOURS = 8


@dataclass(frozen=True, kw_only=True, eq=False)
class Inside:
    """What a look into the network shows.

    Attributes:
        saliency: which pixels speak for the digit.
        neighbours: the training digits that look most like it to the network.
        layers: what each layer makes of it.
        filters: float32 (C, H, W), of the first layer.
        dreams: a picture for each digit, drawn by the network.
    """

    saliency: "Saliency"
    neighbours: "Neighbours"
    layers: "tuple[FeatureMaps, ...]"
    filters: NDArray[np.float32]
    dreams: "Dreams"


@dataclass(frozen=True, kw_only=True, eq=False)
class Explanation:
    """One picture, explained.

    Attributes:
        name: of the picture.
        image: float32 (28, 28) in [0, 1], as the model saw its only digit; of several or none, the picture as a whole.
        probabilities: float32 (10,).
        digit: the one that is explained: the answer, unless another was asked for.
        occlusion: which parts of the ink matter.
        inside: what a look into the network shows; None where only the model's file is there.
        notice: what a reader should know; empty if nothing.
    """

    name: str
    image: NDArray[np.float32]
    probabilities: NDArray[np.float32]
    digit: int
    occlusion: Occlusion
    inside: Inside | None
    notice: str = ""

    @property
    def answer(self) -> int:
        """What the picture was read as."""
        return int(self.probabilities.argmax())

    def to_json(self) -> dict[str, object]:
        """Plain Python; maps of 28x28 are lists of rows."""
        told: dict[str, object] = {
            "file": self.name,
            "answer": self.answer,
            "explained": self.digit,
            "probabilities": self.probabilities.tolist(),
            "image": np.round(self.image, 4).tolist(),
            "occlusion": np.round(self.occlusion.drops, 4).tolist(),
            "notice": self.notice,
        }
        if self.inside:
            neighbours = self.inside.neighbours
            told |= {
                "saliency": np.round(self.inside.saliency.contributions, 4).tolist(),
                "neighbours": [
                    {"index": index, "label": label, "similarity": round(similarity, 4)}
                    for index, label, similarity in zip(
                        neighbours.indices.tolist(),
                        neighbours.labels.tolist(),
                        neighbours.similarities.tolist(),
                        strict=True,
                    )
                ],
                "layers": [layer.name for layer in self.inside.layers],
                "dreams": self.inside.dreams.probabilities.tolist(),
            }
        return told


def explain(
    picture: Source,
    *,
    model: str | Path | None = None,
    digit: int | None = None,
    data: str | Path | None = None,
    offline: bool = False,
) -> Explanation:
    """Explain how one digit was read.

    Args:
        picture: a path, the bytes of a file, or the pixels of one picture.
        model: a run directory, for all there is to say; a model's file or None, the shipped one, for what can be said
            from outside.
        digit: explain this one instead of the answer: why, or why not, a 7?
        data: where the nearest training digits are looked for; None: what the model was trained on.
        offline: the network may not be used.

    Raises:
        ConfigError: `digit` is no digit.
        MissingExtraError: torch or captum is not installed, and a run was given.
        HandigitsError: there is no such picture or model, or it is damaged.
    """
    if digit is not None and not 0 <= digit < CLASSES:
        raise ConfigError(f"digit is {digit}; expected 0 to 9.")
    recognizer = Recognizer.load(model)
    (reading,) = recognizer.read([prepare(picture)])
    image = reading.images[0] if len(reading.chosen) == 1 else reading.given.image
    (probabilities,) = recognizer.probabilities(image[np.newaxis])
    chosen = int(probabilities.argmax()) if digit is None else digit
    inside, notice = None, "Only from outside: a look into the network needs the weights in a run directory (--model)."
    if model is not None and Run(Path(model)).has_begun:
        source = recognizer.metadata.data if data is None else data
        inside, notice = _look_inside(Run(Path(model)), image, chosen, source, offline=offline)
    return Explanation(
        name=reading.file,
        image=image,
        probabilities=probabilities,
        digit=chosen,
        occlusion=occlude(recognizer, image, chosen),
        inside=inside,
        notice=notice,
    )


def _look_inside(
    run: Run, image: NDArray[np.float32], digit: int, data: str | Path, *, offline: bool
) -> tuple[Inside, str]:
    try:
        from handigits.explain.dreams import dream
        from handigits.explain.layers import feature_maps, first_filters, nearest
        from handigits.explain.saliency import attribute
        from handigits.export.trained import model_of_run
    except ImportError as err:
        raise MissingExtraError(
            "A look into a network needs PyTorch, which is not installed: pip install 'handigits[train,explain]'."
        ) from err
    network = model_of_run(run).requires_grad_(False)
    dataset = load_dataset(data, offline=offline)
    inside = Inside(
        saliency=attribute(network, image, digit),
        neighbours=nearest(network, image, dataset.train, count=_NEIGHBOURS),
        layers=feature_maps(network, image),
        filters=first_filters(network),
        dreams=dream(network, dataset.train),
    )
    return inside, dataset.notice
