@main
struct Scaffold {
    static func main() {}
}
