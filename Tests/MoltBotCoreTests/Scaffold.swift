enum MoltBotCoreTestsScaffold {}
