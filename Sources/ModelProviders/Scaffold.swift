enum ModelProvidersScaffold {}
