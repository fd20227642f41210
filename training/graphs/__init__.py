"""Neural networks as lists of operations: reads TensorFlow Lite files, writes ONNX files.

In: MediaPipe's network files. Out: a `Graph` of numpy weights, and ONNX nodes made of it. Must not
know heads, photos or PyTorch.
"""
