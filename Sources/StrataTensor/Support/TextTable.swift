/// Rows of cells as lines with aligned columns; the first row is the header, the last the total where there is one.
package func table(_ rows: [[String]], rightAligned: Set<Int>, hasTotal: Bool = true) -> String {
  let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max()! }
  var lines = rows.map { row in
    let cells = row.enumerated().map { column, cell in
      let space = String(repeating: " ", count: widths[column] - cell.count)
      return rightAligned.contains(column) ? space + cell : cell + space
    }
    let line = cells.joined(separator: "  ")
    return String(line.reversed().drop { $0 == " " }.reversed())
  }
  let rule = String(repeating: "─", count: widths.reduce(0) { $0 + $1 + 2 } - 2)
  lines.insert(rule, at: 1)
  if hasTotal { lines.insert(rule, at: lines.count - 1) }
  return lines.joined(separator: "\n")
}
