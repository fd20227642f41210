"""How `models/prn.onnx` is made: head model, labels, samples, training, export.

Run `python -m training STEP --config training/configs/cpu.toml`; `training/README.md`
lists the steps. Nothing in here is imported by the add-on.
"""
