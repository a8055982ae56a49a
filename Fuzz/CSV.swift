import StrataData

/// The bytes of a CSV file. Blocks of rows are together what the table is, and what is written is read again.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = UnsafeRawBufferPointer(start: bytes, count: count)
  withFile(bytes) { path in
    guard let table = try? Table(csv: path) else { return }
    do {
      let reader = try CSVReader(path)
      var rows = 0
      while let block = try reader.next(rows: 3) { rows += block.rowCount }
      precondition(rows == table.rowCount)
      _ = "\(table.describe())"
      try table.write(csv: path)
      let again = try Table(csv: path, as: CSV(delimiter: ",", hasHeader: true))
      precondition(again.rowCount == table.rowCount && again.columns.count == table.columns.count)
    } catch {
      fatalError("\(error)")
    }
  }
  plantedFault(bytes, behind: "x;\"")
  return 0
}
