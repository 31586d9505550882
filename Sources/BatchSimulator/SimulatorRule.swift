/// One rule of the contract that the simulator checks; its raw value is the id that logs and partial errors carry.
///
/// Sections are those of the project's description of the Batch API. Levels: A and A2 are documented by Batch, B is stated by its
/// SDKs and integrators, C is a decision of this project. A and A2 are always on; B and C can be switched.
public enum SimulatorRule: String, CaseIterable, Sendable, Hashable {
    // Section 1 and 10: the call.
    case routeUnknown = "route.unknown"
    case versionUnknown = "version.unknown"
    case versionMassUpdate = "version.mass-update"
    case authenticationKey = "authentication.key"
    case authenticationProject = "authentication.project"
    case bodySize = "body.size"
    case bodyEncoding = "body.encoding"
    case bodyJSON = "body.json"
    case bodyContentType = "body.content-type"
    case callRoot = "call.root"
    case callEmpty = "call.empty"
    case callOperationCount = "call.operation-count"
    case callRateLimit = "call.rate-limit"
    case listParameter = "list.parameter"
    // Section 2.1: the operation.
    case operationType = "operation.type"
    case operationKey = "operation.unknown-key"
    case operationAttributes = "operation.attributes-type"
    case operationEvents = "operation.events-type"
    // Section 2.2: identifiers.
    case identifiersMissing = "identifiers.missing"
    case identifiersType = "identifiers.type"
    case identifiersKey = "identifiers.unknown-key"
    case identifiersBoth = "identifiers.both"
    case identifiersNeither = "identifiers.neither"
    case identifiersWholeCall = "identifiers.whole-call"
    case customIDType = "custom-id.type"
    case customIDLength = "custom-id.length"
    case customIDLong = "custom-id.512-characters"
    case customIDBlocklist = "custom-id.blocklist"
    case customIDBlank = "custom-id.blank"
    case customIDSpaces = "custom-id.surrounding-spaces"
    case installationShape = "installation.shape"
    // Section 2.3 to 2.5: attributes.
    case attributesCount = "attributes.count"
    case attributesArrayLimit = "attributes.arrays-per-profile"
    case attributesKey = "attributes.key"
    case attributesReserved = "attributes.reserved-key"
    case attributesTwice = "attributes.same-twice"
    case attributesObject = "attributes.object"
    case nativeType = "native.type"
    case nativeEmail = "native.email"
    case nativeEmailLength = "native.email-length"
    case nativeEmailLong = "native.email-128-characters"
    case nativeSubscription = "native.subscription"
    case nativePhone = "native.phone"
    case nativeLanguage = "native.language"
    case nativeRegion = "native.region"
    case nativeTimeZone = "native.timezone"
    case nativeTopic = "native.topic"
    case nativeTopicDash = "native.topic-dash"
    case stringLength = "string.length"
    case stringBlank = "string.blank"
    case integerRange = "number.integer-range"
    case floatRange = "number.float-range"
    case dateFormat = "date.format"
    case urlFormat = "url.format"
    case urlLength = "url.length"
    case arrayItems = "array.items"
    case arrayCount = "array.count"
    case patchShape = "patch.shape"
    case patchSameValue = "patch.same-value"
    case patchResult = "patch.result-count"
    case patchTarget = "patch.not-an-array"
    // Section 2.6: events.
    case eventsCount = "events.count"
    case eventType = "event.type"
    case eventKey = "event.unknown-key"
    case eventName = "event.name"
    case eventTimeFormat = "event.time-format"
    case eventTooOld = "event.too-old"
    case eventFuture = "event.in-the-future"
    case eventSize = "event.size"
    case eventAttributes = "event.attributes-type"
    // Section 2.7: event attributes.
    case eventAttributeCount = "event.attribute-count"
    case eventNesting = "event.nesting"
    case eventAttributeKey = "event.attribute-key"
    case eventReserved = "event.reserved-key"
    case eventTwice = "event.same-twice"
    case eventNull = "event.null"
    case eventLabel = "event.label"
    case eventTags = "event.tags"
    case eventSingleLine = "event.single-line"
    case eventArrayMixed = "event.array-mixed"
    case eventArrayDepth = "event.array-depth"
    // Not a rule of Batch: what the test asked for.
    case faultAsked = "fault.asked"
}

/// How certain a rule is.
public enum SimulatorRuleLevel: String, Sendable {
    /// Stated by Batch's documentation.
    case documented = "A"
    /// Stated on Batch's update page, as recorded by an integrator.
    case recorded = "A2"
    /// Enforced by Batch's SDKs or stated by several integrators.
    case observed = "B"
    /// Not documented; a decision of this project.
    case decided = "C"
}

extension SimulatorRule {
    /// How certain the rule is; where the contract gives two levels, that of the limit itself.
    public var level: SimulatorRuleLevel {
        switch self {
        case .authenticationKey, .bodyJSON, .callRoot, .callOperationCount, .callRateLimit, .operationAttributes,
            .operationEvents, .identifiersMissing, .attributesKey, .nativeType, .nativeEmail, .nativeSubscription,
            .nativePhone, .nativeLanguage, .nativeRegion, .nativeTimeZone, .nativeTopic, .dateFormat, .urlFormat,
            .urlLength, .arrayItems, .arrayCount, .patchShape, .eventAttributes, .eventAttributeKey, .listParameter,
            .attributesObject, .routeUnknown, .identifiersType, .operationType, .eventType:
            .documented
        case .attributesCount, .stringLength, .eventsCount, .eventName, .eventTimeFormat, .eventTooOld, .eventFuture,
            .eventSize:
            .recorded
        case .versionMassUpdate, .customIDLength, .customIDBlocklist, .installationShape, .attributesArrayLimit,
            .nativeEmailLength, .stringBlank, .eventAttributeCount, .eventNesting, .eventNull, .eventLabel, .eventTags,
            .eventSingleLine, .eventArrayMixed, .eventArrayDepth, .customIDLong, .nativeEmailLong, .nativeTopicDash:
            .observed
        case .versionUnknown, .authenticationProject, .bodySize, .bodyEncoding, .bodyContentType, .callEmpty,
            .operationKey, .identifiersKey, .identifiersBoth, .identifiersNeither, .identifiersWholeCall, .customIDType,
            .customIDBlank, .customIDSpaces, .attributesReserved, .attributesTwice, .integerRange, .floatRange,
            .patchSameValue, .patchResult, .patchTarget, .eventKey, .eventReserved, .eventTwice, .faultAsked:
            .decided
        }
    }

    /// Whether settings may switch the rule: levels B and C, and the time window of events, since tests use a fixed time.
    public var isSwitchable: Bool {
        switch self {
        case .eventTooOld, .eventFuture: true
        case .authenticationProject, .identifiersBoth, .identifiersNeither, .customIDType, .installationShape,
            .faultAsked:
            // Without these an operation has no one profile that it could be applied to.
            false
        default: level == .observed || level == .decided
        }
    }

    /// Whether a breach is only counted and logged, never answered.
    public var isWarning: Bool {
        switch self {
        case .bodyContentType, .customIDLong, .customIDSpaces, .nativeEmailLong, .nativeTopicDash: true
        default: false
        }
    }

    /// Whether the rule is on unless settings say otherwise. The blocklist is the client's: the simulator takes such ids.
    public var isOnByDefault: Bool { self != .customIDBlocklist }
}

/// Which rules are on.
public struct SimulatorRuleSet: Sendable, Equatable {
    // Asked only when a rule is broken, so that a set is fast enough.
    private var off: Set<SimulatorRule>

    /// The rules that are on by default.
    public init() {
        off = Set(SimulatorRule.allCases.filter { !$0.isOnByDefault })
    }

    /// Whether a rule is on.
    public func contains(_ rule: SimulatorRule) -> Bool { !off.contains(rule) }

    /// Switches a rule.
    ///
    /// - Parameters:
    ///   - rule: a rule of level B or C, or the time window of events.
    ///   - isOn: whether it is to be on.
    /// - Throws: ``SimulatorSettingsError`` for a rule that is always on.
    public mutating func set(_ rule: SimulatorRule, isOn: Bool) throws(SimulatorSettingsError) {
        guard isOn || rule.isSwitchable else {
            throw SimulatorSettingsError(
                key: "rules",
                value: rule.rawValue,
                expected: "a rule of level B or C; this one is always on"
            )
        }
        if isOn { off.remove(rule) } else { off.insert(rule) }
    }
}
