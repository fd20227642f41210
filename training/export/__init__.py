"""From a checkpoint to the files in `models/` that the add-on reads.

In: a checkpoint, the UV layout and, for the files beside the model, photos. Out: the model
(`position_map.onnx`), its UV layout, and the data that reconstruction needs besides. Must not know
how results are measured.
"""
