"""The networks, their loss (`loss.py`) and the trainer (`train.py`).

In: samples, the head model and its points. Out: a checkpoint with trained weights. Must not know
ONNX contracts of the add-on or how results are measured.
"""
