// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// Optimised in a debug build too: the simulation drives the engine through millions of steps, which take ten times as long else.
let fastSettings: [SwiftSetting] =
    settings + [.unsafeFlags(["-O"], .when(configuration: .debug))]

/// A library target of this package and what it may import: only what stands above it in the list of targets.
func module(
    _ name: String,
    _ dependencies: [Target.Dependency] = [],
    path: String? = nil,
    isFast: Bool = false
) -> Target {
    .target(name: name, dependencies: dependencies, path: path, swiftSettings: isFast ? fastSettings : settings)
}

/// The test target of a module; a `Fixtures` folder beside the tests is read by path.
func tests(
    _ name: String,
    _ dependencies: [Target.Dependency],
    exclude: [String] = [],
    isFast: Bool = false
) -> Target {
    .testTarget(
        name: name,
        dependencies: dependencies,
        exclude: exclude,
        swiftSettings: isFast ? fastSettings : settings
    )
}

let package = Package(
    name: "batchrelay",
    products: [.executable(name: "batchrelay", targets: ["batchrelay"])],
    targets: [
        // The C libraries: a module map and a shim each, imported by one module.
        .systemLibrary(name: "CRdKafka", pkgConfig: "rdkafka", providers: [.apt(["librdkafka-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CMicroHTTPD", pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CXXHash", pkgConfig: "libxxhash", providers: [.apt(["libxxhash-dev"])]),
        // No pkg-config for it: its .pc file has a flag that the package manager refuses with a warning.
        .systemLibrary(name: "CUTF8Proc", providers: [.apt(["libutf8proc-dev"])]),
        .systemLibrary(name: "CSystem"),
        .systemLibrary(name: "CByteScan"),

        module("Threads", ["CSystem"]),
        module("JSONDocument", ["CByteScan"], isFast: true),
        module("Spelling"),
        module("YAMLDocument", ["CYAML", "JSONDocument", "Spelling"]),
        module("StableHash", ["CXXHash"]),
        module("CommandOptions", ["Spelling"]),
        module("Observability", ["Threads"]),
        module("SegmentSpec", ["JSONDocument"]),
        module("MappingLanguage", ["JSONDocument", "Spelling", "YAMLDocument"]),
        module("BatchAPI", ["JSONDocument", "StableHash"], isFast: true),
        module("DefaultMapping", ["CUTF8Proc", "JSONDocument", "StableHash", "SegmentSpec", "BatchAPI"]),
        module("Delivery", ["CSystem", "BatchAPI", "StableHash"], isFast: true),
        module("KafkaClient", ["CRdKafka", "Threads"]),
        module("HTTPTransport", ["CCurl", "Threads"]),
        module("HTTPServer", ["CMicroHTTPD", "Threads"]),
        module("BatchSimulator", ["JSONDocument", "Observability", "HTTPServer"]),
        module("ServiceConfiguration", ["Spelling", "YAMLDocument"]),
        module(
            "Pipeline",
            [
                "Threads", "JSONDocument", "Spelling", "YAMLDocument", "StableHash", "Observability", "SegmentSpec",
                "MappingLanguage",
                "BatchAPI", "DefaultMapping", "Delivery", "KafkaClient", "HTTPTransport", "ServiceConfiguration",
            ]
        ),
        module("AdminServer", ["HTTPServer"]),
        .executableTarget(
            name: "batchrelay",
            dependencies: [
                "Threads", "JSONDocument", "YAMLDocument", "CommandOptions", "Observability", "MappingLanguage",
                "Delivery", "KafkaClient", "HTTPServer",
                "BatchSimulator",
                "ServiceConfiguration", "Pipeline", "AdminServer",
            ],
            swiftSettings: settings
        ),
        module("TestSupport", ["CSystem", "Threads", "KafkaClient"]),

        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "Threads", "JSONDocument", "MappingLanguage", "BatchAPI", "Delivery", "KafkaClient", "HTTPServer",
                "Pipeline",
                "TestSupport",
            ],
            path: "Tests/Benchmarks",
            exclude: ["forty-fields.yaml"],
            swiftSettings: settings
        ),

        // What the tests with real processes share.
        module("RelayScenes", ["Threads", "KafkaClient", "HTTPTransport", "TestSupport"], path: "Tests/RelayScenes"),

        tests("ThreadsTests", ["Threads"]),
        tests("JSONDocumentTests", ["JSONDocument", "TestSupport"], exclude: ["Fuzzing"]),
        tests("YAMLDocumentTests", ["Spelling", "YAMLDocument"]),
        tests("StableHashTests", ["StableHash"]),
        tests("CommandOptionsTests", ["CommandOptions"]),
        tests("ObservabilityTests", ["Observability"]),
        tests("SegmentSpecTests", ["SegmentSpec", "JSONDocument"]),
        tests(
            "MappingLanguageTests",
            ["MappingLanguage", "JSONDocument", "YAMLDocument", "TestSupport"],
            exclude: ["Fixtures", "Fuzzing"]
        ),
        tests("BatchAPITests", ["BatchAPI", "JSONDocument", "StableHash", "TestSupport"], exclude: ["Fixtures"]),
        tests(
            "DefaultMappingTests",
            ["DefaultMapping", "SegmentSpec", "BatchAPI", "JSONDocument", "StableHash"],
            exclude: ["Fixtures"]
        ),
        tests("DeliveryTests", ["Delivery", "BatchAPI", "JSONDocument"]),
        tests("KafkaClientTests", ["KafkaClient", "TestSupport", "Threads"]),
        tests("HTTPTransportTests", ["HTTPTransport", "HTTPServer", "TestSupport", "Threads"]),
        tests("HTTPServerTests", ["HTTPServer", "Threads"]),
        tests(
            "BatchSimulatorTests",
            ["BatchSimulator", "HTTPServer", "JSONDocument", "Observability"],
            exclude: ["Fixtures"]
        ),
        tests("ServiceConfigurationTests", ["ServiceConfiguration", "YAMLDocument", "TestSupport"]),
        tests("PackageTests", ["TestSupport"]),
        tests(
            "SchemaTests",
            ["YAMLDocument", "MappingLanguage", "DefaultMapping", "ServiceConfiguration", "TestSupport"],
            exclude: ["Fixtures"]
        ),
        tests(
            "PipelineTests",
            [
                "Pipeline", "ServiceConfiguration", "Observability", "Delivery", "BatchAPI", "KafkaClient",
                "TestSupport",
                "BatchSimulator", "JSONDocument", "YAMLDocument", "MappingLanguage", "DefaultMapping", "Threads",
            ],
            exclude: ["Fixtures"]
        ),
        tests("AdminServerTests", ["AdminServer", "HTTPServer"]),
        tests("IntegrationTests", ["RelayScenes", "TestSupport", "KafkaClient", "HTTPTransport", "Threads"]),
        tests("FaultTests", ["RelayScenes", "TestSupport"]),
        tests("ValidationTests", ["BatchAPI", "BatchSimulator", "TestSupport"]),
        tests("SimulationTests", ["Delivery", "BatchAPI", "JSONDocument", "TestSupport"], isFast: true),
    ]
)
