import StrataTensor

// How a module runs a module that it holds. What stops or is observed in the child is reported under its place.

extension Module {
  /// Runs a child's forward: in ``Module/inference(_:)`` its inference.
  ///
  /// - Parameters:
  ///   - child: The module to run, which this one holds.
  ///   - place: Where it stands here: its position among the children of a ``Container``, else its property's name.
  ///   - x: The child's input.
  /// - Returns: The child's output, and its cache for ``backward(_:at:_:_:_:)`` or ``accumulate(_:at:_:_:_:)``.
  public func forward<Child: Module>(
    _ child: Child, at place: Place, _ x: consuming Child.Input
  ) -> (Child.Output, any CacheBox) {
    place.enter()
    defer { Place.leave() }
    return child.forwardBoxed(x)
  }

  /// Runs a child's backward and returns dL by its input. Where nobody wants that, ``accumulate(_:at:_:_:_:)`` saves
  /// the work.
  public func backward<Child: Module>(
    _ child: Child, at place: Place, _ dy: consuming Child.Output, _ cache: consuming any CacheBox,
    _ gradients: inout Gradients
  ) -> Child.Input {
    place.enter()
    defer { Place.leave() }
    return child.backwardBoxed(dy, cache, &gradients)
  }

  /// Runs a child's backward for its parameters alone: the first of a chain, or behind a child that
  /// `stopsGradient`.
  public func accumulate<Child: Module>(
    _ child: Child, at place: Place, _ dy: consuming Child.Output, _ cache: consuming any CacheBox,
    _ gradients: inout Gradients
  ) {
    place.enter()
    defer { Place.leave() }
    child.accumulateBoxed(dy, cache, &gradients)
  }

  /// Runs a child in inference, where nothing is kept.
  public func infer<Child: Module>(_ child: Child, at place: Place, _ x: consuming Child.Input) -> Child.Output {
    place.enter()
    defer { Place.leave() }
    guard let observer = LayerObservation.observer else { return child(x) }
    let (path, input) = (Place.currentPath, observer.tensors(of: x))
    observer.willRun(child, at: path)
    let y = child(x)
    observer.didRun(child, at: path, input: input, output: observer.tensors(of: y), cache: nil)
    return y
  }
}

extension Module {
  package func forwardBoxed(_ x: consuming Input) -> (Output, any CacheBox) {
    guard let observer = LayerObservation.observer else {
      let (y, cache) = Inference.isRunning ? inference(x) : forward(x)
      return (y, TypedCacheBox(cache))
    }
    let (path, input) = (Place.currentPath, observer.tensors(of: x))
    observer.willRun(self, at: path)
    let (y, cache) = Inference.isRunning ? inference(x) : forward(x)
    let box = TypedCacheBox(cache)
    observer.didRun(
      self, at: path, input: input, output: observer.tensors(of: y), cache: observer.readsTensors ? box : nil)
    return (y, box)
  }

  package func backwardBoxed(
    _ dy: consuming Output, _ box: consuming any CacheBox, _ gradients: inout Gradients
  ) -> Input {
    guard let observer = LayerObservation.observer else {
      return backward(dy, TypedCacheBox<Cache>.open(box), &gradients)
    }
    let (path, cotangent) = (Place.currentPath, observer.tensors(of: dy))
    observer.willReverse(self, at: path)
    let dx = backward(dy, TypedCacheBox<Cache>.open(box), &gradients)
    observer.didReverse(self, at: path, dy: cotangent, dx: observer.tensors(of: dx))
    return dx
  }

  package func accumulateBoxed(
    _ dy: consuming Output, _ box: consuming any CacheBox, _ gradients: inout Gradients
  ) {
    guard let observer = LayerObservation.observer else {
      return accumulate(dy, TypedCacheBox<Cache>.open(box), &gradients)
    }
    let (path, cotangent) = (Place.currentPath, observer.tensors(of: dy))
    observer.willReverse(self, at: path)
    accumulate(dy, TypedCacheBox<Cache>.open(box), &gradients)
    observer.didReverse(self, at: path, dy: cotangent, dx: nil)
  }
}

extension LayerObserver {
  /// The tensors of a group, none for an observer that does not read them.
  fileprivate func tensors(of group: borrowing some TensorGroup) -> [Tensor] {
    readsTensors ? (copy group).tensors : []
  }
}
