internal import Glibc

/// Ports of 127.0.0.1 for servers that must know theirs before they start.
public enum LoopbackPorts {
    /// Ports that nobody listens on, all different.
    ///
    /// They lie below the range that the system takes for outgoing connections: a client that keeps trying a port of
    /// that range, while its server is down, may connect to itself and so take the port away.
    public static func choose(_ count: Int) -> [UInt16] {
        var generator = SystemRandomNumberGenerator()
        var chosen: Set<UInt16> = []
        while chosen.count < count {
            let port = UInt16.random(in: 15_000..<lowestOutgoingPort, using: &generator)
            if isFree(port) { chosen.insert(port) }
        }
        return Array(chosen)
    }

    /// Whether something accepts connections on a port.
    static func isOpen(_ port: UInt16) -> Bool {
        withSocket(port) { descriptor, address, length in connect(descriptor, address, length) == 0 }
    }

    private static func isFree(_ port: UInt16) -> Bool {
        withSocket(port) { descriptor, address, length in bind(descriptor, address, length) == 0 }
    }

    private static let lowestOutgoingPort: UInt16 = {
        let range = TemporaryFolder.read("/proc/sys/net/ipv4/ip_local_port_range") ?? ""
        let lowest = range.split { $0 == "\t" || $0 == " " }.first.flatMap { UInt16($0) } ?? 32_768
        return max(lowest, 16_000)
    }()

    private static func withSocket(
        _ port: UInt16,
        _ body: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Bool
    ) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body(descriptor, $0, length) }
        }
    }
}
