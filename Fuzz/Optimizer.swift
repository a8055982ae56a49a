import StrataData
import StrataLayers
import StrataTensor
import StrataTraining

/// A file of an optimizer's memory, read and loaded; then a step is made from it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = UnsafeRawBufferPointer(start: bytes, count: count)
  withFile(bytes) { path in
    guard let state = try? Safetensors.read(path) else { return }
    var optimizer = Adam(for: model)
    guard (try? optimizer.load(state)) != nil else { return }
    var gradients = Gradients()
    gradients.add(Tensor(ones: [1, 1]), to: model.weight)
    try? optimizer.update(along: gradients)
    _ = optimizer.stepsDone
  }
  plantedFault(bytes, behind: "O!\u{0}")
  return 0
}

private let model = Linear(1, 1, bias: false)
