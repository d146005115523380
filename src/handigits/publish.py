"""From a trained network to a finished run directory: model file, measurements, pictures, page and card.

What is measured is the file that was written, through the same `Recognizer` that users have. Needs torch to write the
model; `measure` alone does not.
"""

import dataclasses
import json
import shlex
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from handigits.artifact import ArtifactMetadata
from handigits.artifact.sealing import update_metadata
from handigits.atomic import write_bytes, write_text
from handigits.config import TrainConfig
from handigits.data import Dataset, Split
from handigits.data.split import draw_indices
from handigits.environment import describe_environment
from handigits.evaluation import (
    Evaluation,
    Gallery,
    ambiguous,
    behind_cells,
    correct,
    evaluate_probabilities,
    mistakes,
)
from handigits.recipes import find_recipe
from handigits.recognizer import Recognizer
from handigits.report import RunFacts, write_card, write_plots, write_report
from handigits.run import Plan, Run

if TYPE_CHECKING:
    from handigits.training import Fit

__all__ = ["WHERE_IT_RAN", "Measured", "command_of", "measure", "publish", "publish_evaluation"]

WHERE_IT_RAN = ("seed", "threads", "device", "checkpoint_seconds")
"""Settings that make no other network of it but for chance."""

_PARITY_IMAGES = 1_000
_GALLERY_SEED = 0


def publish(run: Run, plan: Plan, dataset: Dataset, fitted: "Fit", *, held_out: Split | None, began: float) -> None:
    """Write everything into `run` that a finished training leaves behind; `metrics.json` comes last.

    Args:
        run: where to.
        plan: what was set out to do.
        dataset: with the test split, if it has one.
        fitted: the training.
        held_out: the images that the training was watched by, if any.
        began: `time.perf_counter()` when the run began.

    Raises:
        ModelError: the written model does not answer as the trained one did.
    """
    temperature = _calibrate(plan.train, dataset, fitted, held_out)
    metrics = _write_model(run, plan, dataset, fitted) | temperature
    recognizer = Recognizer.load(run.model)
    measured = {name: measure(recognizer, split) for name, split in _splits(dataset, held_out).items()}
    summaries = {name: each.evaluation.summary() for name, each in measured.items()}
    metrics |= summaries
    about = dataclasses.replace(recognizer.metadata, metrics=summaries, **_mistakes(measured))
    update_metadata(run.model, about)
    run.write_facts("report", {name: each.evaluation.to_json() for name, each in measured.items()})
    run.write_history(fitted.history)
    environment = describe_environment() | {
        "device": str(fitted.engine.device),
        "precision": fitted.engine.precision,
        "threads": fitted.engine.threads,
        "processes": fitted.engine.processes.count,
    }
    run.write_facts("environment", environment)
    headline = next(iter(measured.values()))
    facts = RunFacts(
        recipe=plan.recipe,
        data=dataset.name,
        command=command_of(dataclasses.replace(plan, data=dataset.name)),  # what `auto` was taken to be
        protocol=_protocol(plan.train, dataset, held_out, epochs=len(fitted.history)),
        evaluations=[each.evaluation for each in measured.values()],
        summary=_summary(plan),
        notice=dataset.notice,
        history=[dataclasses.asdict(row) for row in fitted.history],
        galleries=headline.galleries,
        cells=headline.cells,
        config=dataclasses.asdict(plan.train),
        metrics=metrics,
        environment=environment,
    )
    write_plots(
        run.plots,
        history=facts.history,
        evaluation=headline.evaluation,
        galleries=headline.galleries,
        splits=[dataset.train],
    )
    write_report(facts, run.report)
    write_card(facts, run.card)
    run.write_facts("metrics", metrics | {"total_seconds": round(time.perf_counter() - began, 3)})


@dataclass(frozen=True, eq=False)
class Measured:
    """What one reading of a split gives.

    Attributes:
        evaluation: the numbers.
        galleries: the digits worth a look.
        cells: digits from every cell of the confusion matrix.
        probabilities: float32 (N, 10), of every digit.
    """

    evaluation: Evaluation
    galleries: tuple[Gallery, ...]
    cells: Gallery
    probabilities: NDArray[np.float32]


def measure(recognizer: Recognizer, split: Split) -> Measured:
    """Read every image of a split once."""
    probabilities = recognizer.probabilities(split.images)
    answers = (probabilities, split.labels, split.images)
    return Measured(
        evaluate_probabilities(probabilities, split.labels, split_name=split.name),
        (mistakes(*answers), ambiguous(*answers), correct(*answers, seed=_GALLERY_SEED)),
        behind_cells(*answers),
        probabilities,
    )


def publish_evaluation(directory: Path, facts: RunFacts) -> None:
    """Write `report.json`, `plots/` and `report.html` of one evaluation to `directory`, which is made if need be."""
    directory.mkdir(parents=True, exist_ok=True)
    evaluation = facts.evaluations[0]
    write_plots(directory / "plots", history=facts.history, evaluation=evaluation, galleries=facts.galleries)
    write_report(facts, directory / "report.html")
    numbers = evaluation.to_json()
    for undisputed in facts.evaluations[1:]:
        numbers["without_disputed"] = undisputed.to_json()
    write_text(directory / "report.json", json.dumps(numbers, indent=2) + "\n")


def command_of(plan: Plan) -> str:
    """The command line that does what a plan says.

    Example:
        >>> settings = dataclasses.replace(find_recipe("lenet-1024").config, epochs=1, seed=7)
        >>> command_of(Plan(recipe="lenet-1024", data="mnist", data_digest="", train=settings))
        'handigits train lenet-1024 --data mnist --epochs 1 --seed 7'
    """
    words = ["handigits", "train", plan.recipe, "--data", plan.data]
    base = find_recipe(plan.recipe).config
    return shlex.join(words + _flags(base, plan.train))


def _flags(base: Any, config: Any) -> list[str]:
    """The flags that turn one config into another."""
    words = []
    for entry in dataclasses.fields(config):
        before, after = getattr(base, entry.name), getattr(config, entry.name)
        if before == after:
            continue
        flag = entry.name.replace("_", "-")
        if dataclasses.is_dataclass(after):
            words += _flags(before, after)
        elif isinstance(after, bool):
            words.append(f"--{flag}" if after else f"--no-{flag}")
        else:
            words += [f"--{flag}", *map(str, after if isinstance(after, tuple) else [after])]
    return words


def _calibrate(config: TrainConfig, dataset: Dataset, fitted: "Fit", held_out: Split | None) -> dict[str, float]:
    """Undo what label smoothing did to the network's certainty; the temperature as an entry of `metrics.json`."""
    from handigits.training.temperature import set_temperature

    if not config.label_smoothing:
        return {}
    return {"temperature": round(set_temperature(fitted.model, held_out or dataset.train), 4)}


def _mistakes(measured: Mapping[str, Measured]) -> dict[str, Any]:
    """What the model has to know of the held-out images, so as to leave unanswered what it is not sure enough of."""
    if "validation" not in measured:
        return {}
    evaluation = measured["validation"].evaluation
    return {"held_out": evaluation.count, "mistakes": tuple(evaluation.coverage.mistakes.tolist())}


def _write_model(run: Run, plan: Plan, dataset: Dataset, fitted: "Fit") -> dict[str, Any]:
    """Write weights and artefact; what is known about them so far is returned, in the order of `metrics.json`."""
    from safetensors.torch import save

    from handigits.artifact.writing import write_artifact
    from handigits.models import measure_cost

    model = fitted.model.to("cpu")
    cost = measure_cost(model)
    write_bytes(run.weights, save({name: tensor.contiguous() for name, tensor in model.state_dict().items()}))
    metadata = ArtifactMetadata(
        recipe=plan.recipe,
        seed=plan.train.seed,
        data=dataset.name,
        parameters=cost.parameters,
        macs=cost.macs,
        training_seconds=round(fitted.seconds, 3),
        metrics={},
    )
    images = dataset.train.images
    parity = write_artifact(model, run.model, metadata, images[draw_indices(len(images), _PARITY_IMAGES)])
    return {
        "recipe": plan.recipe,
        "seed": plan.train.seed,
        "data": dataset.name,
        "training_seconds": round(fitted.seconds, 3),
        "total_seconds": None,
        "epochs": len(fitted.history),
        "parameters": cost.parameters,
        "macs": cost.macs,
        "parity": dataclasses.asdict(parity),
    }


def _summary(plan: Plan) -> str:
    recipe = find_recipe(plan.recipe)
    unchanged = {name: getattr(recipe.config, name) for name in WHERE_IT_RAN}
    as_written = dataclasses.replace(plan.train, **unchanged) == recipe.config
    return f"{recipe.summary}." if as_written else f"{recipe.summary}; here with other settings, listed below."


def _splits(dataset: Dataset, held_out: Split | None) -> dict[str, Split]:
    """What to measure, the headline first: test, else the held-out images, else what was trained on."""
    splits = {"test": dataset.test, "validation": held_out}
    found = {name: split for name, split in splits.items() if split is not None}
    return found or {"train": dataset.train}


def _protocol(config: TrainConfig, dataset: Dataset, held_out: Split | None, *, epochs: int) -> str:
    """How the headline was measured, in words."""
    weights = (
        "the epoch with the lowest loss on the held-out images" if config.patience else f"the last epoch ({epochs})"
    )
    averaged = ", averaged over the last steps" if config.ema else ""
    if dataset.test is not None:
        return (
            f"Weights of {weights}{averaged}, on the {len(dataset.test):,} images of {dataset.test.name}, "
            "which were read once, after training; nothing in this run was chosen by them."
        )
    if held_out is not None:
        use = "decided when to stop" if config.patience else "were only watched during training"
        return (
            f"Weights of {weights}{averaged}, on {len(held_out):,} images held out of {dataset.name}, which {use}; "
            "the data has no test split."
        )
    return (
        f"Weights of {weights}{averaged}, on the training images themselves: this says how well they were learnt, and "
        "nothing about other digits. Hold some out with --validation 5000."
    )
