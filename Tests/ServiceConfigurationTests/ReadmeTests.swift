import Foundation
import ServiceConfiguration
import Testing

@Suite("README")
struct ReadmeTests {
    @Test("its table of keys is the one that the declarations give")
    func tableIsCurrent() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
        let table = ServiceSettings.keyTable
        #expect(readme.contains(table), "put this between the marks of the section Configuration:\n\(table)")
    }
}
