/// A workload to time: a name, and a function that sets up a closure that runs it once.
struct Workload: Sendable {
  let name: String

  /// The amount of work of one run, if its rate is reported.
  let amount: Amount?

  let make: @Sendable () throws -> Run

  /// The timed closure, and the closure that runs before each timing.
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
