internal import MoltBotCore

extension ModelConfiguration {
    /// Names of models that are referred to and that nobody serves, each as a sentence for people. They are no error, because somebody may
    /// add the model later; most often they are misspelt.
    package var unservedNames: [String] {
        // That one takes every name.
        guard catchAll == nil else { return [] }
        let all = deployments + ownDeployments.values.flatMap(\.self)
        let served = Set(all.map(\.model)).union([ModelCatalogue.echoName])
        var found = defaultModel.map { [(name: $0, place: "models.default")] } ?? []
        for deployment in all {
            let fallbacks = deployment.fallbacks
            found += (fallbacks.onError + fallbacks.onContextLength + fallbacks.onContentPolicy).map {
                ($0, "the fallbacks of deployment \"\(deployment.name)\"")
            }
        }
        return found.filter { !served.contains($0.name) }.map { name, place in
            let hint = Spelling.nearest(to: name, in: served.sorted()).map { "; did you mean \"\($0)\"?" } ?? ""
            return "no deployment serves model \"\(name)\", which is in \(place)\(hint)"
        }
    }
}
