enum CurlHTTPScaffold {}
