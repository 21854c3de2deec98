enum AMQPTestsScaffold {}
