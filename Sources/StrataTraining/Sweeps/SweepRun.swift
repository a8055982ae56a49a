import Foundation
import StrataTensor

/// The trials of a sweep at work.
struct SweepRun {
  let body: @Sendable (SweepTrial) throws -> Double
  let journal: SweepJournal?
  let atOnce: Int
  let progress: ProgressDisplay

  /// What the threads share: the trials that have not begun, those that have ended, and what ends the sweep.
  private struct State: Sendable {
    var waiting: ArraySlice<SweepTrial>
    var ended: [SweepResult.Outcome]
    var failure: (any Error)?
  }

  /// Returns the outcome of each trial: from the journal, or by running it.
  func outcomes(of trials: [SweepTrial]) throws -> [SweepResult.Outcome] {
    let known = trials.compactMap { trial in
      journal?.outcomes.first { $0.trial == trial.number && $0.budget == trial.budget }
    }
    let waiting = trials.filter { trial in !known.contains { $0.trial == trial.number } }
    let state = SharedState(State(waiting: waiting[...], ended: known))
    let threads = DispatchGroup()
    let workers = max(1, Runtime.workers / atOnce)
    for _ in 0..<min(atOnce, waiting.count) {
      threads.enter()
      let thread = Thread { [self] in
        while let trial = state.value.withLock({ $0.failure == nil ? $0.waiting.popFirst() : nil }) {
          run(trial, workers, state)
        }
        threads.leave()
      }
      thread.stackSize = 8 << 20  // as a program's first thread has
      thread.start()
    }
    threads.wait()
    return try state.value.withLock { state in
      if let failure = state.failure { throw failure }
      return state.ended
    }
  }

  private final class SharedState: Sendable {
    let value: Lock<State>
    init(_ state: State) { value = Lock(state) }
  }

  private func run(_ trial: SweepTrial, _ workers: Int, _ state: SharedState) {
    let result = Result { try withWorkers(workers) { try withSeed(trial.seed) { try body(trial) } } }
    var (score, failure): (Double?, String?)
    switch result {
    case .success(let value): score = value
    case .failure(let error) where error is InterruptionError:
      return state.value.withLock { $0.failure = error }
    case .failure(let error): failure = "\(error)"
    }
    let outcome = SweepResult.Outcome(
      trial: trial.number, budget: trial.budget, values: trial.values, score: score, failure: failure)
    state.value.withLock { state in
      do { try journal?.add(outcome) } catch { state.failure = state.failure ?? error }
      state.ended.append(outcome)
      let values = trial.values.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
      progress.write("trial \(trial.number): \(score.map { "\($0)" } ?? "failed: \(failure!)")  (\(values))\n")
    }
  }
}
