enum IntegrationTestsScaffold {}
