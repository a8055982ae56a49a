/// Something to time: a name, and how to set up a closure that does it once.
struct Workload: Sendable {
  let name: String

  /// What one run amounts to, where its rate is worth telling.
  let amount: Amount?

  let make: @Sendable () throws -> Run

  /// What is timed, and what goes before each time of it.
  typealias Run = (prepare: () -> Void, timed: () throws -> Void)

  init(_ name: String, amount: Amount? = nil, _ make: @escaping @Sendable () throws -> () throws -> Void) {
    self.name = name
    self.amount = amount
    self.make = { ({}, try make()) }
  }

  init(_ name: String, prepared make: @escaping @Sendable () -> Run) {
    self.name = name
    amount = nil
    self.make = make
  }
}
