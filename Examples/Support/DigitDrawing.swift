import Strata

/// Returns images as lines of block characters, side by side, with a caption above each.
///
/// A terminal cell is about twice as high as wide: small images take two cells per pixel, larger ones one cell for
/// two vertically adjacent pixels.
public func drawing(of images: [(image: Tensor, caption: String)], columns: Int = 80) -> String {
  guard let shape = images.first?.image.shape else { return "" }
  let (height, width) = (shape[-2], shape[-1])
  let isSmall = width <= 16
  let cells = max(isSmall ? 2 * width : width, images.map(\.caption.count).max()!)
  let perRow = max(1, (columns + 3) / (cells + 3))
  let rows = stride(from: 0, to: images.count, by: perRow).map { start in
    let some = images[start..<min(images.count, start + perRow)]
    let pictures = some.map { [$0.caption] + lines(of: $0.image, height, width, isSmall) }
    let block = pictures[0].indices.map { line in
      let text = pictures.map { $0[line].padding(to: cells) }.joined(separator: "   ")
      return String(text.reversed().drop { $0 == " " }.reversed())
    }
    return block[...(block.lastIndex { !$0.isEmpty } ?? 0)].joined(separator: "\n")
  }
  return rows.joined(separator: "\n\n")
}

private func lines(of image: Tensor, _ height: Int, _ width: Int, _ isSmall: Bool) -> [String] {
  let pixels = image.elements(as: Float.self)
  let shades: [Character] = [" ", "░", "▒", "▓", "█"]
  func shade(_ ink: Float) -> Character { shades[Int((max(0, min(1, ink)) * 4).rounded())] }
  return stride(from: 0, to: height, by: isSmall ? 1 : 2).map { y in
    let line = (0..<width).flatMap { x -> [Character] in
      let ink = pixels[y * width + x]
      if isSmall { return [shade(ink), shade(ink)] }
      return [shade(y + 1 < height ? (ink + pixels[(y + 1) * width + x]) / 2 : ink)]
    }
    return String(line)
  }
}
