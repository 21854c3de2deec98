enum PrivateBrokerScaffold {}
