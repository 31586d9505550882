import JSONDocument
import Observability
import StableHash

/// Messages of an imagined shop, for the demo: many users, all message types, and some of everything that goes wrong.
///
/// The same count, seed and time give the same messages. No real person is in them: the addresses are under `example.com`,
/// the phone numbers in a range that is reserved for fiction.
public struct SampleTraffic: Sendable, RandomAccessCollection {
    /// One message.
    public struct Message: Sendable {
        /// The record's key: the user's id, so that the user's messages stay in one partition; nil without a user.
        public let key: [UInt8]?
        /// The record's value.
        public let value: [UInt8]
    }

    /// How many messages there are.
    public let count: Int
    /// How many users they are from.
    public let userCount: Int
    let seed: Int
    let nowMilliseconds: Int64

    /// Describes the messages; each is made when it is asked for.
    ///
    /// - Parameters:
    ///   - count: how many messages, 1 or more.
    ///   - seed: other seeds give other messages.
    ///   - nowMilliseconds: the time of the last message, milliseconds since 1970; the first one is ten minutes older.
    public init(count: Int, seed: Int, nowMilliseconds: Int64) {
        self.count = Swift.max(1, count)
        self.seed = seed
        self.nowMilliseconds = nowMilliseconds
        userCount = Swift.max(10, count / 12)
    }

    /// The place of the first message.
    public var startIndex: Int { 0 }

    /// The place behind the last message.
    public var endIndex: Int { count }

    /// The message at a place.
    public subscript(place: Int) -> Message { SampleMessage(traffic: self, place: place).message }

    /// A number below `bound` that depends on the seed, the place and what it is for alone.
    func draw(_ purpose: StaticString, _ place: Int, below bound: Int) -> Int {
        Int(xxh3("\(seed) \(purpose) \(place)") % UInt64(bound))
    }

    /// When the message was made.
    func timeMilliseconds(of place: Int) -> Int64 {
        nowMilliseconds - Int64(count - 1 - place) * 600_000 / Int64(count)
    }
}

/// How one sample message is written.
private struct SampleMessage {
    let traffic: SampleTraffic
    let place: Int
    private let user: Int
    private var writer = JSONWriter()

    init(traffic: SampleTraffic, place: Int) {
        self.traffic = traffic
        self.place = place
        // Squared, so that a few users have much of the traffic, as in life.
        let share = traffic.draw("user", place, below: 1_000_000)
        user = place == 0 ? 0 : traffic.userCount * share / 1_000_000 * share / 1_000_000
    }

    var message: SampleTraffic.Message {
        var copy = self
        return copy.make()
    }

    private func draw(_ purpose: StaticString, below bound: Int) -> Int { traffic.draw(purpose, place, below: bound) }

    private func pick(_ purpose: StaticString, _ words: [String]) -> String {
        words[draw(purpose, below: words.count)]
    }

    private var userID: String { "user-\(1_000 + user)" }

    // The remainders are odd ones, so that the rare kinds fall on different places.
    private mutating func make() -> SampleTraffic.Message {
        if place == 0 { return keyed(example()) }
        if place % 211 == 100 { return traffic[place - 1] }
        if place % 499 == 50 { return unusable(place / 499) }
        if place % 97 == 13 { return keyed(faulty(place / 97)) }
        if place % 53 == 7 { return keyed(group()) }
        if place % 41 == 5 { return SampleTraffic.Message(key: nil, value: anonymous()) }
        if place % 331 == 40 { return keyed(track(ageMilliseconds: 2 * 86_400_000)) }
        switch draw("kind", below: 100) {
        case ..<15: return keyed(identify { $0.profile() })
        case ..<75: return keyed(track(ageMilliseconds: 0))
        case ..<95: return keyed(view("page"))
        default: return keyed(view("screen"))
        }
    }

    private func keyed(_ value: [UInt8]) -> SampleTraffic.Message {
        SampleTraffic.Message(key: Array(userID.utf8), value: value)
    }

    // MARK: What every message has

    private mutating func begin(_ type: String, hasUser: Bool = true, ageMilliseconds: Int64 = 0) {
        writer.beginObject()
        text("type", type)
        text(hasUser ? "userId" : "anonymousId", hasUser ? userID : "anonymous-\(place)")
        text("messageId", "message-\(traffic.seed)-\(place)")
        let time = UTCTimestamp(milliseconds: traffic.timeMilliseconds(of: place) - ageMilliseconds)
        text("timestamp", time.description)
    }

    private mutating func end() -> [UInt8] {
        writer.endObject()
        return writer.bytes
    }

    private mutating func context(timezone: String? = nil) {
        let home = Self.homes[user % Self.homes.count]
        writer.name("context")
        writer.beginObject()
        text("locale", home.locale)
        text("timezone", timezone ?? home.timezone)
        writer.endObject()
    }

    private mutating func text(_ name: String, _ value: String) {
        writer.name(name)
        writer.string(value)
    }

    private mutating func integer(_ name: String, _ value: Int) {
        writer.name(name)
        writer.integer(value)
    }

    // MARK: Good messages

    /// The first message: short enough to be shown beside its operation.
    private mutating func example() -> [UInt8] {
        writer.beginObject()
        text("type", "identify")
        text("userId", userID)
        writer.name("traits")
        writer.beginObject()
        text("email", "ada@example.com")
        text("phone", "+33 6 39 98 00 01")
        writer.name("email_marketing")
        writer.boolean(true)
        text("favoriteColor", "green")
        text("site", "https://ada.example")
        text("lastOrder", "")
        writer.endObject()
        writer.name("context")
        writer.beginObject()
        text("locale", "fr-FR")
        writer.endObject()
        return end()
    }

    private mutating func identify(_ traits: (inout SampleMessage) -> Void) -> [UInt8] {
        begin("identify")
        writer.name("traits")
        writer.beginObject()
        traits(&self)
        writer.endObject()
        context()
        return end()
    }

    private mutating func profile() {
        let first = Self.firstNames[user % Self.firstNames.count]
        let last = Self.lastNames[user / Self.firstNames.count % Self.lastNames.count]
        text("firstName", first)
        text("lastName", last)
        text("email", "\(first.lowercased()).\(last.lowercased()).\(1_000 + user)@example.com")
        text("plan", pick("plan", ["free", "premium", "family"]))
        integer("loyaltyPoints", draw("points", below: 5_000))
        writer.name("email_marketing")
        writer.boolean(draw("consent", below: 4) > 0)
        writer.name("interests")
        writer.beginArray()
        for interest in Self.interests.dropFirst(draw("interests", below: 4)) { writer.string(interest) }
        writer.endArray()
    }

    private mutating func track(ageMilliseconds: Int64) -> [UInt8] {
        begin("track", ageMilliseconds: ageMilliseconds)
        text("event", pick("event", ["Product Viewed", "Product Added", "Order Completed", "Search Done"]))
        writer.name("properties")
        writer.beginObject()
        text("sku", "sku-\(draw("sku", below: 900) + 100)")
        integer("quantity", draw("quantity", below: 4) + 1)
        // Whole cents, so that no rounding depends on the machine.
        writer.name("price")
        let cents = draw("price", below: 20_000) + 199
        writer.raw(Array("\(cents / 100).\(cents % 100 < 10 ? "0" : "")\(cents % 100)".utf8).span)
        text("currency", "EUR")
        writer.endObject()
        context()
        return end()
    }

    private mutating func view(_ type: String) -> [UInt8] {
        begin(type)
        let name = pick("page", ["Home", "Category", "Product", "Cart", "Checkout"])
        text("name", name)
        writer.name("properties")
        writer.beginObject()
        if type == "page" { text("url", "https://shop.example.com/\(name.lowercased())") }
        text("referrer", pick("referrer", ["search", "newsletter", "direct"]))
        writer.endObject()
        context()
        return end()
    }

    // MARK: Messages that are not for Batch

    private mutating func group() -> [UInt8] {
        begin("group")
        text("groupId", "company-\(user % 20)")
        return end()
    }

    private mutating func anonymous() -> [UInt8] {
        begin("page", hasUser: false)
        text("name", "Home")
        return end()
    }

    // MARK: Messages with faults

    /// One field is wrong, each time another; the rest of the message is good.
    private mutating func faulty(_ number: Int) -> [UInt8] {
        switch number % 7 {
        case 0: return identify { $0.fault("email", "ada@") }
        case 1: return identify { $0.fault("phone", "06 39 98 00 01") }
        case 2: return identify { $0.fault("biography", String(repeating: "long ", count: 70)) }
        case 3: return identify { $0.fault("email_marketing", "sometimes") }
        case 4:
            return identify { message in
                message.text("plan", "premium")
                message.writer.name("orders")
                message.writer.beginArray()
                message.writer.beginObject()
                message.integer("total", 20)
                message.writer.endObject()
                message.writer.endArray()
            }
        case 5:
            begin("track")
            text("event", "Coupon Applied")
            writer.name("properties")
            writer.beginObject()
            text("code", "SPRING")
            writer.name("discount")
            writer.null()
            writer.endObject()
            return end()
        default:
            begin("page")
            text("name", "Home")
            context(timezone: "GMT+2")
            return end()
        }
    }

    private mutating func fault(_ name: String, _ value: String) {
        text(name, value)
        text("plan", "premium")
    }

    /// Nothing of it can be sent: a dead letter.
    private mutating func unusable(_ number: Int) -> SampleTraffic.Message {
        switch number % 3 {
        case 0: return keyed(Array(identify { $0.profile() }.dropLast(20)))
        case 1:
            begin("track")
            text("event", "Subscription Renewal Reminder Sent")
            return keyed(end())
        default: return SampleTraffic.Message(key: nil, value: Array("checkout failed: out of memory".utf8))
        }
    }

    // MARK: Words

    private static let homes = [
        (locale: "fr-FR", timezone: "Europe/Paris"), (locale: "en-GB", timezone: "Europe/London"),
        (locale: "de-DE", timezone: "Europe/Berlin"), (locale: "es-ES", timezone: "Europe/Madrid"),
        (locale: "en-US", timezone: "America/New_York"),
    ]
    private static let firstNames = ["Ada", "Alan", "Blaise", "Edith", "Emmy", "Grace", "Leonhard", "Marie", "Sophie"]
    private static let lastNames = ["Bernard", "Clarke", "Duval", "Fischer", "Garcia", "Keller", "Moreau", "Novak"]
    private static let interests = ["books", "music", "garden", "sports"]
}
