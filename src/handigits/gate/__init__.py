"""The gate: is it a digit at all?

judging.py    a trained gate, by onnxruntime, without torch
training.py   how one is trained, with torch
"""

from handigits.gate.judging import GATE_INPUT, GATE_KEY, GATE_OUTPUT, SHIPPED_GATE, Gate, GateFacts

__all__ = ["GATE_INPUT", "GATE_KEY", "GATE_OUTPUT", "SHIPPED_GATE", "Gate", "GateFacts"]
