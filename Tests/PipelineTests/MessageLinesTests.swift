import Pipeline
import Testing

@Suite("Messages over several lines")
struct MessageLinesTests {
    @Test(
        "go on in lines that are indented or close a bracket, and nowhere else",
        arguments: [
            (["{", "  \"a\": 1", "}"], 1), (["[", "\t1", "]"], 1), (["{\"a\":1}", "  {\"a\":1}"], 2),
            (["{\"a\":{", "{\"a\":1}", "{\"a\":1}"], 3), (["{", "\"a\": 1", "}"], 3), (["{\"a\": \"{", "  x"], 2),
            (["{\"a\": \"\\\"}\",", "  \"b\": 1", "}", "{}"], 2), (["}", " {"], 2), (["{", "}", "{", "}"], 2),
        ]
    )
    func divides(_ lines: [String], _ count: Int) {
        var messages = 0
        var shape = MessageLines()
        for line in lines {
            if shape.isContinued(by: line.utf8) {
                shape.add(line.utf8)
            } else {
                messages += 1
                shape.begin(line.utf8)
            }
        }
        #expect(messages == count)
    }

    @Test(
        "are open until their last bracket is closed",
        arguments: [("{", true), ("{}", false), ("{\"a", false), ("", false)]
    )
    func open(_ line: String, _ isOpen: Bool) {
        var shape = MessageLines()
        shape.begin(line.utf8)
        #expect(shape.isOpen == isOpen)
    }
}
