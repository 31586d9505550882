import Testing
import Threads

@Suite("Threads")
struct ThreadsTests {
    @Test("a lock lets one thread at a time change its value")
    func lockExcludes() async {
        let counter = Lock(0)
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<4 {
                group.addTask {
                    await OwnThread.run(name: "count-\(index)") {
                        for _ in 0..<10_000 { counter.withLock { $0 += 1 } }
                    }
                }
            }
        }
        #expect(counter.withLock { $0 } == 40_000)
    }

    @Test("the boot clock does not go back")
    func clocksAdvance() {
        let first = Clocks.bootNanoseconds
        #expect(Clocks.bootNanoseconds >= first)
        #expect(Clocks.wallMilliseconds > 1_700_000_000_000)
    }
}
