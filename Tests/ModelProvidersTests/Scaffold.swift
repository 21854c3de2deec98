enum ModelProvidersTestsScaffold {}
