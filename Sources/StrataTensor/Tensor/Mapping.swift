// Functions of each element and of each row, in this tensor's memory where nobody else holds it.

extension Tensor {
  /// f of every element.
  package consuming func mapped(by kernel: UnaryKernel) -> Tensor {
    func run<T: ElementScalar>(_: T.Type) {
      guard let f = T.unary(kernel) else { refuseIntegers(kernel.rawValue) }
      overwriteElements { count, _, x, y in f(count, x, y) }
    }
    dtype.withScalar { run($0) }
    return self
  }

  /// f of every element, with the function's parameter where it has one.
  package consuming func mapped(by kernel: ActivationKernel, _ parameter: Double = 0) -> Tensor {
    func run<T: KernelScalar>(_: T.Type) {
      let (f, p) = (T.activation(kernel).forward, T(parameter))
      overwriteElements { count, _, x, y in f(count, p, x, y) }
    }
    dtype.withKernels(for: kernel.rawValue) { run($0) }
    return self
  }

  /// f of every row along the last axis.
  package consuming func mapped(by kernel: RowActivationKernel) -> Tensor {
    func run<T: KernelScalar>(_: T.Type) {
      let f = T.activation(kernel).forward
      overwriteRows(kernel.rawValue) { rows, width, _, x, y in f(rows, width, x, y) }
    }
    dtype.withKernels(for: kernel.rawValue) { run($0) }
    return self
  }

  /// dy · f'(x), dy being this tensor, given what the kernel is written in, y = f(x) or x.
  package consuming func multiplied(
    byDerivative kernel: ActivationKernel, _ parameter: Double = 0, at kept: Tensor
  ) -> Tensor {
    requireGradient(of: kernel.rawValue, kept.shape, kept.dtype)
    func run<T: KernelScalar>(_: T.Type) {
      let (f, p, kept) = (T.activation(kernel).backward, T(parameter), kept.pointer(T.self))
      overwriteElements { count, start, dy, dx in f(count, p, dy, kept + start, dx) }
    }
    dtype.withKernels(for: kernel.rawValue) { run($0) }
    return self
  }

  /// The vector-Jacobian product of a function of rows, this tensor being dy, given y.
  package consuming func multiplied(byJacobian kernel: RowActivationKernel, at y: Tensor) -> Tensor {
    requireGradient(of: kernel.rawValue, y.shape, y.dtype)
    func run<T: KernelScalar>(_: T.Type) {
      let (f, y) = (T.activation(kernel).backward, y.pointer(T.self))
      overwriteRows(kernel.rawValue) { rows, width, start, dy, dx in f(rows, width, dy, y + start, dx) }
    }
    dtype.withKernels(for: kernel.rawValue) { run($0) }
    return self
  }

  /// Gives `body` blocks of elements: how many, where the first stands, the old ones and the place of the new.
  private mutating func overwriteElements<T: ElementScalar>(
    _ body: (_ count: Int, _ start: Int, _ old: UnsafePointer<T>, _ new: UnsafeMutablePointer<T>) -> Void
  ) {
    overwrite { old, new in
      let (x, y) = (old.pointer(T.self), new.mutablePointer(T.self))
      parallel(overElements: old.count) { range in
        let start = range.lowerBound
        body(range.count, start, x + start, y + start)
      }
    }
  }

  /// Gives `body` blocks of rows along the last axis: how many, their length, where the first element stands, the
  /// old elements and the place of the new.
  private mutating func overwriteRows<T: KernelScalar>(
    _ name: String,
    _ body: (_ rows: Int, _ width: Int, _ start: Int, _ old: UnsafePointer<T>, _ new: UnsafeMutablePointer<T>) -> Void
  ) {
    let shape = shape
    require(shape.rank > 0, "\(name): works along the last axis, and a tensor of shape \(shape) has none")
    if count == 0 { return }
    let (width, rows) = (shape[-1], count / shape[-1])
    overwrite { old, new in
      let (x, y) = (old.pointer(T.self), new.mutablePointer(T.self))
      parallel(over: rows, grain: Swift.max(1, elementGrain / width)) { range in
        let start = range.lowerBound * width
        body(range.count, width, start, x + start, y + start)
      }
    }
  }
}
