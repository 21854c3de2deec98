enum MoltBotMessagingScaffold {}
