enum MoltBotMessagingTestsScaffold {}
