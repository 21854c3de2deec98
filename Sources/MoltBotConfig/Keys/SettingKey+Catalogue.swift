/// Every setting there is.
extension SettingKey {
    package static let stateDirectory = SettingKey(
        "state_dir", .text, example: "/var/lib/moltbot",
        "Folder of the private broker; default $XDG_STATE_HOME/moltbot, which is ~/.local/state/moltbot.")

    package static let brokerURL = SettingKey(
        "broker.url", .text, example: "amqp://user:password@rabbit.example.org:5672/vhost", isSecret: true,
        "Where the broker is, as amqp://user:password@host:5672/vhost or amqps://...; several members of one cluster are separated by "
            + "commas. Without it the private broker of state_dir is used. Better in the environment than in a file: it has a password in it."
    )
    package static let brokerManagementURL = SettingKey(
        "broker.management_url", .text, example: "http://user:password@rabbit.example.org:15672", isSecret: true,
        "RabbitMQ's management API, as http://user:password@host:15672; without user and password those of broker.url are used. "
            + "It alone can compare bindings and set policies. The private broker's is known.")
    package static let brokerApplyTopology = SettingKey(
        "broker.apply_topology", .flag, default: "false",
        "Whether a worker declares what the topology lacks on the broker instead of refusing to start.")
    package static let brokerTopology = SettingKey(
        "broker.topology", .text, example: "topology/ha.yaml",
        "The topology file; default topology/moltbot.yaml, and where that does not exist the copy inside the program.")

    package static let workerConcurrency = SettingKey(
        "worker.concurrency", .wholeNumber, default: "50", "Model calls that run at once in one worker, for each workspace.")
    package static let workerReservedSlots = SettingKey(
        "worker.reserved_slots", .wholeNumber, default: "2",
        "How many of these only tasks of the lane `critical` get, so that they start at once on a busy worker; one at least is left "
            + "to the others. For topologies that have a queue for each lane, as topology/ha.yaml has.")
    package static let workerWorkspaces = SettingKey(
        "worker.workspaces", .list, default: "default", "Workspaces whose task queues the worker serves.")
    package static let workerTaskTimeout = SettingKey(
        "worker.task_timeout", .duration, default: "300s", "How long a task may run that does not say so itself.")
    package static let workerMaximumTaskTimeout = SettingKey(
        "worker.max_task_timeout", .duration, default: "25m",
        "The longest timeout a task gets, whatever it asks for. It has to stay below the broker's consumer timeout.")
    package static let workerConsumerTimeout = SettingKey(
        "worker.consumer_timeout", .duration, example: "4h",
        "The consumer_timeout that the broker's configuration sets, when it is not RabbitMQ's default of 30 minutes. Not needed for "
            + "the private broker.")
    package static let workerMaximumTaskBytes = SettingKey(
        "worker.max_task_bytes", .size, default: "8MiB", "The biggest task body; bigger ones are dead-lettered.")
    package static let workerGracePeriod = SettingKey(
        "worker.grace_period", .duration, default: "30s",
        "How long running tasks may take to finish after SIGTERM; what runs longer is delivered again.")
    package static let workerStartNewsDelay = SettingKey(
        "worker.announce_start_after", .duration, default: "100ms",
        "An attempt is announced as task.started when it has lasted this long; shorter ones are told by their outcome alone. 0 announces "
            + "all, which costs the broker a third more for each short task.")
    package static let workerRetryBase = SettingKey(
        "worker.retry.base", .duration, default: "1s", "The wait before the first retry; it doubles with each further one.")
    package static let workerRetryCap = SettingKey(
        "worker.retry.cap", .duration, default: "300s", "The longest wait between retries, unless a provider asks for more.")
    package static let workerRetryMaximum = SettingKey(
        "worker.retry.max", .wholeNumber, default: "3", "Retries of a task that does not say max_retries itself.")

    package static let modelDefault = SettingKey(
        "models.default", .text, example: "gpt-4o-mini", "The model of tasks that name none; without it such tasks fail as invalid.")
    package static let modelDeployments = SettingKey(
        "models.deployments", .deployments,
        example: "[{name: gpt-4, provider: openai, auth: openai, fallback: [claude], timeout: 60s}, {name: claude, provider: anthropic}]",
        "Where models run, one entry each: name, model (what tasks write; default the name), provider, endpoint, provider_model, auth (names "
            + "in the credentials file), zone, weight, limits, prices, max_tokens, context_window, timeout, enabled and fallback. More are "
            + "added with `moltbot models add`, without a restart; so is a change of this file.")
    package static let modelAuthFile = SettingKey(
        "models.auth_file", .text, default: "models/auth.json",
        "The file with the keys that deployments name in auth; only its owner may read it (mode 600).")
    package static let modelStrategy = SettingKey(
        "models.strategy", .text, default: "availability",
        "How one of several deployments of a model is chosen: availability, load, cost, latency, weighted or random.")
    package static let modelZone = SettingKey(
        "models.zone", .text, example: "eu-west", "Where this worker is: deployments with the same zone are asked before the others.")
    package static let modelPriceFile = SettingKey(
        "models.price_file", .text, example: "prices.json",
        "Prices that go before the built-in ones, in the form of LiteLLM's model_prices_and_context_window.json.")
    package static let modelWorkspaceLimits = SettingKey(
        "models.workspace_limits", .workspaceLimits, example: "{acme: {requests_per_minute: 600, concurrency: 20}}",
        "What the tasks of a workspace may ask of all models together: requests_per_minute, tokens_per_minute and concurrency. What is "
            + "beyond waits. A deployment has limits of its own, and so has a key.")
    package static let modelCacheBytes = SettingKey(
        "models.cache.max_bytes", .size, default: "64MiB",
        "Memory for answers that tasks with `cache` may use again; those not used for longest give way. Read at the start.")
    package static let modelCacheLifetime = SettingKey(
        "models.cache.ttl", .duration, default: "1h",
        "How long an answer is kept for tasks that do not say cache_ttl. Read at the start.")
    package static let modelFailoverEnabled = SettingKey(
        "model.failover.enabled", .flag, default: "true", "Whether another key, deployment or model is asked when a call failed.")
    package static let modelFailoverInterval = SettingKey(
        "model.failover.retry_interval", .milliseconds, default: "0",
        "The pause before another deployment or model is asked, in milliseconds."
    )
    package static let openAIBaseURL = SettingKey(
        "models.openai.base_url", .text, default: "https://api.openai.com/v1", foreignVariable: "OPENAI_BASE_URL",
        "Where the OpenAI-compatible API is, version included.")
    package static let openAIKey = SettingKey(
        "models.openai.api_key", .text, example: "sk-...", isSecret: true, foreignVariable: "OPENAI_API_KEY",
        "The key of that API. Better in the environment than in a file; local servers need none.")
    package static let echoDelay = SettingKey(
        "models.echo.delay", .duration, default: "0s", "How long the built-in model `echo` takes to answer.")
    package static let echoFailureRate = SettingKey(
        "models.echo.failure_rate", .fraction, default: "0", "The part of its calls that `echo` fails, for trying out retries.")

    package static let relayConcurrency = SettingKey(
        "relay.concurrency", .wholeNumber, default: "500", "Webhook requests that run at once in one relay, over all endpoints.")
    package static let relayGracePeriod = SettingKey(
        "relay.grace_period", .duration, default: "30s",
        "How long running requests may take to finish after SIGTERM; what runs longer is sent again.")
    package static let relayAllowsHTTP = SettingKey(
        "relay.allow_http", .flag, default: "false", "Whether webhooks may go to http:// addresses, where anybody on the way can read them."
    )
    package static let relayAllowedNetworks = SettingKey(
        "relay.allowed_networks", .networks, example: "10.20.0.0/16, fd00:20::/32",
        "Private networks that webhooks may go to. Without it they go to public addresses only.")

    package static let registryMasterKey = SettingKey(
        "registry.master_key", .text, example: "base64-of-32-random-bytes", isSecret: true, foreignVariable: "MOLTBOT_MASTER_KEY",
        "The key that seals secrets in the registry: 32 bytes as base64 or 64 hexadecimal digits, as `openssl rand -base64 32` makes them. "
            + "Several are separated by commas: the first seals, the others still open. Better in the environment than in a file.")
    package static let registryKeyFile = SettingKey(
        "registry.key_file", .text, example: "/etc/moltbot/master.key",
        "The file with that key, one a line, when registry.master_key is not set; default master.key in state_dir. It is made when the "
            + "first secret has to be sealed. Every node needs the same key.")

    package static let ledgerPath = SettingKey(
        "ledger.path", .text, example: "/var/lib/moltbot/ledger.sqlite",
        "The file in which an API node keeps what it knows of tasks; default ledger.sqlite in state_dir. Each node needs its own. A file "
            + "that is missing is built again from the ledger stream.")
    package static let ledgerRetentionAge = SettingKey(
        "ledger.retention.age", .duration, default: "30d",
        "How long an API node remembers a task after it was made. The ledger stream itself is kept by the broker's policy.")
    package static let ledgerRetentionBytes = SettingKey(
        "ledger.retention.max_bytes", .size, default: "10GiB", "How large that file may grow; above it the oldest tasks go.")

    package static let apiHost = SettingKey(
        "api.host", .text, default: "127.0.0.1",
        "The address that the API listens on. Without access keys (`moltbot keys create`) or tokens it must be this machine's loopback.")
    package static let apiPort = SettingKey("api.port", .wholeNumber, default: "8000", "The API's port; 0 lets the system choose one.")
    package static let apiAllowedOrigins = SettingKey(
        "api.allowed_origins", .list, example: "https://app.example.org",
        "Web pages of these origins may use the API from a browser (CORS). Without any, none may.")
    package static let apiMaximumBodyBytes = SettingKey("api.max_body", .size, default: "8MiB", "The biggest body of a request.")
    package static let apiMaximumUnconfirmed = SettingKey(
        "api.max_unconfirmed", .wholeNumber, default: "2000",
        "Tasks that may be on their way to the broker at once on one node; requests beyond are answered with 429.")
    package static let apiTokenKeys = SettingKey(
        "api.jwt.keys", .text, example: "https://id.example.org/.well-known/jwks.json",
        "The JSON Web Key Set of an identity provider, as a file or an https address (http on this machine): its tokens are taken besides "
            + "access keys. A token names the workspace in the claim `workspace` and what it may in `scope`: submit, read, admin.")
    package static let apiTokenIssuer = SettingKey(
        "api.jwt.issuer", .text, example: "https://id.example.org", "What a token's `iss` must be; needed with api.jwt.keys.")
    package static let apiTokenAudience = SettingKey(
        "api.jwt.audience", .text, example: "moltbot", "What a token's `aud` must contain; needed with api.jwt.keys.")

    package static let apiURL = SettingKey(
        "api.url", .text, example: "https://moltbot.example.org",
        "The API that client commands such as `moltbot tasks` ask. Without it the one that was last started with state_dir, else the one at "
            + "api.port of this machine.")
    package static let apiKey = SettingKey(
        "api.key", .text, example: "mb_...", isSecret: true,
        "The access key that they send along. Better in the environment than in a file: MOLTBOT_API_KEY.")

    package static let logLevel = SettingKey(
        "log.level", .text, example: "info",
        "The least serious messages to log: trace, debug, info, notice, warning, error or critical; default info for worker and up, "
            + "warning for the other commands.")
    package static let logFormat = SettingKey(
        "log.format", .text, default: "text", "How log lines look: text for people, json for programs.")

    /// In the order of the documentation.
    package static let all: [SettingKey] = [
        stateDirectory,
        brokerURL, brokerManagementURL, brokerApplyTopology, brokerTopology,
        workerConcurrency, workerReservedSlots, workerWorkspaces, workerTaskTimeout, workerMaximumTaskTimeout, workerConsumerTimeout,
        workerMaximumTaskBytes, workerGracePeriod, workerStartNewsDelay, workerRetryBase, workerRetryCap, workerRetryMaximum,
        modelDefault, modelDeployments, modelAuthFile, modelStrategy, modelZone, modelPriceFile, modelWorkspaceLimits,
        modelCacheBytes, modelCacheLifetime,
        openAIBaseURL, openAIKey, echoDelay, echoFailureRate, modelFailoverEnabled, modelFailoverInterval,
        relayConcurrency, relayGracePeriod, relayAllowsHTTP, relayAllowedNetworks,
        registryMasterKey, registryKeyFile,
        ledgerPath, ledgerRetentionAge, ledgerRetentionBytes,
        apiHost, apiPort, apiAllowedOrigins, apiMaximumBodyBytes, apiMaximumUnconfirmed, apiTokenKeys, apiTokenIssuer, apiTokenAudience,
        apiURL,
        apiKey,
        logLevel, logFormat,
    ]
}
