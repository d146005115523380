"""The 15 labels among MNIST's test digits that annotators found wrong or undecidable.

Nothing is chosen with them and no figure leaves them out unless it says so.

Reference: C. Northcutt, A. Athalye, J. Mueller, "Pervasive Label Errors in Test Sets Destabilize Machine Learning
Benchmarks", 2021.
"""

__all__ = ["DISPUTED"]

DISPUTED = (947, 1621, 1901, 2130, 2462, 2597, 2654, 3520, 3558, 5937, 6651, 6783, 8527, 9679, 9729)
"""Indices among the 10,000 test digits."""
