import Foundation
import TestSupport

/// Messages in the shapes that SDKs and shops write: nested addresses, arrays of products, odd casing, nulls, huge bags of
/// properties, non-Latin text, numbers as text. From a seed, all alike on every machine.
struct ProducerMessages {
    private var random: SeededRandom

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    /// Those written by hand, a line each.
    static func handwritten() throws -> [String] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "Fixtures/producer-messages.jsonl"
        )
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    /// One message as JSON.
    mutating func next() -> String {
        let type = pick([
            "identify", "identify", "track", "track", "track", "page", "screen", "Identify", "TRACK", "group",
        ])
        var members = ["\"type\":\"\(type)\"", "\"messageId\":\"ajs-\(random.number(below: 1 << 30))\""]
        members.append(
            "\"userId\":\(pick(["\"u\(random.number(below: 50))\"", "\"u-é\"", "\(random.number(below: 9_999))", "\"a@b.io\""]))"
        )
        members.append("\"anonymousId\":\"\(random.number(below: 1 << 30))\"")
        let time = "2026-11-21T\(pick(["06", "10", "11"])):0\(random.number(below: 10)):00"
        let zone = pick(["Z", ".123Z", "+00:00", "-01:00"])
        members.append(
            "\"timestamp\":\(pick(["\"\(time)\(zone)\"", "\"\(time)\(zone)\"", "1795255200", "null", "\"2026-11-19T10:00:00Z\""]))"
        )
        members.append("\"sentAt\":\"\(time)Z\",\"receivedAt\":\"\(time)Z\",\"version\":\(random.number(below: 3))")
        members.append("\"context\":\(context())")
        switch type.lowercased() {
        case "identify", "group": members.append("\"traits\":\(traits())")
        case "track": members.append("\"event\":\"\(pick(Self.events))\",\"properties\":\(properties())")
        default:
            members.append(
                "\"name\":\(pick(["\"Home\"", "\"商品\"", "null", "\"\""])),\"category\":\(pick(["\"Docs\"", "null"]))"
            )
            members.append("\"properties\":\(properties())")
        }
        if random.isTrue(probability: 0.2) {
            members.append("\"integrations\":{\"All\":\(pick(["true", "false"])),\"Batch\":true}")
        }
        return "{\(members.joined(separator: ","))}"
    }

    /// A flat row of a warehouse, with some columns that are not flat.
    mutating func row() -> String {
        var members = ["\"custom_id\":\(pick(["\"u\(random.number(below: 50))\"", "7", "\"u é\""]))"]
        if random.isTrue(probability: 0.3) {
            members.append("\"event_name\":\(pick(["\"paid\"", "\"Paid\"", "\"\"", "5", "null"]))")
            members.append(
                "\"event_time\":\(pick(["\"2026-11-21T10:00:00Z\"", "\"2026-11-01T10:00:00Z\"", "null", "\"soon\""]))"
            )
        }
        members.append(
            "\"$email_address\":\(pick(["\"a@b.io\"", "\"a@\"", "null"])),\"$region\":\(pick(["\"FR\"", "\"fr\""]))"
        )
        members.append("\"a_column_with_a_name_that_is_longer_than_sixty_four_bytes_and_so_is_cut\":1")
        let more = object(0, 12).dropFirst().dropLast()
        if !more.isEmpty { members.append(String(more)) }
        return "{\(members.joined(separator: ","))}"
    }

    // MARK: Parts

    private static let events = [
        "Order Completed", "orderCompleted", "ORDER_COMPLETED", "Product Added", "Products Searched", "Cart Viewed",
        "Application Opened", "購入完了", "Checkout Step Viewed", "signed-up", "Coupon Applied!", "Video Playback Started",
        "Subscription Renewal Reminder Sent", "$purchase", "résumé téléchargé",
    ]
    private static let keys = [
        "plan", "Plan", "planName", "plan_name", "PLAN NAME", "first name", "firstName", "last_name", "company", "年齢",
        "имя",
        "prénom", "utm_source", "utmCampaign", "$os", "is-vip", "LTV", "lifetimeValue", "orderCount", "2fa", "a.b.c",
        "id",
        "createdAt", "created_at", "birthday", "avatar", "website", "description", "notes", "preferredStores", "tags",
        "abTestVariantOfTheCheckoutPageV2", "", " ", "_", "emoji😀", "date(born)", "url(home)", "date(Bad)", "score%",
    ]
    private static let scalars = [
        "null", "true", "false", "0", "1", "-3", "12.50", "1e3", "9007199254740993", "123456789012345678901234567890",
        "\"\"", "\" \"", "\"gold\"", "\"12\"", "\"12,50 €\"", "\"1 234,56\"", "\"true\"", "\"N/A\"", "\"東京\"",
        "\"Привет\"",
        "\"مرحبا\"", "\"שלום\"", "\"👩‍👩‍👧 family\"", "\"two\\nlines\"", "\"tab\\there\"", "\"\\u0000nul\"",
        "\"quote \\\" and \\\\\"",
        "\"2026-01-31\"", "\"2026-01-31T09:00:00Z\"", "\"2026-01-31T09:00:00+05:30\"", "\"31/01/2026\"", "1700000000",
        "\"https://example.com/p?a=1&b=ü#x\"", "\"HTTP://EXAMPLE.COM\"", "\"//cdn.example.com/a.png\"",
        "\"example.com\"",
        "\"ftp://files.example.com/x\"",
    ]

    private mutating func pick(_ elements: [String]) -> String { random.element(of: elements) ?? "" }

    private mutating func scalar() -> String {
        if random.isTrue(probability: 0.04) { return "\"\(String(repeating: pick(["x", "é", "字"]), count: 301))\"" }
        return pick(Self.scalars)
    }

    private mutating func value(_ depth: Int) -> String {
        switch random.number(below: depth > 4 ? 7 : 12) {
        case 0...6: return scalar()
        case 7: return object(depth + 1, random.number(below: 4))
        case 8: return list(depth + 1)
        case 9: return "[\((0..<random.number(below: 40)).map { "\"t\($0 % 27)\"" }.joined(separator: ","))]"
        case 10: return "[]"
        default: return "{}"
        }
    }

    private mutating func list(_ depth: Int) -> String {
        let kind = random.number(below: 4)
        var items: [String] = []
        for _ in 0..<random.number(below: 5) {
            switch kind {
            case 0: items.append(scalar())
            case 1: items.append(object(depth, random.number(below: 4)))
            case 2: items.append(value(depth))
            default: items.append(pick(["\"S\"", "\"M\"", "\"L\"", "38", "null"]))
            }
        }
        return "[\(items.joined(separator: ","))]"
    }

    private mutating func object(_ depth: Int, _ count: Int) -> String {
        var seen: Set<String> = []
        var members: [String] = []
        for _ in 0..<count {
            let key = pick(Self.keys)
            guard seen.insert(key).inserted else { continue }
            members.append("\"\(key)\":\(value(depth))")
        }
        return "{\(members.joined(separator: ","))}"
    }

    private mutating func product(_ index: Int) -> String {
        """
        {"product_id":"\(index)","sku":"45790-\(index)","name":"\(pick(["Monopoly", "ウノ", "Шахматы", "Jeu d’échecs"]))",\
        "price":\(pick(["19", "18.99", "\"18,99\"", "null"])),"quantity":\(pick(["1", "\"2\"", "null"])),\
        "category":\(pick(["\"Games\"", "[\"Games\",\"Board\"]", "null", "{\"id\":7,\"parent\":{\"id\":1,\"root\":{\"id\":0}}}"])),\
        "url":"https://www.example.com/product/\(index)","image_url":\(pick(["\"https://www.example.com/i.jpg\"", "\"\"", "null"])),\
        "variants":\(pick(["[]", "[{\"size\":\"M\",\"stock\":null}]", "[\"M\",\"L\"]", "[[1]]"]))}
        """
    }

    private mutating func properties() -> String {
        switch random.number(below: 5) {
        case 0: return object(0, random.number(below: 12))
        case 1:
            // A bag of everything that was at hand.
            let count = 30 + random.number(below: 200)
            return
                "{\((0..<count).map { "\"prop\(pick(["", "_", " ", "-"]))\($0)\":\(scalar())" }.joined(separator: ","))}"
        case 2: return pick(["null", "{}", "\"oops\"", "[]"])
        default:
            let products = (0..<random.number(below: 30)).map { product($0) }.joined(separator: ",")
            return """
                {"order_id":"50314b8e","orderId":50314,"affiliation":"Google Store","total":\(pick(["27.5", "\"27.50\""])),\
                "currency":"\(pick(["USD", "€"]))","coupon":\(pick(["\"hasbros\"", "null", "\"\""])),"products":[\(products)],\
                "shipping":{"address":{"city":"Zürich","zip":"8001","geo":{"lat":47.3,"more":{"deep":1}}}},\
                "$label":\(pick(["\"shop\"", "5", "\"\""])),"$tags":\(pick(["[\"Sale\",\"sale\"]", "\"sale\"", "[]", "[null,\"a\"]"])),\
                "$value":3,"extra":\(object(1, 5))}
                """
        }
    }

    private mutating func traits() -> String {
        var members = [
            "\"email\":\(pick(["\"jane@example.com\"", "\" Jane@Example.COM \"", "\"jane@\"", "null", "\"\"", "5"]))",
            "\"phone\":\(pick(["\"+33 6 12 34 56 78\"", "\"0612345678\"", "\"tel:+1-202-555-0101\"", "null", "33612345678"]))",
            "\"address\":\(pick(["{\"street\":\"1 rue A\",\"city\":\"Paris\",\"postalCode\":75001,\"country\":{\"code\":\"FR\",\"x\":{\"y\":1}}}", "\"1 rue A, Paris\"", "null", "{}"]))",
            "\"emailMarketing\":\(pick(["true", "\"subscribed\"", "\"yes\"", "null"]))",
        ]
        if random.isTrue(probability: 0.3) {
            members.append(
                "\"$topic_preferences\":\(pick(["[\"news\"]", "[\"News\"]", "{\"$add\":[\"a\"],\"$remove\":[\"b\"]}", "null", "\"x\""]))"
            )
        }
        if random.isTrue(probability: 0.2) {
            members.append("\"email_marketing\":false,\"$email_address\":\"own@example.com\"")
        }
        if random.isTrue(probability: 0.2) {
            members.append("\"$language\":\"\(pick(["FR", "french"]))\",\"$timezone\":\"Asia/Tokyo\"")
        }
        if random.isTrue(probability: 0.15) {
            members += (0..<80).map { "\"bag\($0)\":\(scalar())" }
        }
        let more = object(0, 10).dropFirst().dropLast()
        if !more.isEmpty { members.append(String(more)) }
        return pick(["{\(members.joined(separator: ","))}", "{\(members.joined(separator: ","))}", "null"])
    }

    private mutating func context() -> String {
        """
        {"locale":\(pick(["\"en-US\"", "\"fr_FR\"", "\"zh-Hant-TW\"", "\"es-419\"", "\"fil-PH\"", "\"C\"", "\"English\"", "null", "7"])),\
        "timezone":\(pick(["\"Europe/Paris\"", "\"US/Eastern\"", "\"GMT+2\"", "\"Paris\"", "null"])),\
        "ip":"8.8.8.8","library":{"name":"analytics-ios","version":"4.1.6"},"app":{"build":3,"version":null},\
        "device":{"type":"ios","adTrackingEnabled":true},"screen":{"width":320,"height":568},"userAgent":"Mozilla/5.0",\
        "campaign":{},"groupId":null,"traits":\(pick(["{}", "null", "{\"email\":\"ctx@example.com\",\"plan\":\"x\"}", "{\"phone\":\"0033\"}", "[]"]))}
        """
    }
}
