/// How a camera was held: the eight values of EXIF's tag 274.
enum Orientation: Int {
  case upright = 1
  case mirrored, turnedHalf, flipped, transposed, turnedLeft, transversed, turnedRight

  /// Whether rows of the file are columns of the upright image.
  var swapsAxes: Bool { rawValue >= 5 }

  /// Reads the first directory of EXIF data, which is a TIFF file. What cannot be read is ignored: no pixel depends on it.
  init(exif bytes: ArraySlice<UInt8>) {
    self = .upright
    let bytes = Array(bytes)
    let isLittle = bytes.starts(with: [0x49, 0x49, 42, 0])
    guard isLittle || bytes.starts(with: [0x4D, 0x4D, 0, 42]) else { return }
    func number(_ offset: Int, _ count: Int) -> Int? {
      guard offset + count <= bytes.count else { return nil }
      let part = bytes[offset..<offset + count]
      return (isLittle ? part.reversed() : Array(part)).reduce(0) { $0 << 8 | Int($1) }
    }
    guard let directory = number(4, 4), let count = number(directory, 2) else { return }
    let entries = (0..<count).lazy.map { directory + 2 + 12 * $0 }
    // A value of the type SHORT stands in the first two bytes of its field.
    guard let entry = entries.first(where: { number($0, 2) == 274 && number($0 + 2, 2) == 3 }),
      let orientation = number(entry + 8, 2).flatMap(Orientation.init(rawValue:))
    else { return }
    self = orientation
  }
}

extension Image {
  /// Returns the image upright.
  func turned(_ orientation: Orientation) -> Image {
    guard orientation != .upright else { return self }
    let isTurned = orientation.swapsAxes
    return Image(
      width: isTurned ? height : width, height: isTurned ? width : height, channels: channels,
      samples: {
        switch samples {
        case .uint8(let samples): .uint8(turned(samples, orientation))
        case .uint16(let samples): .uint16(turned(samples, orientation))
        }
      }())
  }

  private func turned<Sample>(_ samples: [Sample], _ orientation: Orientation) -> [Sample] {
    let flipsRows = [.turnedHalf, .flipped, .turnedLeft, .transversed].contains(orientation)
    let flipsColumns = [.mirrored, .turnedHalf, .transversed, .turnedRight].contains(orientation)
    let (rows, columns) = orientation.swapsAxes ? (width, height) : (height, width)
    var result: [Sample] = []
    result.reserveCapacity(samples.count)
    for row in 0..<rows {
      for column in 0..<columns {
        let (y, x) = orientation.swapsAxes ? (column, row) : (row, column)
        let place = (flipsRows ? height - 1 - y : y) * width + (flipsColumns ? width - 1 - x : x)
        result += samples[place * channels..<(place + 1) * channels]
      }
    }
    return result
  }
}
