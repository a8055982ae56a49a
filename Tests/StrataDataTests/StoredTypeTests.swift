import Foundation
import StrataTensor
import Testing

@testable import StrataData

@Suite(.seeded) struct `Numbers of all types in safetensors files` {
  /// A file of one tensor of this type and these bytes.
  private func read(
    _ type: StoredType, _ shape: String, _ bytes: [UInt8], only names: [String]? = nil, as dtype: DType? = nil
  ) throws -> Tensor {
    let header = "{" + record("w", shape, "[0,\(bytes.count)]", type: type.safetensorsName) + "}"
    return try withFile(safetensors(header) + bytes) { try #require(try Safetensors.read($0, as: dtype)["w"]) }
  }

  private func bytes<T: FixedWidthInteger>(_ numbers: [T]) -> [UInt8] {
    numbers.flatMap { withUnsafeBytes(of: $0.littleEndian, Array.init) }
  }

  @Test func `integers become int32`() throws {
    let numbers: [Int32] = [0, 1, 100, 127]
    let files: [(StoredType, [UInt8])] = [
      (.uint8, bytes(numbers.map(UInt8.init))), (.int8, bytes(numbers.map(Int8.init))),
      (.uint16, bytes(numbers.map(UInt16.init))), (.int16, bytes(numbers.map(Int16.init))),
      (.uint32, bytes(numbers.map(UInt32.init))), (.int32, bytes(numbers)),
      (.uint64, bytes(numbers.map(UInt64.init))), (.int64, bytes(numbers.map(Int64.init))),
    ]
    for (type, bytes) in files {
      #expect(try read(type, "[2,2]", bytes) == Tensor(numbers, shape: [2, 2]), "\(type)")
      #expect(try read(type, "[4]", bytes, as: .float32) == Tensor(numbers.map { Float($0) }), "\(type)")
      #expect(try read(type, "[4]", bytes, as: .float64) == Tensor(numbers.map { Double($0) }), "\(type)")
    }
    #expect(try read(.bool, "[3]", [0, 1, 1]) == Tensor([Int32(0), 1, 1]))
    // The counter of PyTorch's batch normalization.
    #expect(try read(.int64, "[]", bytes([Int64(1234)])) == Tensor([Int32(1234)], shape: []))
  }

  @Test func `half precision and bfloat16 become float32, exactly`() throws {
    // 0, 1, −2, the least and the largest subnormal number, the least normal one, the largest, 1/3 rounded, infinities.
    let half: [UInt16] = [0, 0x3c00, 0xc000, 1, 0x03ff, 0x0400, 0x7bff, 0x3555, 0x7c00, 0xfc00]
    let expected: [Float] = [
      0, 1, -2, 0x1p-24, 0x1.ff8p-15, 0x1p-14, 65504, 0.33325195, .infinity, -.infinity,
    ]
    #expect(try read(.float16, "[10]", bytes(half)) == Tensor(expected))
    #expect(try read(.float16, "[1]", bytes([UInt16(0x8000)])).isIdentical(to: Tensor([-0.0 as Float])))
    #expect(try read(.float16, "[1]", bytes([UInt16(0x7e01)])).elements(Float.self)[0].isNaN)
    #expect(
      try read(.float16, "[2]", bytes([UInt16(0x3c00), 0x4248]), as: .float64) == Tensor([1, 3.140625] as [Double]))
    let brain: [UInt16] = [0, 0x3f80, 0xc000, 0x4049, 0x0001, 0x7f80]
    #expect(try read(.bfloat16, "[6]", bytes(brain)) == Tensor([0, 1, -2, 3.140625, 0x1p-133, .infinity] as [Float]))
  }

  @Test func `every pattern of half precision is the number that the hardware knows`() {
    let patterns = (0...UInt16.max).map { $0 }
    let tensor = Tensor(zeros: [patterns.count])
    let misfit = patterns.withUnsafeBytes { StoredType.float16.convert($0, isBigEndian: false, to: tensor, at: 0) }
    #expect(misfit == nil)
    for (bits, value) in zip(patterns, tensor.elements(Float.self)) {
      let (sign, exponent, fraction) = (bits >> 15, Int(bits >> 10 & 31), Float(bits & 1023))
      let magnitude: Float =
        switch exponent {
        case 31: fraction == 0 ? .infinity : .nan
        case 0: fraction * 0x1p-24
        default: Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction * 0x1p-10)
        }
      guard value.isNaN == magnitude.isNaN, value.isNaN || value == (sign == 1 ? -magnitude : magnitude) else {
        Issue.record("\(bits): \(value)")
        return
      }
    }
  }

  @Test func `a number that does not fit is an error with its place and value`() throws {
    func error(
      _ type: StoredType, _ shape: String, _ bytes: [UInt8], as dtype: DType? = nil
    ) throws -> (DataError.Reason?, fromEnd: Int?) {
      let header = "{" + record("w", shape, "[0,\(bytes.count)]", type: type.safetensorsName) + "}"
      return try withFile(safetensors(header) + bytes) { path in
        let error = #expect(throws: DataError.self) { try Safetensors.read(path, as: dtype) }
        return (error?.reason, error?.offset.map { $0 - 8 - header.utf8.count })
      }
    }
    func expect(
      _ found: (DataError.Reason?, fromEnd: Int?), _ element: [Int], _ value: String, _ type: String, at offset: Int
    ) {
      #expect(found.0 == .unrepresentable(element: element, of: "w", value: value, in: type))
      #expect(found.fromEnd == offset)
    }
    let large = bytes([1, 2, 3, 4, Int64(Int32.max) + 1, .min])
    expect(try error(.int64, "[2,3]", large), [1, 1], "2147483648", "int32", at: 32)
    expect(try error(.uint64, "[1]", bytes([UInt64.max])), [0], "18446744073709551615", "int32", at: 0)
    expect(try error(.uint32, "[2]", bytes([UInt32(1), .max])), [1], "4294967295", "int32", at: 4)
    #expect(try read(.int64, "[6]", large, as: .float64).elements(Double.self).last == -0x1p63)
    #expect(try read(.uint64, "[1]", bytes([UInt64.max]), as: .float32) == Tensor([0x1p64] as [Float]))
    let doubles = bytes([1e300, 2, -.infinity, 0.5, .nan].map(\.bitPattern))
    expect(try error(.float64, "[5]", doubles, as: .float32), [0], "1e+300", "float32", at: 0)
    expect(try error(.float64, "[5]", doubles, as: .int32), [0], "1e+300", "int32", at: 0)
    expect(
      try error(.float64, "[2]", bytes([2.0, 0.5].map(\.bitPattern)), as: .int32), [1], "0.5", "int32", at: 8)
    expect(
      try error(.float32, "[]", bytes([Float.nan.bitPattern]), as: .int32), [], "nan", "int32", at: 0)
    #expect(
      try read(.float64, "[2]", bytes([-.infinity, 0.1].map(\.bitPattern)), as: .float32)
        == Tensor([-.infinity, 0.1] as [Float]))
    expect(try error(.bool, "[3]", [1, 0, 2]), [2], "2", "bool", at: 2)
  }

  @Test func `a tensor larger than a buffer has each number in its place`() throws {
    let numbers = (0..<70_000).map { Int64($0) }
    let tensor = try read(.int64, "[70000]", bytes(numbers))
    #expect(tensor.elements(Int32.self).elementsEqual(0..<70_000))
  }

  @Test func `chosen tensors are read without the others`() throws {
    let header =
      "{" + record("a", "[1]", "[0,8]", type: "I64") + "," + record("b", "[2]", "[8,10]", type: "F8_E4M3") + ","
      + record("c", "[2]", "[10,14]", type: "I16") + "}"
    let file = safetensors(header) + [UInt8](repeating: 255, count: 7) + [127, 1, 2, 3, 0, 4, 0]
    try withFile(file) { path in
      let (some, none) = (try Safetensors.read(path, only: ["c"]), try Safetensors.read(path, only: []))
      #expect(some == ["c": Tensor([Int32(3), 4])] && none.isEmpty)
      #expect(throws: DataError.self) { try Safetensors.read(path, only: ["c", "a"]) }
      let error = #expect(throws: DataError.self) { try Safetensors.read(path) }
      #expect(error?.reason == .unsupportedType(tensor: "b", type: "F8_E4M3"))
      let missing = #expect(throws: DataError.self) { try Safetensors.read(path, only: ["zzz"]) }
      #expect(missing?.reason == .noSuchName("zzz") && missing?.offset == nil && missing?.advice == nil)
    }
  }

  @Test func `checksums are of the bytes in the file, whatever they become`() throws {
    try withDirectory { directory in
      let path = directory + "/m"
      try Safetensors.write(["a": Tensor(ones: [3]), "b": Tensor(labels: [1, 2])], to: path)
      #expect(try Safetensors.read(path, as: .float64)["b"] == Tensor([1, 2] as [Double]))
      var bytes = try contents(of: path)
      bytes[bytes.count - 8] ^= 1  // a number of b
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: DataError.self) { try Safetensors.read(path, as: .float64) }
      #expect(error?.reason == .wrongChecksum(of: "tensor \"b\""))
      #expect(try Safetensors.read(path, only: ["a"]).count == 1)
    }
  }
}
