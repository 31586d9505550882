import RelayScenes
import TestSupport
import Testing

extension RealParts {
    @Suite("TLS to the API")
    struct TLSDeliveryTests {
        @Test(
            "an authority that is trusted delivers; another one holds, says why and commits nothing",
            .timeLimit(.minutes(3))
        )
        func authorities() async throws {
            let folder = try TemporaryFolder("tls")
            let trusted = try await Certificate(in: folder, name: "trusted")
            let untrusted = try await Certificate(in: folder, name: "untrusted")
            let simulator = try await SimulatorProcess(
                RelayScene.fast + ["--tls-certificate", trusted.path, "--tls-key", trusted.keyPath],
                authority: trusted.path
            )
            #expect(simulator.url.hasPrefix("https://127.0.0.1:"))
            let scene = try await RelayScene(simulator: simulator)
            let traffic = NumberedTraffic(200, users: 50)
            try await scene.fill(traffic.count) { traffic.record($0) }

            var settings = scene.settings
            settings.authorityFile = untrusted.path
            let held = try scene.relay(settings)
            #expect(await held.awaitLog("holding: nothing is sent"))
            #expect(held.log.contains("no connection to Batch"), "\(held.log)")
            #expect(held.log.contains("certificate"), "\(held.log)")
            #expect(try await scene.committed() == 0)
            let stopped = await held.stop()
            #expect(stopped.status == .exited(0), "\(held.log)")
            #expect(stopped.account.delivered == 0)
            #expect(stopped.account.addsUp, "\(stopped.account)")
            #expect(try await scene.committed() == 0)

            settings.authorityFile = trusted.path
            let relay = try scene.relay(settings)
            #expect(try await scene.awaitCommitted(traffic.count, by: [relay], within: .seconds(60)), "\(relay.log)")
            #expect(await relay.stop().status == .exited(0))
            try await RealParts.expectEverythingOnce(traffic, on: scene)
            await simulator.stop()
        }
    }
}

/// A certificate for 127.0.0.1 that is its own authority, made by `openssl`.
struct Certificate {
    let path: String
    let keyPath: String

    init(in folder: TemporaryFolder, name: String) async throws {
        path = folder.path("\(name).pem")
        keyPath = folder.path("\(name).key")
        let making = try ChildProcess(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=\(name)", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", keyPath, "-out", path,
            ]
        )
        let status = await making.wait(within: .seconds(30))
        guard status == .exited(0) else {
            throw IntegrationError("openssl made no certificate: \(making.standardError)")
        }
    }
}
