import Foundation
import StrataTensor
import Testing

@testable import StrataData

private let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .appending(path: "References/formats")

private func files(_ kind: String) -> [String] {
  let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
  return names.filter { $0.hasSuffix(kind) }.map { String($0.dropLast(kind.count)) }.sorted()
}

/// Files that numpy and the Python package safetensors wrote: Tests/References/make_formats.py.
@Suite(.seeded) struct `Files of numpy and safetensors` {
  @Test func `are there`() {
    #expect(files(".npy").count == 38 && files(".npz").count == 9)
  }

  @Test(arguments: files(".npy")) func `npy: have the numbers that numpy reads`(_ name: String) throws {
    let path = folder.appending(path: "\(name).npy").path
    let expected = try #require(
      try Safetensors.read(folder.appending(path: "expected.safetensors").path, only: [name])[name])
    #expect(try NPY.read(path, as: .float64).isIdentical(to: expected))
    let tensor = try NPY.read(path)
    #expect(tensor.isIdentical(to: expected.converted(to: tensor.dtype)))
    #expect(tensor.dtype == (name.contains("f8") || name == "fortran_row" ? .float64 : dtype(of: name)))
    let isWhole = tensor.dtype == .int32
    if isWhole { #expect(try NPY.read(path, as: .float32).isIdentical(to: expected.converted(to: .float32))) }
    // Rows on demand are the same numbers.
    guard tensor.rank > 0, !name.hasPrefix("fortran") || tensor.rank == 1 else { return }
    let stored = try StoredArray(npy: path, as: .float64)
    #expect(try stored.rows(0..<stored.count).isIdentical(to: expected))
  }

  private func dtype(of name: String) -> DType {
    ["f2", "f4", "version", "half"].contains { name.contains($0) } ? .float32 : .int32
  }

  @Test(arguments: files(".npz")) func `npz: have the arrays that numpy reads`(_ name: String) throws {
    let arrays = try NPZ.read(folder.appending(path: "\(name).npz").path)
    #expect(
      arrays == [
        "x": Tensor([0, 0.25, 0.5, 0.75, 1, 1.25] as [Float], shape: [2, 3]), "labels": Tensor([Int32(3), 1, 2]),
        "flags": Tensor([Int32(1), 0], shape: [2, 1]), "scalar": Tensor([2.5 as Double], shape: []),
        "größe": Tensor([Int32(7)]),
      ])
    let one = try NPZ.read(folder.appending(path: "\(name).npz").path, only: ["labels"], as: .float32)
    #expect(one == ["labels": Tensor([3, 1, 2] as [Float])])
  }

  @Test func `safetensors: every type has the same numbers, and those of 8 bits are refused by name`() throws {
    let path = folder.appending(path: "types.safetensors").path
    let error = #expect(throws: DataError.self) { try Safetensors.read(path) }
    guard case .unsupportedType(let tensor, let type) = error?.reason else {
      Issue.record("\(error as Any)")
      return
    }
    #expect(tensor.hasPrefix("float8") && type.hasPrefix("F8_E"))
    let names = StoredType.allCases.map(\.rawValue)
    let tensors = try Safetensors.read(path, only: names + ["num_batches_tracked"])
    let expected = try Safetensors.read(folder.appending(path: "expected.safetensors").path)
    let kinds: [StoredType: String] = [
      .bool: "b1", .int8: "i1", .uint8: "u1", .int16: "i2", .uint16: "u2", .int32: "i4", .uint32: "u4", .int64: "i8",
      .uint64: "u8", .float16: "f2", .float32: "f4", .float64: "f8",
    ]
    for (type, kind) in kinds {
      let tensor = try #require(tensors[type.rawValue])
      #expect(tensor.dtype == type.dtype)
      #expect(tensor == expected["little_\(kind)"]?.converted(to: type.dtype), "\(type)")
    }
    #expect(
      tensors["bfloat16"]
        == Tensor([0, 1.5, -2, 0.099_609_375, .infinity, -.infinity] as [Float], shape: [2, 3]))
    #expect(tensors["num_batches_tracked"] == Tensor([Int32(1000)], shape: []))
  }
}
