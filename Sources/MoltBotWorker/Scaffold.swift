enum MoltBotWorkerScaffold {}
