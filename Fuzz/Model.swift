import StrataData
import StrataLayers
import StrataTensor

/// A file of weights, read and loaded into a model that has parameters, statistics and a random stream. A state that is
/// refused must leave the model as it was.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = UnsafeRawBufferPointer(start: bytes, count: count)
  withFile(bytes) { path in
    guard let state = try? Safetensors.read(path) else { return }
    let before = model.state
    if (try? model.load(state)) == nil {
      precondition(model.state.allSatisfy { before[$0.key]!.isIdentical(to: $0.value) })
    }
    _ = model(Tensor(ones: [2, 1]))
    _ = model.forward(Tensor(ones: [2, 1]))
  }
  plantedFault(bytes, behind: "M!\u{0}")
  return 0
}

private let model = Sequential {
  Linear(1, 2)
  BatchNorm(2)
  Dropout(0.5)
}
