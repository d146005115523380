"""A trained network read by PyTorch itself: the same weights, eager, in inference mode."""

import json

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file

from benchmarks.peers.reading_protocol import measure_reader, parse_reading_options
from handigits.models import as_chain, build_model

BATCHES = (64, 256, 1000)


def main() -> None:
    """Load the weights of a run and read."""
    options = parse_reading_options()
    torch.set_num_threads(options.threads)
    config = json.loads((options.run / "config.json").read_text(encoding="utf-8"))["train"]
    model = as_chain(build_model(config["architecture"], dropout=config["dropout"], normalize=config["normalize"]))
    model.load_state_dict(load_file(options.run / "weights.safetensors"))
    model.eval()

    @torch.inference_mode()
    def read(images: NDArray[np.uint8], batch: int = 1000) -> NDArray[np.float32]:
        parts = torch.split(torch.from_numpy(images), batch)
        return torch.cat([torch.softmax(model(part.unsqueeze(1).float().div(255)), dim=1) for part in parts]).numpy()

    ways = {f"batches of {batch}": lambda images, batch=batch: read(images, batch) for batch in BATCHES}
    measure_reader(options, read, ways)


if __name__ == "__main__":
    main()
