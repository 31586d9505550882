extension SimulatorRule {
    /// The text for people that an error body or a partial error carries.
    public var reason: String {
        switch self {
        case .routeUnknown: "no such route"
        case .versionUnknown: "no such version of the API"
        case .versionMassUpdate: "profiles/mass-update exists from version 2.4 on"
        case .authenticationKey: "the Authorization header must be 'Bearer' and a valid REST API key"
        case .authenticationProject: "the X-Batch-Project header must name a project of this key"
        case .bodySize: "the body is too large"
        case .bodyEncoding: "the body must not be compressed"
        case .bodyJSON: "the body is not valid JSON"
        case .bodyContentType: "the Content-Type should be application/json"
        case .callRoot: "the body must be an array of operations"
        case .callEmpty: "the array of operations is empty"
        case .callOperationCount: "too many operations in one call"
        case .callRateLimit: "rate limit exceeded"
        case .listParameter: "limit must be a whole number from 1 to 100"
        case .operationType: "an operation must be an object"
        case .operationKey: "an operation has identifiers, attributes and events only"
        case .operationAttributes: "attributes must be an object"
        case .operationEvents: "events must be an array"
        case .identifiersMissing: "identifiers is required"
        case .identifiersType: "identifiers must be an object"
        case .identifiersKey: "identifiers has custom_id or installation only"
        case .identifiersBoth: "identifiers must not have both custom_id and installation"
        case .identifiersNeither: "identifiers must have custom_id or installation"
        case .identifiersWholeCall: "an operation cannot be attributed to a profile"
        case .customIDType: "custom_id must be a string"
        case .customIDLength: "custom_id has 1 to 512 characters"
        case .customIDLong: "custom_id of 512 characters is refused by the Web SDK"
        case .customIDBlocklist: "custom_id is a word that stands for a missing value"
        case .customIDBlank: "custom_id is blank"
        case .customIDSpaces: "custom_id begins or ends with a space"
        case .installationShape: "installation must be an object with the strings apikey and installation_id"
        case .faultAsked: "refused because the simulator was told so"
        default: attributeReason
        }
    }

    private var attributeReason: String {
        switch self {
        case .attributesCount: "an operation has at most 50 attributes; none of it was applied"
        case .attributesArrayLimit: "a profile has at most 15 array attributes"
        case .attributesKey: "a key must match ^[a-z0-9_]{1,30}$, alone or inside date() or url()"
        case .attributesReserved: "no native attribute has this name"
        case .attributesTwice: "the attribute stands twice in one operation"
        case .attributesObject: "an object is not allowed on a profile"
        case .nativeType: "this native attribute takes another type"
        case .nativeEmail: "not an e-mail address"
        case .nativeEmailLength: "an e-mail address has at most 256 characters"
        case .nativeEmailLong: "an e-mail address above 128 characters is refused by the Web SDK"
        case .nativeSubscription: "must be subscribed or unsubscribed"
        case .nativePhone: "a phone number must match ^\\+[0-9]{1,15}$"
        case .nativeLanguage: "a language is two lower-case letters"
        case .nativeRegion: "a region is two upper-case letters"
        case .nativeTimeZone: "not an IANA time zone name"
        case .nativeTopic: "topics are 1 to 25 strings of 1 to 300 characters matching ^[a-z0-9_-]+$"
        case .nativeTopicDash: "a topic with '-' is refused by the SDKs"
        case .stringLength: "a string has 1 to 300 characters"
        case .stringBlank: "a string must not be blank"
        case .integerRange: "an integer must fit into 64 bits"
        case .floatRange: "a number must fit into a double"
        case .dateFormat: "a date must be an RFC 3339 date and time"
        case .urlFormat: "a URL must be scheme://authority and the rest"
        case .urlLength: "a URL has at most 2048 characters"
        case .arrayItems: "the items of an array must be strings"
        case .arrayCount: "an array has 1 to 25 items"
        case .patchShape: "$add and $remove must be arrays of 1 to 25 strings, at least one of them present"
        case .patchSameValue: "the same value stands in $add and $remove"
        case .patchResult: "the array would have more than 25 items"
        case .patchTarget: "the attribute is not an array"
        default: eventReason
        }
    }

    private var eventReason: String {
        switch self {
        case .eventsCount: "an operation has at most 15 events; none was recorded"
        case .eventType: "an event must be an object"
        case .eventKey: "an event has name, time and attributes only"
        case .eventName: "an event's name must match ^[a-z0-9_]{1,30}$"
        case .eventTimeFormat: "an event's time must be an RFC 3339 date and time"
        case .eventTooOld: "the event is older than 24 hours"
        case .eventFuture: "the event is in the future"
        case .eventSize: "an event has at most 25000 bytes"
        case .eventAttributes: "an event's attributes must be an object"
        case .eventAttributeCount: "an object of an event has at most 20 attributes"
        case .eventNesting: "objects nest at most three levels below the root attributes"
        case .eventAttributeKey: "a key must match ^[a-z0-9_]{1,30}$, alone or inside date() or url()"
        case .eventReserved: "no reserved event attribute has this name here"
        case .eventTwice: "the attribute stands twice in one object"
        case .eventNull: "null is not allowed in an event"
        case .eventLabel: "$label is one line of 1 to 200 characters, not blank"
        case .eventTags: "$tags has at most 10 strings of 1 to 64 characters, not blank"
        case .eventSingleLine: "a string of an event must be a single line"
        case .eventArrayMixed: "an array of an event has strings only or objects only"
        case .eventArrayDepth: "no array inside an object of the third level"
        default: rawValue
        }
    }
}
