enum MoltBotCoreScaffold {}
