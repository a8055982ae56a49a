/// How samples are stored in a PNG file.
struct PNGLayout: Sendable {
  /// The bits of a sample, or of an index of the palette.
  let bitDepth: Int

  let colourType: Int

  /// Whether a chunk `tRNS` says which pixels are transparent, in a type that has no alpha channel.
  var hasTransparency = false

  /// The depths of each colour type: gray, colours, indices of a palette, gray and alpha, colours and alpha.
  private static let depths = [0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16]]

  /// Returns nil where the format has no such type.
  init?(bitDepth: Int, colourType: Int) {
    guard Self.depths[colourType]?.contains(bitDepth) == true else { return nil }
    (self.bitDepth, self.colourType) = (bitDepth, colourType)
  }

  /// The samples of a pixel in the file.
  var storedChannels: Int { [1, 0, 3, 1, 2, 0, 4][colourType] }

  /// The samples of a pixel of the decoded image.
  var channels: Int { colourType >= 4 ? storedChannels : (colourType == 0 ? 1 : 3) + (hasTransparency ? 1 : 0) }
}
