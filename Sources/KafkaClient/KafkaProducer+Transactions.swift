internal import CRdKafka

/// Transactions, for tests of what reads them.
extension KafkaProducer {
    /// Must come before the first transaction; blocks.
    package func prepareTransactions(timeoutMilliseconds: Int32) throws(KafkaError) {
        try check(rd_kafka_init_transactions(handle.pointer, timeoutMilliseconds), "prepare transactions")
    }

    /// What is produced from now on belongs to one transaction.
    package func beginTransaction() throws(KafkaError) {
        try check(rd_kafka_begin_transaction(handle.pointer), "begin a transaction")
    }

    /// Writes what is queued and makes it readable; blocks.
    package func commitTransaction(timeoutMilliseconds: Int32) throws(KafkaError) {
        try check(rd_kafka_commit_transaction(handle.pointer, timeoutMilliseconds), "commit a transaction")
    }

    /// Makes all of the transaction unreadable, also what is in the log already; blocks.
    package func abortTransaction(timeoutMilliseconds: Int32) throws(KafkaError) {
        try check(rd_kafka_abort_transaction(handle.pointer, timeoutMilliseconds), "abort a transaction")
    }

    private func check(_ failure: OpaquePointer?, _ operation: String) throws(KafkaError) {
        guard let failure else { return }
        throw KafkaError(taking: failure, operation: operation, subject: "producer")
    }
}
