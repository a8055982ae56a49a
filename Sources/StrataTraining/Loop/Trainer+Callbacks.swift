import StrataTensor

// How a trainer runs its callbacks, and what they see of it.

extension Trainer: TrainingLoop {
  public var learningRate: Double {
    get { optimizer.learningRate }
    set { optimizer.learningRate = newValue }
  }

  public var stepsDone: Int { optimizer.stepsDone }

  public var gradientNorm: Double? { gradients.flatMap { normBeforeClipping ?? (try? $0.globalNorm()) } }

  public var judgedState: [String: Tensor] {
    get { validatedState ?? model.state }
    set { validatedState = newValue }
  }

  public var metrics: [String: Double] {
    get { history.last?.metrics ?? [:] }
    set { if !history.isEmpty { history[history.count - 1].metrics = newValue } }
  }
}

extension Trainer {
  /// The first of ``callbacks`` of a type; what is set takes its place, or comes after the others.
  ///
  /// ```swift
  /// trainer[EarlyStopping.self]?.epochsWithoutGain
  /// ```
  public subscript<C: Callback>(type: C.Type) -> C? {
    get { callbacks.lazy.compactMap { $0 as? C }.first }
    set {
      let place = callbacks.firstIndex { $0 is C } ?? callbacks.count
      callbacks.replaceSubrange(place..<min(place + 1, callbacks.count), with: newValue.map { [$0] } ?? [])
    }
  }

  /// Sets the learning rate before each step; nil to leave it to the optimizer.
  public var schedule: Schedule? {
    get { self[Schedule.self] }
    set { self[Schedule.self] = newValue }
  }

  /// Lowers the learning rate after epochs whose validation loss, else training loss, falls no longer.
  public var plateau: ReduceOnPlateau? {
    get { self[ReduceOnPlateau.self] }
    set { self[ReduceOnPlateau.self] = newValue }
  }
}

extension Trainer {
  typealias Event = (inout any Callback, inout Trainer) throws -> Void

  /// Starts a call of `fit`: what the last one left is gone, but for its patience.
  mutating func beginFit(_ patience: Int?) {
    (isFinished, failure, notes, ownCallbacks) = (resumption?.isFinished ?? false, nil, [], [])
    if let patience {
      var stopping = stopping ?? EarlyStopping(patience: patience)
      stopping.patience = patience
      ownCallbacks.append(stopping)
    }
    ownCallbacks.append(ProgressMeter(progress))
  }

  /// Ends it: every callback is called, whatever failed before, and the first failure is thrown.
  mutating func endFit() throws {
    for index in 0..<callbacks.count + ownCallbacks.count {
      do { try run({ try $0.afterTraining(&$1) }, at: index) } catch { failure = failure ?? error }
    }
    stopping = ownCallbacks.first as? EarlyStopping ?? stopping
    (ownCallbacks, epoch) = ([], nil)
    if let failure { throw failure }
  }

  /// Runs an event of each callback in order, those of `fit` itself last.
  mutating func notify(_ event: Event) throws {
    for index in 0..<callbacks.count + ownCallbacks.count { try run(event, at: index) }
  }

  /// Runs an event of one callback. It is taken out meanwhile, so that it can be changed while it changes the trainer.
  private mutating func run(_ event: Event, at index: Int) throws {
    var callback: any Callback = Vacancy()
    swap(&callback, &self[callbackAt: index])
    defer { swap(&callback, &self[callbackAt: index]) }
    do { try event(&callback, &self) } catch let error as InterruptionError {
      throw error
    } catch {
      throw CallbackError(callback: "\(type(of: callback))", underlying: error)
    }
  }

  private subscript(callbackAt index: Int) -> any Callback {
    get { index < callbacks.count ? callbacks[index] : ownCallbacks[index - callbacks.count] }
    set {
      if index < callbacks.count {
        callbacks[index] = newValue
      } else {
        ownCallbacks[index - callbacks.count] = newValue
      }
    }
  }
}

/// What stands for a callback that is taken out.
private struct Vacancy: Callback {}
