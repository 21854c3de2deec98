enum CurlHTTPTestsScaffold {}
