import Testing

@testable import BatchSimulator

@Suite("Foreign input")
struct ForeignInputTests {
    @Test("broken at random places is answered, never trapped on", arguments: 1...4 as ClosedRange<UInt64>)
    func mutated(seed: UInt64) throws {
        let desk = try Desk {
            $0.isRateLimited = false
            $0.requestLogCapacity = 10
        }
        var corpus = RequestCorpus(seed: seed)
        var random = SeededDraw(seed: seed, stream: 1)
        let bytes = Array("\"\\{}[]:,$.-+eE0159u@/ \n\u{7f}tfn".utf8) + [0x00, 0x80, 0xC3, 0xE2, 0xF0, 0xFF]
        var statuses: [Int: Int] = [:]
        for _ in 0..<500 {
            var body = Array(corpus.body().utf8)
            // A long body has long plain strings, in which a broken byte says little.
            guard body.count < 2_000 else { continue }
            for _ in 0...Int(random.unit() * 3) {
                let place = Int(random.unit() * Double(body.count))
                let byte = bytes[Int(random.unit() * Double(bytes.count))]
                switch Int(random.unit() * 3) {
                case 0: body[place] = byte
                case 1: body.insert(byte, at: place)
                default: if body.count > 1 { body.remove(at: place) }
                }
            }
            var request = desk.request("POST", "/2.11/profiles/update")
            request.body = body
            statuses[desk.send(request).status, default: 0] += 1
        }
        #expect(Set(statuses.keys) == [202, 400], "\(statuses)")
        #expect(statuses[202, default: 0] > 5)
        // What was kept is still JSON, line by line.
        let lines = desk.get("/__sim/applied").text.split(separator: "\n").count
        #expect(desk.get("/__sim/applied").lines.count == lines)
        let profiles = desk.get("/__sim/profiles")
        #expect(profiles.lines.count == profiles.text.split(separator: "\n").count)
    }

    @Test(
        "of any method and path under the inspection prefix is answered",
        arguments: [
            "profile", "events", "profile?id=nobody", "events?id=nobody", "", "profiles/x", "applied?from=x&limit=y",
        ]
    )
    func inspection(path: String) throws {
        let desk = try Desk()
        for method in ["GET", "POST", "PUT", "DELETE"] {
            #expect([200, 400, 404].contains(desk.send(desk.request(method, "/__sim/\(path)", "[[")).status))
        }
        #expect(desk.count("calls") == 0)
    }
}
