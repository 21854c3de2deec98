// swift-tools-version: 6.2
import PackageDescription

let nio = "swift-nio"

let package = Package(
    name: "moltbot",
    products: [
        .executable(name: "moltbot", targets: ["MoltBotCLI"]),
        .library(name: "MoltBot", targets: ["MoltBot"]),
        .library(name: "AMQP", targets: ["AMQP"]),
        .library(name: "CurlHTTP", targets: ["CurlHTTP"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(
            url: "https://github.com/apple/swift-configuration", from: "1.4.0",
            traits: ["JSON", "YAML", "CommandLineArguments"]),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.5.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    ],
    targets: [
        .systemLibrary(name: "CRabbitMQ", pkgConfig: "librabbitmq", providers: [.apt(["librabbitmq-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CMimalloc", providers: [.apt(["libmimalloc-dev"])]),
        .systemLibrary(name: "CLinux"),

        // Protocol clients: usable alone, know nothing of MoltBot.
        .target(
            name: "AMQP",
            dependencies: [
                "CRabbitMQ",
                .product(name: "NIOCore", package: nio),
                .product(name: "NIOPosix", package: nio),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .target(
            name: "CurlHTTP",
            dependencies: [
                "CCurl",
                .product(name: "NIOCore", package: nio),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
            ]),
        .target(
            name: "PrivateBroker",
            dependencies: [
                "CLinux",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]),

        // The product: values and policies, then what carries them, then the roles.
        .target(
            name: "MoltBotCore", dependencies: ["CLinux", .product(name: "Crypto", package: "swift-crypto")],
            resources: [.embedInCode("Cost/prices.json")]),
        .target(
            name: "MoltBotMessaging",
            dependencies: [
                "AMQP", "CurlHTTP", "MoltBotCore",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: nio),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Yams", package: "Yams"),
            ],
            // The first is a link to topology/moltbot.yaml: an installed binary carries the default topology.
            resources: [.embedInCode("Topology/moltbot.yaml"), .embedInCode("Topology/AsyncAPI/template.yaml")]),
        .target(
            name: "ModelProviders",
            dependencies: [
                "CurlHTTP", "MoltBotCore",
                .product(name: "NIOCore", package: nio),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ]),
        .target(
            name: "MoltBotWorker",
            dependencies: [
                "MoltBotCore", "MoltBotMessaging", "ModelProviders",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .target(
            name: "MoltBotRelay",
            dependencies: [
                "CurlHTTP", "MoltBotCore", "MoltBotMessaging",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: nio),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .target(
            name: "MoltBotLedger",
            dependencies: [
                "MoltBotCore", "MoltBotMessaging",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .target(
            name: "MoltBotAPI",
            dependencies: [
                "MoltBotCore", "MoltBotLedger", "MoltBotMessaging",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "NIOCore", package: nio),
                .product(name: "NIOHTTP1", package: nio),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: nio),
                .product(name: "NIOWebSocket", package: nio),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            resources: [
                .embedInCode("Documents/openapi.json"), .embedInCode("Documents/dashboard.html"), .embedInCode("Documents/dashboard.css"),
                .embedInCode("Documents/dashboard.js"),
            ]),
        .target(
            name: "MoltBot",
            dependencies: ["AMQP", "MoltBotCore", "MoltBotMessaging", .product(name: "Logging", package: "swift-log")]),
        .target(
            name: "MoltBotConfig",
            dependencies: [
                "CLinux", "MoltBotCore",
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Yams", package: "Yams"),
            ]),
        .executableTarget(
            name: "MoltBotCLI",
            dependencies: [
                "AMQP", "CMimalloc", "CurlHTTP", "MoltBotAPI", "MoltBotConfig", "MoltBotCore", "MoltBotLedger", "MoltBotMessaging",
                "MoltBotRelay",
                "MoltBotWorker", "ModelProviders", "PrivateBroker",
                .product(name: "NIOCore", package: nio),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Histogram", package: "hdrhistogram-swift"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]),

        .executableTarget(
            name: "LedgerBenchmark",
            dependencies: [
                "AMQP", "MoltBotCore", "MoltBotLedger", "MoltBotMessaging",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: nio),
            ],
            path: "Benchmarks/ledger"),
        .executableTarget(name: "SelectionBenchmark", dependencies: ["MoltBotCore"], path: "Benchmarks/selection"),
        .executableTarget(
            name: "RestBaseline",
            dependencies: [
                "AMQP", "MoltBotMessaging",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: nio),
            ],
            path: "Benchmarks/rest"),

        .executableTarget(
            name: "examples",
            dependencies: [
                "CurlHTTP", "MoltBot", .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: nio),
            ],
            path: "examples/swift"),

        // Tests.
        .target(
            name: "TestSupport",
            dependencies: [
                "AMQP", "CScriptedNames", "MoltBotCore", "PrivateBroker",
                .product(name: "NIOCore", package: nio),
                .product(name: "NIOHTTP1", package: nio),
                .product(name: "NIOPosix", package: nio),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            path: "Tests/TestSupport"),
        .target(name: "CScriptedNames", path: "Tests/CScriptedNames"),
        .testTarget(
            name: "PrivateBrokerTests",
            dependencies: ["PrivateBroker", "TestSupport", .product(name: "Logging", package: "swift-log")]),
        .testTarget(
            name: "AMQPTests",
            dependencies: [
                "AMQP", "TestSupport",
                .product(name: "NIOCore", package: nio),
                .product(name: "NIOEmbedded", package: nio),
                .product(name: "NIOPosix", package: nio),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .testTarget(
            name: "CurlHTTPTests",
            dependencies: [
                "CurlHTTP", "TestSupport",
                .product(name: "NIOCore", package: nio),
                .product(name: "NIOHTTP1", package: nio),
                .product(name: "NIOPosix", package: nio),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Subprocess", package: "swift-subprocess"),
            ]),
        .testTarget(name: "MoltBotCoreTests", dependencies: ["MoltBotCore", "TestSupport"]),
        .testTarget(
            name: "ModelProvidersTests",
            dependencies: ["ModelProviders", "MoltBotCore", "CurlHTTP", "TestSupport", .product(name: "NIOHTTP1", package: nio)],
            exclude: ["ForeignServer/llama_server.py"]),
        .testTarget(
            name: "MoltBotMessagingTests",
            dependencies: [
                "AMQP", "CurlHTTP", "MoltBotCore", "MoltBotMessaging", "PrivateBroker", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: nio),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Yams", package: "Yams"),
            ]),
        .testTarget(
            name: "MoltBotWorkerTests",
            dependencies: [
                "ModelProviders", "MoltBotCore", "MoltBotMessaging", "MoltBotWorker", .product(name: "Metrics", package: "swift-metrics"),
            ]),
        .testTarget(
            name: "MoltBotRelayTests",
            dependencies: [
                "AMQP", "CurlHTTP", "MoltBotCore", "MoltBotMessaging", "MoltBotRelay", "PrivateBroker", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: nio),
                .product(name: "NIOHTTP1", package: nio),
                .product(name: "NIOPosix", package: nio),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .testTarget(
            name: "MoltBotLedgerTests",
            dependencies: [
                "AMQP", "MoltBotCore", "MoltBotLedger", "MoltBotMessaging", "PrivateBroker", "TestSupport",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: nio),
            ]),
        .testTarget(
            name: "MoltBotAPITests",
            dependencies: [
                "AMQP", "CurlHTTP", "ModelProviders", "MoltBotAPI", "MoltBotCore", "MoltBotLedger", "MoltBotMessaging", "MoltBotWorker",
                "PrivateBroker", "TestSupport",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: nio),
                .product(name: "NIOHTTP1", package: nio),
            ]),
        .testTarget(name: "MoltBotTests", dependencies: ["MoltBot", "TestSupport"]),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "AMQP", "CurlHTTP", "MoltBot", "MoltBotCore", "MoltBotLedger", "MoltBotMessaging", "MoltBotWorker", "ModelProviders",
                "PrivateBroker", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: nio),
                .product(name: "NIOHTTP1", package: nio),
            ]),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "AMQP", "MoltBotCLI", "MoltBotConfig", "MoltBotCore", "MoltBotMessaging", "PrivateBroker", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: nio),
                .product(name: "NIOHTTP1", package: nio),
                .product(name: "NIOPosix", package: nio),
            ]),
    ]
)

for target in package.targets where ![.system, .plugin].contains(target.type) {
    target.swiftSettings = [
        .swiftLanguageMode(.v6),
        .treatAllWarnings(as: .error),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    ]
}
