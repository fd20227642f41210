"""How the default model, models/position_map.onnx, is made: from head and layout to the export.

Run `python -m training STEP --config training/configs/cpu.toml`; `training/README.md` lists the
steps and the packages. The add-on imports nothing from here.
"""
