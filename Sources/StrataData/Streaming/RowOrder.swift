import StrataTensor

/// The numbers of rows in the order of one pass, made block by block.
struct RowOrder {
  private let count: Int
  private let length: Int
  private let shuffling: Shuffling
  private let request: BatchRequest
  /// The blocks that are left, the next one last, and the rows that are left of the block that was begun.
  private var blocks: [Int]
  private var rows: ArraySlice<Int> = []

  init(of count: Int, _ shuffling: Shuffling, for request: BatchRequest) {
    let shuffling = request.epoch == nil ? .none : shuffling
    switch shuffling {
    case .full: length = max(1, count)
    case .none: length = 1 << 16
    case .blocks(let length):
      require(length >= 1, "Shuffling: blocks of \(length) rows are not possible; give 1 or more")
      self.length = length
    }
    let blockCount = (count + length - 1) / length
    let order =
      shuffling == .none ? nil : request.epoch.map { permutation(of: blockCount, epoch: $0, seed: request.seed) }
    (self.count, self.shuffling, self.request) = (count, shuffling, request)
    blocks = (order ?? Array(0..<blockCount)).reversed()
  }

  /// Takes out the next rows, fewer only at the end.
  mutating func next(_ wanted: Int) -> [Int] {
    var taken: [Int] = []
    while taken.count < wanted {
      if rows.isEmpty {
        guard let block = blocks.popLast() else { break }
        rows = order(of: block)[...]
      }
      let part = rows.prefix(wanted - taken.count)
      taken += part
      rows = rows.dropFirst(part.count)
    }
    return taken
  }

  /// Leaves out rows, without an order for the blocks that are left out whole.
  mutating func skip(_ unwanted: Int) {
    var rest = unwanted - rows.count
    rows = rows.dropFirst(unwanted)
    while rest > 0, let block = blocks.popLast() {
      let extent = rowNumbers(of: block)
      if rest < extent.count { rows = order(of: block)[...].dropFirst(rest) }
      rest -= extent.count
    }
  }

  private func rowNumbers(of block: Int) -> Range<Int> { block * length..<min(count, (block + 1) * length) }

  private func order(of block: Int) -> [Int] {
    let extent = rowNumbers(of: block)
    guard shuffling != .none, let epoch = request.epoch else { return Array(extent) }
    let place = shuffling == .full ? -1 : block
    return permutation(of: extent.count, epoch: epoch, seed: request.seed, block: place).map { extent.lowerBound + $0 }
  }
}

extension BatchStream {
  /// The batches of rows that are read from files.
  package init(
    rows count: Int, _ shuffling: Shuffling, for request: BatchRequest, labels: Labels? = nil,
    read: @escaping ([Int]) throws -> Batch
  ) {
    var order = RowOrder(of: count, shuffling, for: request)
    let (whole, remainder) = count.quotientAndRemainder(dividingBy: request.batchSize)
    let keepsRest = request.keepsRemainder && remainder > 0
    self.init(
      count: whole + (keepsRest ? 1 : 0),
      rowCounts: (whole > 0 ? [request.batchSize] : []) + (keepsRest ? [remainder] : []),
      inputs: nil, labels: labels, omit: { order.skip($0 * request.batchSize) },
      next: {
        let rows = order.next(request.batchSize)
        return rows.count < (request.keepsRemainder ? 1 : request.batchSize) ? nil : try read(rows)
      })
  }
}
