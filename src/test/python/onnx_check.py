#!/usr/bin/env python3
"""Checks files that lenet4j exported with ONNX's own checker and shape inference, and prints what is in them.

  onnx_check.py FILE...

Needs the onnx package (Debian: python3-onnx). Exits with 1 at the first file that ONNX rejects.
"""
import sys

import onnx
from google.protobuf.message import DecodeError


def shape(value):
    return "(" + ", ".join(d.dim_param or str(d.dim_value) for d in value.type.tensor_type.shape.dim) + ")"


def check(path):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    model = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
    initializers = {tensor.name for tensor in model.graph.initializer}
    for value in (*model.graph.input, *model.graph.output):
        assert value.name not in initializers, value.name
        assert value.type.tensor_type.shape.dim[0].dim_param == "batch", value.name
    print(f"{path}: accepted by onnx {onnx.__version__}; opset {model.opset_import[0].version}, IR {model.ir_version}")
    print("  " + ", ".join(f"{value.name} {shape(value)}" for value in model.graph.input) + " -> "
          + " -> ".join(node.op_type for node in model.graph.node) + " -> "
          + ", ".join(f"{value.name} {shape(value)}" for value in model.graph.output))
    for entry in model.metadata_props:
        print(f"  {entry.key}: {entry.value}")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for path in sys.argv[1:]:
        try:
            check(path)
        except (DecodeError, onnx.checker.ValidationError, onnx.shape_inference.InferenceError, AssertionError) as error:
            sys.exit(f"{path}: rejected: {error}")


if __name__ == "__main__":
    main()
