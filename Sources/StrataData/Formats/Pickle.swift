/// The tensors of a Python pickle that `torch.save` has written, found without running any of its calls.
///
/// A pickle is a program for a machine with a stack, which may call any function of Python. Here it makes strings, numbers,
/// tuples, lists and dictionaries, and of the functions only those that a `state_dict` has, which are known by their
/// names. Any other call ends the reading with its name. Python's module `pickletools` describes the instructions.
struct Pickle {
  /// A tensor as PyTorch has it: a view of numbers that lie in a file of the archive.
  struct View {
    let storage: Storage
    let offset: Int
    let lengths: [Int]
    let strides: [Int]
  }

  /// Numbers in a file of the archive.
  struct Storage: Hashable {
    let key: String
    let type: StoredType
    let count: Int
  }

  /// What a pickle makes. Values hold others by their numbers, so that none is nested in memory.
  private enum Value {
    case none
    case number(Int)
    case text(String)
    case function(String)
    case tuple([Int])
    /// A list or a dictionary, by its number.
    case items(Int)
    case storage(Storage)
    case view(View)
  }

  private let path: String
  private let bytes: [UInt8]
  private var position = 0
  private var values: [Value] = []
  private var items: [[(name: String?, value: Int)]] = []
  private var stack: [Int] = []
  private var marks: [Int] = []
  private var memo: [Int: Int] = [:]

  /// Returns every tensor by the keys that lead to it, joined by dots; positions are those of lists. What is no tensor is
  /// left out.
  static func views(in bytes: [UInt8], path: String) throws(DataError) -> [(name: String, view: View)] {
    var pickle = Pickle(path: path, bytes: bytes)
    let result = try pickle.run()
    var (views, visits) = ([(name: String, view: View)](), 0)
    try pickle.collect(result, "", depth: 0, &visits, &views)
    return views
  }

  private init(path: String, bytes: [UInt8]) { (self.path, self.bytes) = (path, bytes) }

  private func collect(
    _ value: Int, _ name: String, depth: Int, _ visits: inout Int, _ views: inout [(name: String, view: View)]
  ) throws(DataError) {
    visits += 1 + name.utf8.count / 64
    // What holds itself, or the same many times over, has no end, or names that fill the memory.
    guard visits <= bytes.count, depth <= 64 else { throw error("values in values without an end") }
    var children: [(name: String?, value: Int)] = []
    switch values[value] {
    case .view(let view): views.append((name, view))
    case .tuple(let parts): children = parts.map { (nil, $0) }
    case .items(let number): children = items[number]
    case .none, .number, .text, .function, .storage: break
    }
    for (index, child) in children.enumerated() {
      let key = child.name ?? "\(index)"
      try collect(child.value, name.isEmpty ? key : "\(name).\(key)", depth: depth + 1, &visits, &views)
    }
  }

  private func error(_ found: String, at place: Int? = nil) -> DataError {
    DataError(
      path, .malformed(found: found, expected: "a pickle of named tensors"), at: place ?? position,
      advice: "in Python, save the tensors alone: torch.save(model.state_dict(), path)")
  }
}

// MARK: - The machine

extension Pickle {
  private mutating func run() throws(DataError) -> Int {
    while true {
      let place = position
      switch try next() {
      case 0x80: _ = try next()  // the version
      case 0x95: _ = try take(8)  // the length of a frame
      case UInt8(ascii: "."): return try pop()
      case UInt8(ascii: "("): marks.append(stack.count)
      case UInt8(ascii: "N"), 0x88, 0x89: push(.none)  // true and false too
      case UInt8(ascii: "K"): push(.number(Int(try next())))
      case UInt8(ascii: "M"): push(.number(try unsigned(2)))
      case UInt8(ascii: "J"): push(.number(Int(Int32(truncatingIfNeeded: try unsigned(4)))))
      case 0x8a: push(try long())
      case UInt8(ascii: "G"):
        _ = try take(8)  // a floating-point number
        push(.none)
      case UInt8(ascii: "X"): push(.text(try text(try unsigned(4))))
      case 0x8c: push(.text(try text(Int(try next()))))
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        items.append([])
        push(.items(items.count - 1))
      case UInt8(ascii: ")"): push(.tuple([]))
      case 0x85...0x87: push(.tuple(try pop(Int(bytes[place] - 0x84))))
      case UInt8(ascii: "t"): push(.tuple(try popToMark()))
      case UInt8(ascii: "q"): memo[Int(try next())] = try top()
      case UInt8(ascii: "r"): memo[try unsigned(4)] = try top()
      case 0x94: memo[memo.count] = try top()
      case UInt8(ascii: "h"): stack.append(try remembered(Int(try next())))
      case UInt8(ascii: "j"): stack.append(try remembered(try unsigned(4)))
      case UInt8(ascii: "c"): push(try function("\(try line()).\(try line())", at: place))
      case 0x93:
        let names = try pop(2).map { values[$0] }
        guard case .text(let module) = names[0], case .text(let name) = names[1] else {
          throw error("a function without a name", at: place)
        }
        push(try function("\(module).\(name)", at: place))
      case UInt8(ascii: "Q"): push(.storage(try storage(values[try pop()], at: place)))
      case UInt8(ascii: "R"):
        let parts = try pop(2)
        try call(values[parts[0]], values[parts[1]], at: place)
      case UInt8(ascii: "b"): _ = try pop()  // attributes, such as the versions of modules
      case UInt8(ascii: "s"): try add(try pop(2), areEntries: true, at: place)
      case UInt8(ascii: "u"): try add(try popToMark(), areEntries: true, at: place)
      case UInt8(ascii: "a"): try add(try pop(1), areEntries: false, at: place)
      case UInt8(ascii: "e"): try add(try popToMark(), areEntries: false, at: place)
      case let code: throw error("instruction \(code)", at: place)
      }
    }
  }

  /// Adds values, or keys and values, to the list or dictionary on the stack.
  private mutating func add(_ new: [Int], areEntries: Bool, at place: Int) throws(DataError) {
    guard case .items(let number) = values[try top()] else {
      throw error("entries of what is no list or dictionary", at: place)
    }
    guard areEntries else {
      items[number] += new.map { (nil, $0) }
      return
    }
    guard new.count % 2 == 0 else { throw error("a key without a value", at: place) }
    for index in stride(from: 0, to: new.count, by: 2) {
      switch values[new[index]] {
      case .text(let name): items[number].append((name, new[index + 1]))
      case .number(let key): items[number].append(("\(key)", new[index + 1]))
      default: throw error("a key that is neither a string nor a whole number", at: place)
      }
    }
  }

  /// What a `state_dict`, and the dictionaries that it is saved in, are made of.
  private static let functions: Set = [
    "collections.OrderedDict", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_parameter", "torch.Size",
    "torch.device",
  ]

  private static let storages: [String: StoredType] = [
    "torch.FloatStorage": .float32, "torch.DoubleStorage": .float64, "torch.HalfStorage": .float16,
    "torch.BFloat16Storage": .bfloat16, "torch.LongStorage": .int64, "torch.IntStorage": .int32,
    "torch.ShortStorage": .int16, "torch.CharStorage": .int8, "torch.ByteStorage": .uint8, "torch.BoolStorage": .bool,
  ]

  private func function(_ name: String, at place: Int) throws(DataError) -> Value {
    guard Self.functions.contains(name) || Self.storages[name] != nil else {
      throw error("the function \"\(name)\"", at: place)
    }
    return .function(name)
  }

  private mutating func call(_ function: Value, _ arguments: Value, at place: Int) throws(DataError) {
    guard case .function(let name) = function, case .tuple(let parts) = arguments else {
      throw error("a call of what is no function", at: place)
    }
    let parameters = parts.map { values[$0] }
    switch name {
    case "collections.OrderedDict" where parts.isEmpty:
      items.append([])
      return push(.items(items.count - 1))
    case "torch.Size", "torch.device": return push(.none)
    case "torch._utils._rebuild_parameter":
      if case .view? = parameters.first { return push(parameters[0]) }
    case "torch._utils._rebuild_tensor_v2" where parts.count >= 4:
      guard case .storage(let storage) = parameters[0], case .number(let offset) = parameters[1],
        let lengths = numbers(parameters[2]), let strides = numbers(parameters[3]),
        let view = View(storage, offset, lengths, strides)
      else { break }
      return push(.view(view))
    default: break
    }
    throw error("a call of \(name) with values that it does not take", at: place)
  }

  private func numbers(_ value: Value) -> [Int]? {
    guard case .tuple(let parts) = value else { return nil }
    let numbers = parts.compactMap { if case .number(let number) = values[$0] { number } else { nil } }
    return numbers.count == parts.count ? numbers : nil
  }

  /// The storage of a reference: ("storage", its type, its key, a device, its count of numbers).
  private func storage(_ reference: Value, at place: Int) throws(DataError) -> Storage {
    guard case .tuple(let parts) = reference, parts.count == 5, case .function(let name) = values[parts[1]],
      let type = Self.storages[name], case .text(let key) = values[parts[2]],
      case .number(let count) = values[parts[4]],
      count >= 0
    else { throw error("a reference to no storage of numbers", at: place) }
    return Storage(key: key, type: type, count: count)
  }
}

extension Pickle.View {
  /// A view whose elements are all in the storage, and are not more than that has; nil for another.
  fileprivate init?(_ storage: Pickle.Storage, _ offset: Int, _ lengths: [Int], _ strides: [Int]) {
    guard lengths.count == strides.count, lengths.count <= 64, offset >= 0 else { return nil }
    var (last, count, isEmpty) = (offset, 1, false)
    for (length, stride) in zip(lengths, strides) {
      guard length >= 0, stride >= 0 else { return nil }
      isEmpty = isEmpty || length == 0
      let (span, first) = max(0, length - 1).multipliedReportingOverflow(by: stride)
      let (sum, second) = last.addingReportingOverflow(span)
      let (product, third) = count.multipliedReportingOverflow(by: max(1, length))
      guard !first, !second, !third else { return nil }
      (last, count) = (sum, product)
    }
    guard isEmpty ? count <= 1 << 40 : last < storage.count && count <= storage.count else { return nil }
    (self.storage, self.offset, self.lengths, self.strides) = (storage, offset, lengths, strides)
  }
}

// MARK: - Values and bytes

extension Pickle {
  private mutating func push(_ value: Value) {
    stack.append(values.count)
    values.append(value)
  }

  private func top() throws(DataError) -> Int {
    guard stack.count > marks.last ?? 0, let value = stack.last else {
      throw error("an instruction without its values")
    }
    return value
  }

  private mutating func pop() throws(DataError) -> Int { try pop(1)[0] }

  /// The last values, in the order in which they were pushed.
  private mutating func pop(_ count: Int) throws(DataError) -> [Int] {
    guard stack.count - (marks.last ?? 0) >= count else { throw error("an instruction without its values") }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func popToMark() throws(DataError) -> [Int] {
    guard let mark = marks.popLast(), mark <= stack.count else { throw error("an instruction without its values") }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }

  private func remembered(_ index: Int) throws(DataError) -> Int {
    guard let value = memo[index] else { throw error("a reference to nothing") }
    return value
  }

  private mutating func next() throws(DataError) -> UInt8 { try take(1).first! }

  private mutating func take(_ count: Int) throws(DataError) -> ArraySlice<UInt8> {
    guard count <= bytes.count - position else {
      throw DataError(path, .cutShort(expected: position + count, found: bytes.count), at: bytes.count)
    }
    position += count
    return bytes[position - count..<position]
  }

  private mutating func unsigned(_ count: Int) throws(DataError) -> Int {
    try take(count).reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  /// A number of as many bytes as the first says, in two's complement.
  private mutating func long() throws(DataError) -> Value {
    let place = position
    let digits = try take(Int(try next()))
    guard digits.count <= 8 else { throw error("a number of \(digits.count) bytes", at: place) }
    let isNegative = digits.last.map { $0 >= 0x80 } ?? false
    return .number(digits.reversed().reduce(isNegative ? -1 : 0) { $0 << 8 | Int($1) })
  }

  private mutating func text(_ count: Int) throws(DataError) -> String {
    let place = position
    guard let text = String(validating: try take(count), as: UTF8.self) else {
      throw error("a text that is not UTF-8", at: place)
    }
    return text
  }

  private mutating func line() throws(DataError) -> String {
    guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) else {
      throw DataError(path, .cutShort(expected: bytes.count + 1, found: bytes.count), at: bytes.count)
    }
    let line = try text(end - position)
    position += 1
    return line
  }
}
