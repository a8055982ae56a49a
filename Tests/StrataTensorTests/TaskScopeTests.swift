import StrataTensor
import Testing

/// Settings and counters that apply only to the current task, since other tests run concurrently.
@Suite(.seeded) struct TaskScopeTests {
  @Test func `a number of workers holds inside the scope, and nested ones inside it`() async {
    await #expect(processExitsWith: .success) {
      Runtime.workers = 5
      withWorkers(3) {
        #expect(Runtime.workers == 3)
        withWorkers(1) { #expect(Runtime.workers == 1) }
        #expect(Runtime.workers == 3)
      }
      #expect(Runtime.workers == 5)
      await withWorkersElsewhere()
    }
  }

  @Test func `a log counts what its own task made and still lives`() async {
    let other = Task.detached { Tensor(zeros: [1000]) }
    let (kept, log) = StorageLog.recording {
      withExtendedLifetime(Tensor(zeros: [7])) {}
      return Tensor(zeros: [3, 5])
    }
    let stranger = await other.value
    withExtendedLifetime((kept, stranger)) {
      #expect(log.liveBytes() == 60)
      #expect(log.liveBytes(except: [kept]) == 0)
    }
  }
}

/// While one task is in a scope of 2 workers, another sees the process's number.
private func withWorkersElsewhere() async {
  let number = withWorkers(2) { Task.detached { Runtime.workers } }
  #expect(await number.value == 5)
}
