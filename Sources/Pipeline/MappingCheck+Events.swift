import BatchAPI
import DefaultMapping
import MappingLanguage
import Spelling
import YAMLDocument

/// Events: their names, times, and attributes on every level.
extension MappingCheck {
    private static let eventMembers = ["name", "time", "attributes"]

    mutating func checkEvents(_ outline: MappingOutline) {
        switch outline.value {
        case .unknown, .absent: break
        case .constant(let json) where json == Array("null".utf8): break
        case .oneOf(let alternatives): for alternative in alternatives { checkEvents(alternative) }
        case .text, .constant: add(.fault, outline.mark, "events", RefusalReason.wrongContainer.explanation)
        case .object: checkEvent(outline, "events[0]")
        case .items(let shape): checkEvent(shape, "events[]")
        case .list(let elements):
            for (index, element) in elements.enumerated() { checkEvent(element, "events[\(index)]") }
        }
    }

    private mutating func checkEvent(_ outline: MappingOutline, _ path: String) {
        switch outline.value {
        case .unknown, .absent: break
        case .oneOf(let alternatives): for alternative in alternatives { checkEvent(alternative, path) }
        case .text, .constant, .list, .items: add(.fault, outline.mark, path, RefusalReason.invalidEvent.explanation)
        case .object(let members, let isOpen):
            if !isOpen, !members.contains(where: { $0.key == "name" }) {
                add(.fault, outline.mark, "\(path).name", "is missing; \(RefusalReason.invalidEventName.explanation)")
            }
            for member in members { checkEventMember(member, path) }
        }
    }

    private mutating func checkEventMember(_ member: MappingOutline.Member, _ path: String) {
        let place = "\(path).\(member.key)"
        switch member.key {
        case "name": checkEventName(member.value, place)
        case "time":
            for sample in MappingSample.samples(of: member.value, for: "date(time)") {
                let event = "\"events\":[{\"name\":\"e\",\"time\":\(sample.json)}]"
                guard let reason = read(Self.operation(event)).refused.first?.reason else { continue }
                add(.fault, sample.mark, place, reason.explanation)
            }
        case "attributes": checkEventAttributes(member.value, place)
        default:
            let nearest = Suggestion.nearest(to: member.key, among: Self.eventMembers)
            let advice = nearest.map { "did you mean \($0)?" } ?? "known are name, time and attributes"
            add(.fault, member.mark, place, "is no part of an event; \(advice)")
        }
    }

    private mutating func checkEventName(_ outline: MappingOutline, _ path: String) {
        switch outline.value {
        case .text, .absent, .unknown(path: nil): break
        case .unknown(path: _?):
            add(
                .warning,
                outline.mark,
                path,
                "Batch takes names of [a-z0-9_]{1,30} only, and a name that is none of these loses its event; write a "
                    + "constant, or use the default mapping, which renames"
            )
        case .oneOf(let alternatives): for alternative in alternatives { checkEventName(alternative, path) }
        case .list, .items, .object, .constant:
            for sample in MappingSample.samples(of: outline, for: "name") {
                guard read(Self.operation("\"events\":[{\"name\":\(sample.json)}]")).refused.isEmpty == false else {
                    continue
                }
                let written = sample.json.hasPrefix("\"") ? String(sample.json.dropFirst().dropLast()) : ""
                let proposed = ProposedName.forKey(written).map { "; did you mean \($0)?" } ?? ""
                add(.fault, sample.mark, path, "event names are [a-z0-9_]{1,30}\(proposed)")
            }
        }
    }

    // MARK: Attributes

    /// Where an attribute is put to be tried: what stands around its object.
    private struct Frame {
        var before = "\"events\":[{\"name\":\"e\",\"attributes\":"
        var after = "}]"

        func inside(_ name: String, isList: Bool) -> Frame {
            Frame(
                before: "\(before){\(name):\(isList ? "[" : "")",
                after: "\(isList ? "]" : "")}\(after)"
            )
        }

        func operation(_ name: String, _ value: String) -> String {
            MappingCheck.operation("\(before){\(name):\(value)}\(after)")
        }
    }

    private mutating func checkEventAttributes(_ outline: MappingOutline, _ path: String) {
        switch outline.value {
        case .unknown, .absent: break
        case .constant(let json) where json == Array("null".utf8): break
        case .oneOf(let alternatives): for alternative in alternatives { checkEventAttributes(alternative, path) }
        case .text, .constant, .list, .items: add(.fault, outline.mark, path, "must be an object of attributes")
        case .object(let members, _): checkEventObject(members, path, Frame())
        }
    }

    private mutating func checkEventObject(_ members: [MappingOutline.Member], _ path: String, _ frame: Frame) {
        for member in members { checkEventAttribute(member, member.value, path, frame) }
        checkTwins(members, path)
        let counted = members.filter { !$0.key.hasPrefix("$") }
        if counted.count > BatchLimits.eventAttributeCount, let first = counted.first {
            let most = BatchLimits.eventAttributeCount
            add(
                .warning,
                first.mark,
                path,
                "has \(counted.count) attributes; \(most) arrive, and the later ones are left out"
            )
        }
    }

    private mutating func checkEventAttribute(
        _ member: MappingOutline.Member,
        _ value: MappingOutline,
        _ path: String,
        _ frame: Frame
    ) {
        let place = "\(path).\(member.key)"
        let name = Self.quoted(member.key)
        switch value.value {
        case .oneOf(let alternatives):
            for alternative in alternatives { checkEventAttribute(member, alternative, path, frame) }
        case .object(let members, let isOpen) where isOpen || !members.isEmpty:
            // The key and the level first, with a harmless object, then what is inside.
            guard isAccepted(member, frame.operation(name, "{\"a\":\"b\"}"), place, value.mark) else { return }
            checkEventObject(members, place, frame.inside(name, isList: false))
        case .items(let shape) where shape.members?.isEmpty == false:
            let members = shape.members ?? []
            guard isAccepted(member, frame.operation(name, "[{\"a\":\"b\"}]"), place, value.mark) else { return }
            checkEventObject(members, "\(place)[]", frame.inside(name, isList: true))
        case .list(let elements) where !elements.isEmpty && elements.allSatisfy { $0.members?.isEmpty == false }:
            guard isAccepted(member, frame.operation(name, "[{\"a\":\"b\"}]"), place, value.mark) else { return }
            for (index, element) in elements.enumerated() {
                checkEventObject(element.members ?? [], "\(place)[\(index)]", frame.inside(name, isList: true))
            }
        default:
            let samples = MappingSample.samples(of: value, for: member.key)
            for sample in samples {
                let operation = frame.operation(name, sample.json)
                _ = isAccepted(member, operation, place, sample.mark, isOneOfSeveral: samples.count > 1)
            }
        }
    }

    private mutating func isAccepted(
        _ member: MappingOutline.Member,
        _ operation: String,
        _ path: String,
        _ mark: YAMLNode.Mark,
        isOneOfSeveral: Bool = false
    ) -> Bool {
        guard let reason = read(operation).refused.first?.reason else { return true }
        if reason == .unknownNativeKey {
            add(.fault, member.mark, path, "an event's own attributes with $ are $label and $tags")
        } else {
            report(reason, member, path, mark, isOneOfSeveral: isOneOfSeveral)
        }
        return false
    }
}

extension MappingOutline {
    /// The members of an object; nil for anything else.
    fileprivate var members: [Member]? { if case .object(let members, _) = value { members } else { nil } }
}
