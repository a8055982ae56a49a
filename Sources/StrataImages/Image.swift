import StrataData
import StrataTensor

/// An image in memory: whole numbers in rows of pixels, the channels of a pixel beside each other.
///
/// ```swift
/// let image = try Image("photo.jpg")                       // 640 × 480, 3 channels
/// let x = image.converted(channels: 1).tensor()            // float32 [1, 480, 640] from 0 to 1
/// try Image(x).write(png: "gray.png")
/// ```
///
/// One channel is gray, two are gray and alpha, three are red, green and blue, four are these and alpha. A sample has 8 or
/// 16 bits.
public struct Image: Sendable, Equatable {
  /// The numbers of an image, in as many bits as its file has or 8.
  public enum Samples: Sendable, Equatable {
    /// Samples from 0 to 255.
    case uint8([UInt8])
    /// Samples from 0 to 65,535.
    case uint16([UInt16])

    /// The number of samples.
    public var count: Int {
      switch self {
      case .uint8(let samples): samples.count
      case .uint16(let samples): samples.count
      }
    }
  }

  /// The number of pixels in a row.
  public let width: Int

  /// The number of rows.
  public let height: Int

  /// The number of samples in a pixel, 1 to 4.
  public let channels: Int

  /// The samples, row by row and pixel by pixel: height · width · channels of them.
  public let samples: Samples

  /// How many pixels a file may declare unless another limit is given: 100 million.
  public static let pixelLimit = 100_000_000

  /// An image of these samples.
  public init(width: Int, height: Int, channels: Int, samples: Samples) {
    require(
      width >= 1 && height >= 1 && 1...4 ~= channels && samples.count == width * height * channels,
      "Image: \(samples.count) samples are no image of \(width) × \(height) pixels with \(channels) channels; an image "
        + "has pixels, and 1 to 4 samples for each")
    (self.width, self.height, self.channels, self.samples) = (width, height, channels, samples)
  }

  /// The bits of a sample: 8 or 16.
  public var bitDepth: Int {
    switch samples {
    case .uint8: 8
    case .uint16: 16
    }
  }

  /// The image in a PNG or JPEG file, which is detected from the content, not the name.
  ///
  /// - PNG: every colour type and depth, interlaced or not. Samples of fewer than 8 bits are scaled to 8, a palette becomes
  ///   its colours, transparency becomes an alpha channel. Gamma and colour profiles are ignored.
  /// - JPEG: gray and colour, baseline and progressive, 8 bits a sample.
  ///
  /// An image whose EXIF data says how it is turned is turned upright (in a PNG file, where that stands before the pixels).
  ///
  /// - Parameters:
  ///   - path: The path of the file.
  ///   - pixelLimit: How many pixels the file may declare.
  /// - Throws: `DataError` if the file is damaged, is of another kind, or declares more pixels than the limit or than its
  ///   bytes can hold, which is found before memory is allocated for them.
  public init(_ path: String, pixelLimit: Int = Image.pixelLimit) throws(DataError) {
    let file = try ImageBytes(path)
    self = try ImageHeader.read(file, pixelLimit: pixelLimit).decode(file)
  }
}

// MARK: - Tensors

extension Image {
  /// Returns the samples as fractions of the largest: `float32` [C, H, W] from 0 to 1.
  public func tensor() -> Tensor {
    let result = Tensor(uninitialized: [channels, height, width], dtype: .float32)
    write(to: result.mutablePointer(Float.self))
    return result
  }

  /// Writes what ``tensor()`` returns to memory.
  func write(to target: UnsafeMutablePointer<Float>) {
    func write<Sample: FixedWidthInteger>(_ samples: [Sample]) {
      let (count, largest) = (width * height, Float(Sample.max))
      samples.withUnsafeBufferPointer { samples in
        for channel in 0..<channels {
          let plane = target + channel * count
          for pixel in 0..<count { plane[pixel] = Float(samples[pixel * channels + channel]) / largest }
        }
      }
    }
    switch samples {
    case .uint8(let samples): write(samples)
    case .uint16(let samples): write(samples)
    }
  }

  /// The image of a tensor `[H, W]` or `[C, H, W]` of values 0…1, each rounded to the nearest sample; what lies outside is cut
  /// off, NaN is 0.
  ///
  /// - Parameters:
  ///   - tensor: The values, with 1 to 4 channels.
  ///   - bitDepth: The bits of a sample: 8 or 16.
  public init(_ tensor: Tensor, bitDepth: Int = 8) {
    let shape = tensor.shape
    require(
      2...3 ~= shape.rank && tensor.dtype != .int32 && shape.count > 0 && (shape.rank == 2 || shape[0] <= 4),
      "Image: \(tensor.dtype) of shape \(shape) is no image; give floating-point [H, W] or [C, H, W] with 1 to 4 channels"
    )
    require(bitDepth == 8 || bitDepth == 16, "Image: samples of \(bitDepth) bits are not possible; give 8 or 16")
    let (channels, count) = (shape.rank == 2 ? 1 : shape[0], shape[-2] * shape[-1])
    let values = tensor.elements(as: Double.self)
    func samples<Sample: FixedWidthInteger>(_: Sample.Type) -> [Sample] {
      (0..<values.count).map { index in
        let value = values[index % channels * count + index / channels]
        return Sample((max(0, min(1, value.isNaN ? 0 : value)) * Double(Sample.max)).rounded())
      }
    }
    self.init(
      width: shape[-1], height: shape[-2], channels: channels,
      samples: bitDepth == 8 ? .uint8(samples(UInt8.self)) : .uint16(samples(UInt16.self)))
  }
}

// MARK: - Writing

extension Image {
  /// Writes a PNG file of the image's depth and channels, beside the file that it replaces.
  ///
  /// - Throws: `DataError` if the file cannot be written; a file of this name is then unchanged.
  public func write(png path: String) throws(DataError) {
    let bytes = try PNGFile.encoded(self, for: path)
    let file = try OutputFile(replacing: path)
    try file.append(bytes)
    try file.commit()
  }
}

/// Writes a tensor `[H, W]` or `[C, H, W]` of values 0…1 as a PNG file.
///
/// ```swift
/// try writePNG(images[0], to: "first.png")
/// ```
///
/// - Parameters:
///   - image: The values, with 1 to 4 channels; see ``Image/init(_:bitDepth:)``.
///   - path: The path of the file.
///   - bitDepth: The bits of a sample: 8 or 16.
/// - Throws: `DataError` if the file cannot be written.
public func writePNG(_ image: Tensor, to path: String, bitDepth: Int = 8) throws(DataError) {
  try Image(image, bitDepth: bitDepth).write(png: path)
}
