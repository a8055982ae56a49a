import StrataTensor

extension Image {
  /// Returns the image with another number of channels.
  ///
  /// Gray is (19,595 R + 38,470 G + 7,471 B) / 65,536, rounded: the luma of Rec. 601, 0.299 R + 0.587 G + 0.114 B, as PIL
  /// computes it. A colour image of a gray one has three equal channels. An alpha channel that is added is opaque.
  ///
  /// - Parameters:
  ///   - channels: 1 for gray, 2 for gray and alpha, 3 for colours, 4 for colours and alpha.
  ///   - alpha: What becomes of an alpha channel that the result has not.
  public func converted(channels: Int, alpha: AlphaRule = .dropped) -> Image {
    require(1...4 ~= channels, "Image.converted: \(channels) channels are not possible; give 1 to 4")
    if case .composited(let background) = alpha {
      requireOption("Image.converted: the background", background, .fraction)
    }
    guard channels != self.channels else { return self }
    return Image(
      width: width, height: height, channels: channels,
      samples: {
        switch samples {
        case .uint8(let samples): .uint8(converted(samples, to: channels, alpha))
        case .uint16(let samples): .uint16(converted(samples, to: channels, alpha))
        }
      }())
  }

  private func converted<Sample: FixedWidthInteger & UnsignedInteger>(
    _ samples: [Sample], to target: Int, _ rule: AlphaRule
  ) -> [Sample] {
    let opaque = Int(Sample.max)
    let (hasAlpha, isColour, keepsAlpha) = (channels % 2 == 0, channels > 2, target % 2 == 0)
    var background: Int?
    if case .composited(let gray) = rule, hasAlpha, !keepsAlpha {
      background = Int((gray * Double(opaque)).rounded())
    }
    return [Sample](unsafeUninitializedCapacity: width * height * target) { result, filled in
      samples.withUnsafeBufferPointer { samples in
        for pixel in 0..<width * height {
          let (source, place) = (pixel * channels, pixel * target)
          let alpha = hasAlpha ? Int(samples[source + channels - 1]) : opaque
          func colour(_ channel: Int) -> Int {
            let value = Int(samples[source + (isColour ? channel : 0)])
            guard let background else { return value }
            return (value * alpha + background * (opaque - alpha) + opaque / 2) / opaque
          }
          if target > 2 {
            for channel in 0..<3 { result[place + channel] = Sample(colour(channel)) }
          } else {
            let luma =
              isColour ? (19_595 * colour(0) + 38_470 * colour(1) + 7_471 * colour(2) + 32_768) >> 16 : colour(0)
            result[place] = Sample(luma)
          }
          if keepsAlpha { result[place + target - 1] = Sample(alpha) }
        }
      }
      filled = width * height * target
    }
  }
}
