internal import Hummingbird
internal import JWTKit
