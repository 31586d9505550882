internal import CRdKafka
internal import Glibc

/// Gives each topic of a consumer a small number, so that records need no string.
struct TopicTable {
    private var names: [String] = []
    /// The names with their terminators, to compare without making a string.
    private var terminatedNames: [ContiguousArray<CChar>] = []
    private var indexByName: [String: Int] = [:]
    private var indexByHandle: [OpaquePointer: Int] = [:]
    private var lastHandle: OpaquePointer?
    private var lastIndex = 0

    /// The number of a record's topic.
    ///
    /// librdkafka may free a topic's handle after a rebalance and make another topic's at the same address, so the name
    /// behind the handle is compared each time; a string is made only when a handle is new.
    mutating func index(of handle: OpaquePointer) -> Int {
        if handle == lastHandle, isName(lastIndex, of: handle) { return lastIndex }
        lastHandle = handle
        if let index = indexByHandle[handle], isName(index, of: handle) {
            lastIndex = index
        } else {
            lastIndex = index(of: String(cString: rd_kafka_topic_name(handle)))
            indexByHandle[handle] = lastIndex
        }
        return lastIndex
    }

    /// The number of a topic by its name; a new one if it has none.
    mutating func index(of name: String) -> Int {
        if let index = indexByName[name] { return index }
        names.append(name)
        terminatedNames.append(ContiguousArray(name.utf8CString))
        indexByName[name] = names.count - 1
        return names.count - 1
    }

    func name(_ index: Int) -> String { names[index] }

    private func isName(_ index: Int, of handle: OpaquePointer) -> Bool {
        terminatedNames[index].withUnsafeBufferPointer { name in
            guard let base = name.baseAddress else { return false }
            return strcmp(base, rd_kafka_topic_name(handle)) == 0
        }
    }
}
