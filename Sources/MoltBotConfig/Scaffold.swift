enum MoltBotConfigScaffold {}
