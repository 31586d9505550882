import Foundation
import TestSupport
import Testing

/// The package as the package manager sees it.
private struct Manifest: Decodable {
    struct Target: Decodable {
        let name: String
        let type: String
        let dependencies: [Dependency]
    }

    /// `{"byName": ["JSONDocument", null]}`
    struct Dependency: Decodable {
        let byName: [String?]
    }

    let targets: [Target]
}

@Suite("Package graph")
struct PackageGraphTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private func manifest() async throws -> Manifest {
        let folder = try TemporaryFolder()
        // A scratch folder of its own: the one in use is locked by the test run.
        let child = try ChildProcess(
            "/usr/bin/env",
            ["swift", "package", "dump-package", "--package-path", Self.root.path(), "--scratch-path", folder.path]
        )
        let status = await child.wait(within: .seconds(60))
        #expect(status == .exited(0))
        return try JSONDecoder().decode(Manifest.self, from: Data(child.standardOutput.utf8))
    }

    @Test("a module imports only what stands above it, and each C library is imported by one module")
    func dependenciesPointOneWay() async throws {
        let manifest = try await manifest()
        let modules = manifest.targets.filter { $0.type != "test" }
        let places = Dictionary(uniqueKeysWithValues: modules.enumerated().map { ($1.name, $0) })
        var owners: [String: [String]] = [:]
        for module in modules {
            for dependency in module.dependencies.compactMap({ $0.byName.first ?? nil }) {
                let isAbove = (places[dependency] ?? .max) < (places[module.name] ?? 0)
                #expect(isAbove, "\(module.name) imports \(dependency), which stands below it")
                if manifest.targets.contains(where: { $0.name == dependency && $0.type == "system-target" }) {
                    owners[dependency, default: []].append(module.name)
                }
            }
        }
        // The C library's own shim also starts the tests' child processes.
        owners["CSystem"]?.removeAll { $0 == "TestSupport" }
        for (library, modules) in owners { #expect(modules.count == 1, "\(library) is imported by \(modules)") }
        let simulator = modules.first { $0.name == "BatchSimulator" }
        let allowed: Set = ["HTTPServer", "Observability", "JSONDocument"]
        #expect(Set(simulator?.dependencies.compactMap { $0.byName.first ?? nil } ?? []) == allowed)
    }

    @Test("the executable links no more of Foundation than its essentials")
    func linksEssentialsOnly() async throws {
        let child = try ChildProcess("/usr/bin/env", ["ldd", TestExecutable.batchrelay])
        #expect(await child.wait(within: .seconds(30)) == .exited(0))
        let libraries = child.standardOutput.split(separator: "\n").filter { $0.contains("libFoundation") }
        #expect(libraries.allSatisfy { $0.contains("libFoundationEssentials") }, "\(libraries)")
    }
}
