"""The peers: what people train and read digits with elsewhere, as their own examples do it.

Each file is a program that is run in a process of its own and writes JSON objects to stdout, one on a line. They are
written from the facts of the examples (network, optimiser, batch), and none of them imports handigits, but for
`pytorch_reading`, which needs the network to compare with. Those of Keras run in `.venv-peers`; see `environment`.
"""
