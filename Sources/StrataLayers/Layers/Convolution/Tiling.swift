/// Output positions that a product takes together.
struct PositionTile {
  let firstRow, rows, firstColumn, columns: Int

  var count: Int { rows * columns }
}

/// How the positions of planes of some size are cut.
struct Tiling {
  /// How many positions a tile has: as many as keep a tile of patches and the product's sums in the second-level cache.
  static let width = 192

  /// How many whole planes go into one tile; 1 where a plane fills a tile or has several.
  let planes: Int
  let tiles: [PositionTile]

  /// The most columns of a tile of patches.
  let longest: Int

  init(rows: Int, columns: Int, images: Int, width: Int = Self.width) {
    let area = rows * columns
    // Parts of the images of a block of almost the same number.
    let most = max(1, min(images, width / max(1, area)))
    planes = max(1, (images + (images + most - 1) / most - 1) / max(1, (images + most - 1) / most))
    if columns > width {
      let length = Self.part(of: columns, at: width)
      tiles = (0..<rows).flatMap { row in
        stride(from: 0, to: columns, by: length).map {
          PositionTile(firstRow: row, rows: 1, firstColumn: $0, columns: min(length, columns - $0))
        }
      }
    } else {
      let count = (rows + max(1, width / columns) - 1) / max(1, width / columns)
      let height = (rows + count - 1) / count
      tiles = stride(from: 0, to: rows, by: height).map {
        PositionTile(firstRow: $0, rows: min(height, rows - $0), firstColumn: 0, columns: columns)
      }
    }
    longest = planes * (tiles.map(\.count).max() ?? 0)
  }

  /// The length of the fewest parts of almost the same length, multiples of 16, that are no longer than the limit.
  static func part(of length: Int, at limit: Int) -> Int {
    let count = (length + limit - 1) / limit
    return min(length, ((length + count - 1) / count + 15) / 16 * 16)
  }
}
