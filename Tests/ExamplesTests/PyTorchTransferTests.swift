import ExampleSupport
import Foundation
import Strata
import Testing

@testable import PyTorchTransfer

/// Runs of `pytorch-transfer` in this process.
@Suite(.seeded) struct PyTorchTransferTests {
  private func run(_ arguments: String...) -> (code: Int32, output: [String], errors: [String]) {
    let (output, errors) = (Lines(), Lines())
    let io = ExampleIO(output: { output.add($0) }, errors: { errors.add($0) })
    let code = runExample(arguments, io: io, transferDigits)
    return (code, output.all, errors.all.filter { !$0.contains("debug build") })
  }

  private func figure(_ name: String, in line: String?) throws -> Double {
    let object = try JSONSerialization.jsonObject(with: Data(#require(line).utf8)) as? [String: Any]
    return try #require(object?[name] as? Double)
  }

  @Test func `PyTorch's layers make more of few images`() throws {
    let file = FileManager.default.temporaryDirectory.path + "/strata-\(UUID().uuidString).safetensors"
    defer { try? FileManager.default.removeItem(atPath: file) }
    let (code, output, errors) = run(
      "--quiet", "--json", "--epochs", "4", "--images", "60", "--batch", "10", "--save", file)
    #expect(code == 0 && errors.isEmpty && output.count == 1)
    #expect(try figure("test_accuracy", in: output.last) > figure("plain_test_accuracy", in: output.last))
    #expect(try figure("test_accuracy", in: output.last) > 0.6)

    // The frozen layers are still PyTorch's, to the last bit, and what was saved can be gone on from.
    let (saved, bundled) = (
      try Safetensors.read(file),
      try Safetensors.read(CommonSettings.bundled("pytorch/digits-0-4.safetensors", "a file"))
    )
    #expect(saved.keys.count { $0.hasPrefix("features.") } == 12)
    for (name, tensor) in saved where name.hasPrefix("features.") {
      #expect(bundled[name]?.isIdentical(to: tensor) == true, "\(name)")
    }
    #expect(saved["classifier.2.weight"]?.shape == [10, 64])
    let again = run("--quiet", "--json", "--epochs", "0", "--weights", file)
    #expect(try figure("test_accuracy", in: again.output.last) == figure("test_accuracy", in: output.last))
  }

  @Test func `the report shows what the file has not`() {
    let text = run("--epochs", "0").output.joined(separator: "\n")
    for part in [
      "classifier.2.weight: the model has shape [10, 64], the state [5, 64]", "what fits was loaded", "Test accuracy",
    ] { #expect(text.contains(part), "\(part)") }
  }

  @Test func `weights of another network are refused`() throws {
    let file = FileManager.default.temporaryDirectory.path + "/strata-\(UUID().uuidString).safetensors"
    defer { try? FileManager.default.removeItem(atPath: file) }
    try Safetensors.write(Linear(2, 2).pytorchState, to: file)
    let (code, output, errors) = run("--quiet", "--weights", file)
    #expect(code == 65 && output.isEmpty && errors.count == 1)
    #expect(errors[0].hasPrefix("pytorch-transfer: \(file): PyTorch's state does not fit the model"))
  }
}
