import MoltBotCore

/// One part of a message's content, in OpenAI's form.
enum ContentPart: Equatable {
    case text(String)
    case image(MediaSource)
    case audio(MediaSource)
    case file(MediaSource)
}

/// Bytes inside the task, or where the provider finds them.
enum MediaSource: Equatable {
    case base64(mediaType: String, data: String)
    case url(String)

    /// Splits a `data:` URL (RFC 2397); only base64, as every provider wants it.
    init?(_ url: String) {
        guard url.lowercased().hasPrefix("data:") else {
            guard ["https://", "http://", "gs://"].contains(where: url.lowercased().hasPrefix) else { return nil }
            self = .url(url)
            return
        }
        let parts = url.dropFirst(5).split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].lowercased().hasSuffix(";base64") else { return nil }
        let mediaType = parts[0].split(separator: ";", omittingEmptySubsequences: false).first.map(String.init) ?? ""
        self = .base64(mediaType: mediaType.isEmpty ? "application/octet-stream" : mediaType, data: String(parts[1]))
    }

    /// The media type of a URL, by its ending; nil when that says nothing.
    static func mediaType(ofURL url: String) -> String? {
        let path = url.prefix { $0 != "?" && $0 != "#" }
        guard let dot = path.lastIndex(of: ".") else { return nil }
        return switch path[path.index(after: dot)...].lowercased() {
        case "png": "image/png"
        case "jpg", "jpeg": "image/jpeg"
        case "gif": "image/gif"
        case "webp": "image/webp"
        case "pdf": "application/pdf"
        default: nil
        }
    }
}

extension ContentPart {
    init(_ value: JSONValue, _ path: String) throws(ModelError) {
        switch value["type"]?.stringValue {
        case "text", "input_text":
            guard let text = value["text"]?.stringValue else { throw .refusal("\(path).text", expected: "a string", got: value["text"]) }
            self = .text(text)
        case "refusal":
            self = .text(value["refusal"]?.stringValue ?? "")
        case "image_url":
            let url = value["image_url"]?["url"]?.stringValue ?? value["image_url"]?.stringValue
            guard let source = url.flatMap(MediaSource.init) else {
                throw .refusal("\(path).image_url.url", expected: "an http, https or base64 data URL", got: url.map(JSONValue.string))
            }
            self = .image(source)
        case "input_audio":
            guard let data = value["input_audio"]?["data"]?.stringValue, let format = value["input_audio"]?["format"]?.stringValue else {
                throw .refusal("\(path).input_audio", expected: "\"data\" and \"format\"", got: value["input_audio"])
            }
            self = .audio(.base64(mediaType: "audio/\(format)", data: data))
        case "file":
            guard let source = value["file"]?["file_data"]?.stringValue.flatMap(MediaSource.init) else {
                throw .refusal("\(path).file.file_data", expected: "a base64 data URL", got: value["file"]?["file_data"])
            }
            self = .file(source)
        default:
            throw .refusal("\(path).type", expected: "text, image_url, input_audio or file", got: value["type"])
        }
    }
}
