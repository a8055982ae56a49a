"""Times inference with ONNX Runtime."""

from peers import harness

settings = harness.options("ONNX Runtime")

import numpy as np  # noqa: E402
import onnxruntime  # noqa: E402
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from peers.data import normal, weights  # noqa: E402
from peers.workloads import Activation, Inference, Linear, Model  # noqa: E402


def graph(model: Model, inputs: int) -> bytes:
    """A model of ONNX, of any batch."""
    nodes, constants, name = [], [], "x"
    for index, (layer, w) in enumerate(zip(model, weights(model), strict=True)):
        output = f"y{index}"
        match layer:
            case Linear():
                constants += [numpy_helper.from_array(w[key], f"{key}{index}") for key in ("w", "b")]
                nodes.append(helper.make_node("Gemm", [name, f"w{index}", f"b{index}"], [output]))
            case Activation("relu"):
                nodes.append(helper.make_node("Relu", [name], [output]))
            case _:
                raise NotImplementedError(layer)
        name = output
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["B", inputs])
    y = helper.make_tensor_value_info(name, TensorProto.FLOAT, ["B", None])
    opset = helper.make_opsetid("", 17)
    made = helper.make_model(
        helper.make_graph(nodes, "model", [x], [y], constants), opset_imports=[opset], ir_version=8)  # fmt: skip
    return made.SerializeToString()


class ONNXRuntime(harness.Peer):
    """ONNX Runtime's provider for CPUs, with all its optimizations of the graph."""

    name = "onnxruntime"
    version = f"onnxruntime {onnxruntime.__version__}"

    def inference(self, workload: Inference) -> harness.Step:
        session_options = onnxruntime.SessionOptions()
        session_options.intra_op_num_threads = settings.threads
        session_options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(
            graph(workload.model, workload.shape[1]), session_options, providers=["CPUExecutionProvider"])  # fmt: skip
        inputs: dict[str, np.ndarray] = {"x": normal(workload.shape)}
        return lambda: session.run(None, inputs)


harness.run(ONNXRuntime(), settings)
