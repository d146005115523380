"""Sweeps and batch predictions on many machines, by Ray.

    engine.py      a Ray of this machine's own, or a cluster by its address
    shards.py      folders, CSV, Parquet and WebDataset shards -> pieces of work, written down once
    reading.py     one piece of work -> one Parquet file, whole or not at all
    predicting.py  all pieces -> actors that hold a model each
    sweeping.py    a sweep's trainings as trials of Ray Tune

Deliberately absent: schedulers, queues and retries of our own. Needs the `[cluster]` extra; nothing else imports it.
"""

__all__: list[str] = []
