import Foundation
import StrataTensor
import Testing

@testable import StrataData

/// Files of `torch.save`, and what happens to those that hold more than tensors.
@Suite(.seeded) struct PyTorchFileTests {
  private func path(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../References/pytorch/\(name)").path
  }

  @Test func `a checkpoint is read as PyTorch reads it: every type, views, tied tensors, dictionaries in dictionaries`()
    throws
  {
    let tensors = try PyTorchFile.read(path("checkpoint.pt"))
    let expected = try Safetensors.read(path("checkpoint.safetensors"))
    #expect(tensors.keys.sorted() == expected.keys.sorted() && tensors.count == 37)
    for (name, tensor) in expected { #expect(tensors[name]?.isIdentical(to: tensor) == true, "\(name)") }
    #expect(tensors["others.half"]?.dtype == .float32 && tensors["others.double"]?.dtype == .float64)
    #expect(tensors["others.long"] == Tensor([1, .min] as [Int32], shape: [1, 2]))
    #expect(tensors["others.transposed"] == tensors["others.whole"]?.transposed.tensor)
    #expect(tensors["others.repeated"] == Tensor([7, 7]))
    #expect(tensors["optimizer.state.0.step"] == Tensor(repeating: 2, shape: []))
  }

  @Test func `one dictionary of a file can be read alone`() throws {
    let model = try PyTorchFile.read(path("checkpoint.pt"), under: "model")
    #expect(
      model.keys.sorted() == [
        "0.bias", "0.weight", "1.bias", "1.num_batches_tracked", "1.running_mean", "1.running_var", "1.weight",
      ])
    let error = #expect(throws: DataError.self) { try PyTorchFile.read(path("checkpoint.pt"), under: "mode") }
    #expect(error?.description.contains("no tensor under \"mode\"") == true)
  }

  @Test(arguments: [
    ("refused/harmful.pt", "the function \"__builtin__.print\""),
    ("refused/model.pt", "the function \"torch.nn.modules.container.Sequential\""),
    ("refused/endless.pt", "values in values without an end"),
    ("refused/old.pt", "a Python pickle (such as an old .pt"),
    ("mlp.safetensors", "expected"),
  ])
  func `a file that holds more than tensors, or is of another format, is refused by name`(
    name: String, words: String
  ) {
    let error = #expect(throws: DataError.self) { try PyTorchFile.read(path(name)) }
    if words != "expected" { #expect(error?.description.contains(words) == true, "\(error?.description ?? "")") }
  }

  /// Whatever a pickle says, it makes an error or names, and reads and allocates nothing beyond its bytes.
  @Test func `no damage to a pickle stops the program`() throws {
    let archive = try ZipArchive(InputFile(path("checkpoint.pt")))
    let root = try #require(archive.members.first { $0.name.hasSuffix("data.pkl") })
    let reader = try archive.reader(of: root)
    let bytes = try [UInt8](count: root.size) { buffer throws(DataError) in try reader.fill(buffer, of: root.size) }
    #expect(try Pickle.views(in: bytes, path: "").count == 37)
    for end in stride(from: 0, to: bytes.count, by: 97) {
      #expect(throws: DataError.self) { try Pickle.views(in: Array(bytes[..<end]), path: "") }
    }
    var generator = RandomGenerator(seed: 5)
    for _ in 0..<200 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        damaged[.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255, using: &generator)
      }
      _ = try? Pickle.views(in: damaged, path: "")
    }
    // Many tuples in tuples, and a list of lists that are all one: both would be endless to follow.
    let nested = [0x80, 2, UInt8(ascii: "N")] + [UInt8](repeating: 0x85, count: 100_000) + [UInt8(ascii: ".")]
    #expect(throws: DataError.self) { try Pickle.views(in: nested, path: "") }
    let again = (0..<30).flatMap { _ in [UInt8(ascii: "q"), 0, UInt8(ascii: "h"), 0, 0x86] as [UInt8] }
    #expect(throws: DataError.self) {
      try Pickle.views(in: [UInt8(ascii: "N")] + again + [UInt8(ascii: ".")], path: "")
    }
  }

  /// A tensor of more numbers than lie in the file would take memory that nothing stands for.
  @Test(arguments: [
    (offset: 0, size: 4, stride: 1, isRefused: false), (0, 5, 1, true), (1, 4, 1, true), (0, 2, 3, false),
    (0, 2, 4, true), (0, 1_000_000, 0, true), (-1, 2, 1, true), (3, 2, -1, true), (0, 0, 9, false),
    (0, Int(Int32.max), Int(Int32.max), true),
  ])
  func `a view lies within its numbers`(offset: Int, size: Int, stride: Int, isRefused: Bool) throws {
    func number(_ value: Int) -> [UInt8] {
      [UInt8(ascii: "J")] + withUnsafeBytes(of: UInt32(truncatingIfNeeded: value).littleEndian) { Array($0) }
    }
    func text(_ text: String) -> [UInt8] { [0x8c, UInt8(text.utf8.count)] + Array(text.utf8) }
    let storage =
      [UInt8(ascii: "(")] + text("storage") + Array("ctorch\nFloatStorage\n".utf8) + text("0") + text("cpu") + number(4)
      + [UInt8(ascii: "t"), UInt8(ascii: "Q")]
    let rebuild = Array("ctorch._utils\n_rebuild_tensor_v2\n".utf8)
    let bytes =
      rebuild + [UInt8(ascii: "(")] + storage + number(offset) + number(size) + [0x85] + number(stride)
      + [0x85, 0x89, UInt8(ascii: "N"), UInt8(ascii: "t"), UInt8(ascii: "R"), UInt8(ascii: ".")]
    if isRefused {
      #expect(throws: DataError.self) { try Pickle.views(in: bytes, path: "") }
    } else {
      let view = try #require(Pickle.views(in: bytes, path: "").first?.view)
      #expect(view.lengths == [size] && view.strides == [stride] && view.offset == offset)
    }
  }
}
