"""A trained network read by `handigits.Recognizer`."""

from benchmarks.peers.reading_protocol import measure_reader, parse_reading_options
from handigits import Recognizer


def main() -> None:
    """Load the model of a run and read."""
    options = parse_reading_options()
    recognizer = Recognizer.load(options.run, threads=options.threads)
    measure_reader(options, recognizer.probabilities, {"Recognizer.probabilities": recognizer.probabilities})


if __name__ == "__main__":
    main()
