/// Every limit of Batch's API that this product keeps, with the level of certainty and the section of the contract
/// (`batch-api.md`) it comes from.
///
/// Levels: A = stated by Batch's documentation; A2 = stated on Batch's update page (2.13) as recorded by an integrator;
/// B = enforced by Batch's SDKs or stated by several integrators; C = not documented, this project's decision.
public enum BatchLimits {
    // MARK: Calls

    /// Operations in one call of `profiles/update`. A, 2.1.
    public static let updateOperationCount = 200
    /// Operations in one call of `profiles/mass-update`. A, 3.
    public static let massUpdateOperationCount = 10_000
    /// Updates per second of `profiles/update`. A, 1.5.
    public static let updatesPerSecond = 300
    /// Capacity of the token bucket of `profiles/update`, in updates. A, 1.5.
    public static let updateBurst = 1_000
    /// Updates per second of `profiles/mass-update`, which has no burst. A, 1.5.
    public static let massUpdatesPerSecond = 10_000
    /// Bytes of a request body. C, 1.2.
    public static let bodyByteCount = 5_000_000
    /// Seconds to wait at least after a 429 that names no time. A, 1.5.
    public static let rateLimitedWaitSeconds = 5

    // MARK: Operations

    /// Attributes of one operation, native and custom together. A2 (limit) and C (count), 2.3.
    public static let attributeCount = 50
    /// Events of one operation. A2, 2.6.
    public static let eventCount = 15
    /// Array attributes of one profile. B, 2.3.
    public static let arrayAttributeCount = 15
    /// Unicode code points of a Custom ID. B, 2.2.
    public static let customIDLength = 512
    /// Characters of a key without its wrapper. A, 2.3.
    public static let keyLength = 30
    /// Attributes that one record may bring, split over several updates. C, ours: it bounds the work of one record.
    public static let contributionAttributeCount = 1_000

    // MARK: Values

    /// Unicode code points of a string. A2, 2.5.
    public static let stringLength = 300
    /// Unicode code points of a URL. A, 2.5.
    public static let urlLength = 2_048
    /// Items of an array, and of each list of an array patch. A (arrays) and C (patches), 2.5.
    public static let arrayItemCount = 25
    /// Bytes of a number as it is written. C, ours: a double of full length has 1 074 digits after the point, but none needs them.
    public static let numberByteCount = 400
    /// Bytes of a date as it is written. C, ours: 64 leave room for 44 digits of a fraction.
    public static let dateByteCount = 64
    /// Unicode code points of `$email_address`. B, 2.4.
    public static let emailLength = 256
    /// Digits of `$phone_number` after the plus sign. B, 2.4.
    public static let phoneDigitCount = 15

    // MARK: Events

    /// Bytes of one event, serialised as UTF-8. A2 (limit) and C (measure), 2.6.
    public static let eventByteCount = 25_000
    /// Attributes of one object of an event, `$label` and `$tags` not counted. B, 2.7.
    public static let eventAttributeCount = 20
    /// Levels of objects below the attributes of an event. B, 2.7.
    public static let eventNesting = 3
    /// Unicode code points of `$label`. B, 2.7.
    public static let labelLength = 200
    /// Items of `$tags`. B, 2.7.
    public static let tagCount = 10
    /// Unicode code points of one tag. B, 2.7.
    public static let tagLength = 64
    /// Milliseconds: how old an event may be when it arrives at Batch. A2, 2.6.
    public static let eventAgeMilliseconds: Int64 = 24 * 3_600_000
    /// Milliseconds: how old an event may be when it is sent, 23 h 50 min. A margin of ours, C, 2.6.
    public static let safeEventAgeMilliseconds: Int64 = eventAgeMilliseconds - 600_000
    /// Milliseconds: how far in the future an event may be. C, 2.6.
    public static let eventFutureMilliseconds: Int64 = 60_000

    // MARK: Audiences

    /// Characters of an audience's name. A, 4.1.
    public static let audienceNameLength = 255
    /// Ids in one call of `audiences/update` or `audiences/replace`. A, 4.2.
    public static let audienceIDCount = 10_000
    /// Attributes of one id of an audience. A, 4.3.
    public static let audienceAttributeCount = 15
    /// Requests per second of the audience routes. B, 1.5.
    public static let audienceRequestsPerSecond = 1

    // MARK: Answers

    /// Unicode code points of a text of Batch that are kept for people to read. Ours.
    public static let reasonLength = 500
    /// Partial errors of one answer that are read; more are counted only. Ours, twice what one call of 200 can need.
    public static let partialErrorCount = 20_000
}
