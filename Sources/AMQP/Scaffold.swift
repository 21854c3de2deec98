enum AMQPScaffold {}
