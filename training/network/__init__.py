"""The networks, their loss (`loss.py`) and the trainer (`train.py`).

In: samples, the head model, and for a warm start an earlier exported model. Out: a checkpoint with
trained weights. Must not know the add-on or how results are measured.
"""
