"""How the default model `models/prn.onnx` is made: head, layout, labels, samples, network, export.

Run `python -m training STEP --config training/configs/cpu.toml`; `training/README.md` lists the
steps and the packages. The add-on imports nothing from here.
"""
