enum EndToEndTestsScaffold {}
