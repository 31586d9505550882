import JSONDocument
import TestSupport

/// Messages as a browser's analytics library writes them: about 1 250 bytes, a third of them identify, the rest track.
struct AnalyticsMessages {
    private var random: SeededRandom
    private let userCount: Int
    private let time: String

    /// - Parameters:
    ///   - seed: the same seed gives the same messages.
    ///   - userCount: how many users; the low ones come more often.
    ///   - time: the timestamp of all messages, RFC 3339.
    init(seed: UInt64, userCount: Int, time: String) {
        random = SeededRandom(seed: seed)
        self.userCount = userCount
        self.time = time
    }

    /// The next message, and the user's number.
    mutating func next(_ number: Int) -> (user: Int, text: [UInt8]) {
        let skew = Double(random.number(below: 1_000_000)) / 1e6
        let user = Int(skew * skew * Double(userCount))
        var writer = JSONWriter()
        writer.beginObject()
        member("anonymousId", String(repeating: "0a1b2c3d", count: 4), &writer)
        context(&writer)
        writer.name("integrations")
        writer.beginObject()
        writer.endObject()
        member("messageId", "ajs-next-\(number)-\(random.next())", &writer)
        for name in ["receivedAt", "sentAt", "originalTimestamp", "timestamp"] { member(name, time, &writer) }
        member("userId", "user-\(user)", &writer)
        if random.number(below: 100) < 35 { identify(&writer) } else { track(&writer) }
        writer.endObject()
        return (user, writer.bytes)
    }

    private func member(_ name: String, _ value: String, _ writer: inout JSONWriter) {
        writer.name(name)
        writer.string(value)
    }

    private func context(_ writer: inout JSONWriter) {
        writer.name("context")
        writer.beginObject()
        member("ip", "203.0.113.9", &writer)
        member("locale", "fr-FR", &writer)
        member("timezone", "Europe/Paris", &writer)
        member(
            "userAgent",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36",
            &writer
        )
        writer.name("page")
        writer.beginObject()
        member("path", "/products/blue-suede-shoes", &writer)
        member("referrer", "https://www.google.com/", &writer)
        member("search", "?utm=1", &writer)
        member("title", "Blue suede shoes", &writer)
        member("url", "https://shop.example.com/products/blue-suede-shoes?utm=1", &writer)
        writer.endObject()
        writer.name("library")
        writer.beginObject()
        member("name", "analytics.js", &writer)
        member("version", "4.1.0", &writer)
        writer.endObject()
        writer.endObject()
    }

    private mutating func identify(_ writer: inout JSONWriter) {
        member("type", "identify", &writer)
        writer.name("traits")
        writer.beginObject()
        member("email", "someone@example.com", &writer)
        member("firstName", "Zoé", &writer)
        member("lastName", "Martin", &writer)
        member("plan", "pro", &writer)
        writer.name("logins")
        writer.integer(random.number(below: 100))
        member("createdAt", "2024-02-03T10:11:12Z", &writer)
        writer.name("address")
        writer.beginObject()
        member("city", "Lyon", &writer)
        member("postalCode", "69001", &writer)
        member("country", "France", &writer)
        writer.endObject()
        writer.name("interests")
        writer.beginArray()
        writer.string("shoes")
        writer.string("bags")
        writer.endArray()
        writer.name("vip")
        writer.boolean(false)
        writer.endObject()
    }

    private mutating func track(_ writer: inout JSONWriter) {
        member("type", "track", &writer)
        member("event", "Product Viewed", &writer)
        writer.name("properties")
        writer.beginObject()
        member("product_id", "507f1f77bcf86cd799439011", &writer)
        for (name, value) in [
            ("sku", "G-32"), ("category", "Shoes"), ("name", "Blue suede"), ("brand", "Elvis"), ("variant", "blue"),
            ("currency", "EUR"), ("url", "https://shop.example.com/p/1"),
            ("image_url", "https://shop.example.com/p/1.jpg"),
        ] { member(name, value, &writer) }
        writer.name("price")
        writer.raw(Array("18.99".utf8).span)
        writer.name("quantity")
        writer.integer(random.number(in: 1...5))
        writer.name("position")
        writer.integer(random.number(in: 1...40))
        writer.endObject()
    }
}
