import Foundation
import Testing

@testable import Pipeline

@Suite("The mapping that ships")
struct ShippedMappingTests {
    private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test("the program has mappings/segment.yaml in it, byte for byte")
    func isEmbedded() throws {
        let file = try Data(contentsOf: Self.repository.appending(path: "mappings/segment.yaml"))
        #expect(Array(file) == Array(ShippedMapping.text.utf8), "copy mappings/segment.yaml into ShippedMapping.text")
    }

    @Test("no file means the same mappings, options and version as the file")
    func meansTheSame() throws {
        let path = Self.repository.appending(path: "mappings/segment.yaml").path()
        let named = try MappingSet(files: [path])
        let builtIn = try MappingSet(files: [])
        #expect(builtIn.version == named.version)
        #expect(builtIn.options == named.options)
        #expect(builtIn.entries.count == named.entries.count)
    }
}
