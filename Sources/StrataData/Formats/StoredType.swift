import StrataTensor

/// A type that numbers have in a file. Tensors have three types, into which the others are converted.
///
/// By default a number becomes one of the type ``dtype``. To a floating-point type it is rounded to nearest, to `int32` it
/// must be whole; a number that the tensor's type cannot hold is an error with its place and value, never another number.
public enum StoredType: String, Sendable, CaseIterable {
  /// One byte of 0 or 1.
  case bool
  case uint8, int8, uint16, int16, uint32, int32, uint64, int64
  /// IEEE half precision.
  case float16
  /// The upper half of a `float32`.
  case bfloat16
  case float32, float64

  /// The bytes of one number.
  public var byteCount: Int {
    switch self {
    case .bool, .uint8, .int8: 1
    case .uint16, .int16, .float16, .bfloat16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64: 8
    }
  }

  /// The type of a tensor of such numbers where no other is asked for: `int32` for integers of any size and `bool`,
  /// `float64` for `float64`, `float32` for the other floating-point types.
  public var dtype: DType {
    switch self {
    case .bool, .uint8, .int8, .uint16, .int16, .uint32, .int32, .uint64, .int64: .int32
    case .float16, .bfloat16, .float32: .float32
    case .float64: .float64
    }
  }

  /// The type of a tensor's elements, as they are.
  init(_ dtype: DType) {
    switch dtype {
    case .float32: self = .float32
    case .float64: self = .float64
    case .int32: self = .int32
    }
  }
}

// MARK: - Conversion

extension StoredType {
  /// The first number that a tensor's type cannot hold.
  typealias Misfit = (index: Int, value: String)

  /// Converts numbers into elements of a tensor, from `start` on; what does not fit is left out and returned.
  ///
  /// - Parameters:
  ///   - bytes: The numbers, aligned to their size.
  ///   - isBigEndian: Whether the high byte of a number comes first.
  ///   - isScaled: Whether unsigned bytes become fractions of 255.
  ///   - tensor: What nobody else holds.
  ///   - start: The element of the first number.
  func convert(
    _ bytes: UnsafeRawBufferPointer, isBigEndian: Bool, isScaled: Bool = false, to tensor: Tensor, at start: Int
  ) -> Misfit? {
    @inline(__always)
    func run<Bits: FixedWidthInteger, To: TensorScalar>(_ value: (Bits) -> To?) -> (index: Int, bits: Bits)? {
      let (source, target) = (bytes.assumingMemoryBound(to: Bits.self), tensor.mutablePointer(To.self, at: start))
      var misfit: Int?
      func bits(_ index: Int) -> Bits { isBigEndian ? source[index].bigEndian : source[index].littleEndian }
      for index in source.indices {
        if let number = value(bits(index)) { target[index] = number } else { misfit = misfit ?? index }
      }
      return misfit.map { ($0, bits($0)) }
    }
    @inline(__always)
    func integers<I: FixedWidthInteger>(_: I.Type) -> Misfit? {
      let misfit: (index: Int, bits: I)? =
        switch tensor.dtype {
        case .float32: run { Float($0) }
        case .float64: run { Double($0) }
        case .int32: run { Int32(exactly: $0) }
        }
      return misfit.map { ($0, "\($1)") }
    }
    @inline(__always)
    func floats<Bits: FixedWidthInteger, F: BinaryFloatingPoint>(_ number: (Bits) -> F) -> Misfit? {
      let misfit: (index: Int, bits: Bits)? =
        switch tensor.dtype {
        case .float32:
          run { bits in
            let (wide, x) = (number(bits), Float(number(bits)))
            return x.isInfinite && wide.isFinite ? nil : x
          }
        case .float64: run { Double(number($0)) }
        case .int32: run { Int32(exactly: number($0)) }
        }
      return misfit.map { ($0, "\(number($1))") }
    }
    switch self {
    case .bool:
      if let index = bytes.firstIndex(where: { $0 > 1 }) { return (index, "\(bytes[index])") }
      return integers(UInt8.self)
    case .uint8 where isScaled: return run { (x: UInt8) in Float(x) / 255 }.map { ($0, "\($1)") }
    case .uint8: return integers(UInt8.self)
    case .int8: return integers(Int8.self)
    case .uint16: return integers(UInt16.self)
    case .int16: return integers(Int16.self)
    case .uint32: return integers(UInt32.self)
    case .int32: return integers(Int32.self)
    case .uint64: return integers(UInt64.self)
    case .int64: return integers(Int64.self)
    case .float16: return floats(Self.half)
    case .bfloat16: return floats { (bits: UInt16) in Float(bitPattern: UInt32(bits) << 16) }
    case .float32: return floats { (bits: UInt32) in Float(bitPattern: bits) }
    case .float64: return floats { (bits: UInt64) in Double(bitPattern: bits) }
    }
  }

  /// The value of a number in half precision: 1 bit of sign, 5 of exponent with a bias of 15, 10 of fraction.
  private static func half(_ bits: UInt16) -> Float {
    let (sign, rest) = (UInt32(bits & 0x8000) << 16, UInt32(bits & 0x7fff) << 13)
    if rest >= 0x0f80_0000 { return Float(bitPattern: sign | 0x7f80_0000 | rest & 0x007f_ffff) }  // infinity and NaN
    // In the place of a float32's, the exponent is too small by 112, that of a number below 2⁻¹⁴ too.
    return Float(bitPattern: sign | rest) * 0x1p112
  }
}
