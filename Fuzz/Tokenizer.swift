import StrataData

/// A tokenizer.json. One that is read encodes its own file and decodes it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let file = UnsafeRawBufferPointer(start: bytes, count: count)
  withFile(file) { path in
    let text = String(decoding: file, as: UTF8.self)
    if let tokenizer = try? BytePairTokenizer(contentsOf: path) {
      _ = tokenizer.decode(tokenizer.encode(text), keepingSpecialTokens: true)
    }
    if let tokenizer = try? CharacterTokenizer(contentsOf: path) { _ = tokenizer.decode(tokenizer.encode(text)) }
  }
  plantedFault(file, behind: "{\"v")
  return 0
}
